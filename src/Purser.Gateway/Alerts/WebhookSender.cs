using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Purser.Gateway.Configuration;

namespace Purser.Gateway.Alerts;

/// <summary>What one attempt to deliver gave.</summary>
/// <param name="Status">The answer's status, or null where there was none.</param>
/// <param name="Error">Why it failed, or null where it didn't. Never has a path, a query or a secret in it.</param>
/// <param name="RetryAfter">How long the receiver asked to wait, or null.</param>
internal sealed record SendResult(int? Status, string? Error, TimeSpan? RetryAfter = null)
{
    /// <summary>Whether the receiver took it.</summary>
    public bool Delivered => Error is null;

    /// <summary>Whether the receiver wants no more, ever.</summary>
    public bool Gone => Status == 410;
}

/// <summary>
/// Posts to webhooks. Addresses are checked as they are connected to, so a name that means another address by then is caught too;
/// redirects aren't followed, no proxy is used, and answers aren't read.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    /// <summary>How long one attempt may take.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly TimeProvider clock;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> resolve;
    private readonly HttpMessageInvoker open;
    private readonly HttpMessageInvoker guarded;

    /// <summary>A sender.</summary>
    /// <param name="clock">For time-stamps and time-outs.</param>
    /// <param name="resolve">Finds a host's addresses; null for the system's resolver.</param>
    public WebhookSender(TimeProvider clock, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
    {
        this.clock = clock;
        this.resolve = resolve ?? Dns.GetHostAddressesAsync;
        // Apart, so that no connection made for one kind is ever used for the other.
        guarded = Invoker(allowPrivate: false);
        open = Invoker(allowPrivate: true);
    }

    /// <summary>Makes one attempt.</summary>
    /// <param name="webhook">Where to.</param>
    /// <param name="id">The alert's id: the same at each attempt.</param>
    /// <param name="payload">The body.</param>
    /// <param name="stopping">Ends it early, by an exception: it counts as never made.</param>
    public async Task<SendResult> SendAsync(WebhookOptions webhook, string id, string payload, CancellationToken stopping)
    {
        using var patience = new CancellationTokenSource(Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        using var request = Request(webhook, id, payload);
        try
        {
            using var response = await (webhook.AllowPrivate ? open : guarded).SendAsync(request, either.Token);
            var status = (int)response.StatusCode;
            var error =
                response.IsSuccessStatusCode ? null
                : status is >= 300 and < 400 ? $"answered {status}: redirects aren't followed"
                : $"answered {status}";
            return new SendResult(status, error, RetryAfter(response.Headers.RetryAfter));
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return new SendResult(
                null,
                string.Create(CultureInfo.InvariantCulture, $"no answer within {(int)Timeout.TotalSeconds} seconds")
            );
        }
        catch (HttpRequestException failed) when (!stopping.IsCancellationRequested)
        {
            return new SendResult(null, Describe(failed));
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException && stopping.IsCancellationRequested)
        {
            throw new OperationCanceledException(stopping);
        }
    }

    public void Dispose()
    {
        guarded.Dispose();
        open.Dispose();
    }

    private HttpRequestMessage Request(WebhookOptions webhook, string id, string payload)
    {
        var body = Encoding.UTF8.GetBytes(payload);
        var timestamp = clock.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("user-agent", "Purser-Webhooks/1.0");
        request.Headers.TryAddWithoutValidation("webhook-id", id);
        request.Headers.TryAddWithoutValidation("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("webhook-signature", WebhookSignature.Sign(webhook.Secrets, id, timestamp, body));
        return request;
    }

    private HttpMessageInvoker Invoker(bool allowPrivate) =>
        new(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                AutomaticDecompression = DecompressionMethods.None,
                UseCookies = false,
                UseProxy = false,
                ActivityHeadersPropagator = null,
                ConnectTimeout = Timeout,
                MaxResponseHeadersLength = 16,
                // The answer's body says nothing that is needed: a short one is thrown away, a long one costs the connection.
                MaxResponseDrainSize = 4096,
                ResponseDrainTimeout = TimeSpan.FromSeconds(1),
                PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
                PooledConnectionLifetime = TimeSpan.FromMinutes(1),
                ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, allowPrivate, cancellationToken),
            }
        );

    private async ValueTask<Stream> ConnectAsync(DnsEndPoint target, bool allowPrivate, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = IPAddress.TryParse(target.Host, out var literal)
            ? [literal]
            : await resolve(target.Host, cancellationToken);
        string? refusal = null;
        SocketException? failure = null;
        foreach (var address in addresses)
        {
            if (AddressGuard.Refusal(address, allowPrivate) is { } what)
            {
                refusal = $"the address {address} is refused: it's {what}";
                continue;
            }

            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                // To this very address: resolving again here would undo the check.
                await socket.ConnectAsync(new IPEndPoint(address, target.Port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException exception)
            {
                socket.Dispose();
                failure = exception;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw (Exception?)failure ?? new AddressRefusedException(refusal ?? "the host has no address");
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header) =>
        header?.Delta ?? (header?.Date is { } date ? date - clock.GetUtcNow() : null);

    /// <summary>In our own words: the runtime's messages are made for developers, and may quote what was sent.</summary>
    private static string Describe(HttpRequestException failed)
    {
        for (Exception? exception = failed; exception is not null; exception = exception.InnerException)
        {
            switch (exception)
            {
                case AddressRefusedException refused:
                    return refused.Message;
                case SocketException socket:
                    return $"can't connect ({socket.SocketErrorCode})";
                case AuthenticationException:
                    return "its certificate isn't trusted";
            }
        }

        return $"can't be sent ({failed.HttpRequestError})";
    }

    /// <summary>No address of the host may be connected to.</summary>
    private sealed class AddressRefusedException(string message) : IOException(message);
}
