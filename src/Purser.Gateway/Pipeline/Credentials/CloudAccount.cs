namespace Purser.Gateway.Pipeline;

/// <summary>An account at a cloud, which gives tokens that a provider is called with.</summary>
internal abstract class CloudAccount : IDisposable
{
    /// <summary>A token that holds for some minutes at least.</summary>
    /// <exception cref="CredentialException">There is none to be had.</exception>
    public abstract ValueTask<string> TokenAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public virtual void Dispose() { }
}

/// <summary>A provider can't be told who calls.</summary>
/// <param name="cause">What failed.</param>
internal sealed class CredentialException(Exception cause) : Exception("There is no token for the provider.", cause);
