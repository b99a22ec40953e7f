using System.Net;
using System.Text;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Gateway.Objects;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>A provider that can be called.</summary>
internal sealed class Provider : IDisposable
{
    // Below the keep-alive time of common servers, so that a connection is seldom reused at the moment its other end closes it.
    private static readonly TimeSpan IdleConnection = TimeSpan.FromSeconds(20);

    // What is behind so many others doesn't come to its turn in any time that a client waits.
    private const int LongestQueue = 10_000;

    private readonly CredentialVault vault;
    private readonly CloudAccounts accounts;

    public Provider(ProviderOptions options, CredentialVault vault, TimeProvider? clock = null, ILogger? logger = null)
    {
        this.vault = vault;
        Options = options;
        Api =
            ProviderCatalog.FindApi(options.Api)
            ?? throw new InvalidConfigurationException([$"The provider '{options.Name}' has the unknown api '{options.Api}'."]);
        accounts = new CloudAccounts(Api, options, clock ?? TimeProvider.System, logger ?? NullLogger.Instance);
        Places = PlacesFor(options.Resilience.MaxConcurrency);
        Invoker = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                AutomaticDecompression = DecompressionMethods.None,
                UseCookies = false,
                UseProxy = false,
                ActivityHeadersPropagator = null,
                ConnectTimeout = TimeSpan.FromSeconds(10),
                PooledConnectionIdleTimeout = IdleConnection,
                PooledConnectionLifetime = TimeSpan.FromMinutes(10),
                MaxConnectionsPerServer = int.MaxValue,
                EnableMultipleHttp2Connections = true,
                // Headers are passed on with the bytes they came with: requests' are read as UTF-8, answers' byte by byte.
                RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
                ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            }
        );
    }

    /// <summary>Places for requests under way, and a queue before them; null where their number isn't limited.</summary>
    /// <param name="most">The limit, or null.</param>
    public static ConcurrencyLimiter? PlacesFor(int? most) =>
        most is null
            ? null
            : new ConcurrencyLimiter(
                new ConcurrencyLimiterOptions
                {
                    PermitLimit = most.Value,
                    QueueLimit = LongestQueue,
                    QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
                }
            );

    /// <summary>Its configuration.</summary>
    public ProviderOptions Options { get; }

    /// <summary>The API that it speaks.</summary>
    public ProviderApi Api { get; }

    /// <summary>Its connections.</summary>
    public HttpMessageInvoker Invoker { get; }

    /// <summary>The places for requests under way; null where their number isn't limited.</summary>
    public ConcurrencyLimiter? Places { get; }

    /// <summary>Its credentials as they are now.</summary>
    public ProviderCredentials Credentials => vault.Of(Options.Name);

    /// <summary>
    /// The same credential as it can be sent now: with a token that holds, or with the keys that sign, where it's that of an account at a cloud; else as
    /// it is.
    /// </summary>
    /// <exception cref="CredentialException">It can't be sent: there is no token, or there are no keys, to be had.</exception>
    public ValueTask<UpstreamCredential> WithTokenAsync(UpstreamCredential credential, CancellationToken cancellationToken) =>
        accounts.ReadyAsync(credential, cancellationToken);

    /// <summary>The one credential that what a request names lives under; null where it isn't there any more, is switched off, or was another caller's own.</summary>
    public UpstreamCredential? Pinned(Exchange exchange, ObjectPin pin) =>
        pin.Provider != Options.Name ? null
        : pin.Credential == UpstreamCredential.Callers ? exchange.Subscription?.For(this)
        : Credentials.Find(pin.Credential);

    public void Dispose()
    {
        Places?.Dispose();
        Invoker.Dispose();
        accounts.Dispose();
    }
}
