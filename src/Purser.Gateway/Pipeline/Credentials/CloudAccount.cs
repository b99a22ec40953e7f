using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Purser.Gateway.Credentials;

namespace Purser.Gateway.Pipeline;

/// <summary>An account at a cloud: it makes of a credential what a request is sent with at this moment.</summary>
/// <param name="provider">The name of the provider that is called with it.</param>
/// <param name="logger">Takes why there is nothing to send; null for nobody.</param>
internal abstract partial class CloudAccount(string provider, ILogger? logger) : IDisposable
{
    private readonly ILogger logger = logger ?? NullLogger.Instance;

    /// <summary>The credential as it can be sent now, under the same id.</summary>
    /// <exception cref="CredentialException">It can't be.</exception>
    public abstract ValueTask<UpstreamCredential> ReadyAsync(UpstreamCredential credential, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public virtual void Dispose() { }

    /// <summary>Logs why there is nothing to send.</summary>
    protected void Log(Exception cause) => LogNothing(logger, provider, cause.Message.ReplaceLineEndings(" "));

    /// <summary>Logs why there is nothing to send, and makes an exception of it.</summary>
    protected CredentialException Failed(Exception cause)
    {
        Log(cause);
        return new CredentialException(cause);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The provider {Provider} can't be told who calls: {Reason}")]
    private static partial void LogNothing(ILogger logger, string provider, string reason);
}

/// <summary>An account that is proved by a token.</summary>
/// <param name="provider">The name of the provider that is called with it.</param>
/// <param name="logger">Takes why there is none; null for nobody.</param>
internal abstract class TokenAccount(string provider, ILogger? logger) : CloudAccount(provider, logger)
{
    /// <summary>A token that holds for some minutes at least.</summary>
    /// <exception cref="CredentialException">There is none to be had.</exception>
    public abstract ValueTask<string> TokenAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask<UpstreamCredential> ReadyAsync(UpstreamCredential credential, CancellationToken cancellationToken) =>
        new(credential.Id, await TokenAsync(cancellationToken), credential.Weight);
}

/// <summary>A provider can't be told who calls.</summary>
/// <param name="cause">What failed.</param>
internal sealed class CredentialException(Exception cause) : Exception("There is nothing to tell the provider who calls with.", cause);
