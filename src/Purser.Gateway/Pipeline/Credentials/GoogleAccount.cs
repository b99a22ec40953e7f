using Google.Apis.Auth.OAuth2;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// The Google account that a provider is called with: a service account's key file, or what the machine is set up with (application default
/// credentials). Google's library keeps the token, and gets a new one before its end.
/// </summary>
/// <param name="file">The key file; null for the machine's own.</param>
internal sealed class GoogleAccount(string? file) : CloudAccount
{
    private const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    private readonly SemaphoreSlim gate = new(1);
    private GoogleCredential? credential;

    /// <inheritdoc/>
    public override async ValueTask<string> TokenAsync(CancellationToken cancellationToken)
    {
        try
        {
            credential ??= await LoadAsync(cancellationToken);
            return await ((ITokenAccess)credential).GetAccessTokenForRequestAsync(cancellationToken: cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever the library met: a file that isn't there, a key that was withdrawn, Google out of reach.
            throw new CredentialException(exception);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        gate.Dispose();
        base.Dispose();
    }

    private async Task<GoogleCredential> LoadAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (credential is not null)
            {
                return credential;
            }

            var loaded = file is null
                ? await GoogleCredential.GetApplicationDefaultAsync(cancellationToken)
                : (await CredentialFactory.FromFileAsync<ServiceAccountCredential>(file, cancellationToken)).ToGoogleCredential();
            return loaded.CreateScoped(Scope);
        }
        finally
        {
            gate.Release();
        }
    }
}
