using Azure.Core;
using Microsoft.Extensions.Logging;
using Purser.Gateway.Configuration;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// An account in Entra ID. Its token is kept, and replaced some minutes before its end: while the old one still holds, a failure of the token endpoint
/// fails no request. Callers that need a new one at the same time wait for the same.
/// </summary>
/// <param name="credential">Gets tokens.</param>
/// <param name="provider">The provider that is called with them.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Takes why there is none.</param>
internal sealed partial class EntraAccount(TokenCredential credential, ProviderOptions provider, TimeProvider clock, ILogger logger)
    : CloudAccount
{
    /// <summary>How long before its end a token is replaced.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    // Of a failure while the old token holds, so that not every request asks in vain.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // A request needs it until its last byte has left.
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private AccessToken known;
    private DateTimeOffset notBefore;
    private Task<AccessToken>? under;

    /// <inheritdoc/>
    public override async ValueTask<string> TokenAsync(CancellationToken cancellationToken)
    {
        Task<AccessToken> next;
        string? held;
        lock (gate)
        {
            var now = clock.GetUtcNow();
            held = known.Token is not null && now + Least < known.ExpiresOn ? known.Token : null;
            var isDue = now + Ahead >= known.ExpiresOn || now >= known.RefreshOn;
            if (held is not null && (!isDue || now < notBefore))
            {
                return held;
            }

            next = under ??= AskAsync();
        }

        try
        {
            return (await next.WaitAsync(cancellationToken)).Token;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever the library met: a secret that has expired, an identity that isn't there, Entra out of reach.
            return held ?? throw new CredentialException(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The provider {Provider} has no token of Entra ID: {Reason}")]
    private static partial void LogNoToken(ILogger logger, string provider, string reason);

    // It isn't ended by a caller that leaves: others may wait for it.
    private async Task<AccessToken> AskAsync()
    {
        await Task.Yield();
        using var patience = new CancellationTokenSource(Patience, clock);
        AccessToken? got = null;
        try
        {
            got = await credential.GetTokenAsync(new TokenRequestContext([provider.Entra.Scope]), patience.Token);
            return got.Value;
        }
        catch (Exception exception)
        {
            LogNoToken(logger, provider.Name, exception.Message.ReplaceLineEndings(" "));
            throw;
        }
        finally
        {
            lock (gate)
            {
                (known, notBefore, under) = (got ?? known, got is null ? clock.GetUtcNow() + Pause : default, null);
            }
        }
    }
}
