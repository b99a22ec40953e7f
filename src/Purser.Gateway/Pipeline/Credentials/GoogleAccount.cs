using Google.Apis.Auth.OAuth2;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// The Google account that a provider is called with: a service account's key file, or what the machine is set up with (application default
/// credentials). Google's library keeps the token, and gets a new one before its end.
/// </summary>
/// <param name="file">The key file; null for the machine's own.</param>
internal sealed class GoogleAccount(string? file) : IDisposable
{
    private string? json;

    private const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    private readonly SemaphoreSlim gate = new(1);
    private GoogleCredential? credential;

    /// <summary>The account of a service account's JSON.</summary>
    public static GoogleAccount Of(string json) => new(file: null) { json = json };

    /// <summary>A token that holds for some minutes at least.</summary>
    /// <exception cref="CredentialException">There is none to be had.</exception>
    public async ValueTask<string> TokenAsync(CancellationToken cancellationToken)
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
    public void Dispose() => gate.Dispose();

    private async Task<GoogleCredential> LoadAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (credential is not null)
            {
                return credential;
            }

            var loaded =
                json is not null ? CredentialFactory.FromJson<ServiceAccountCredential>(json).ToGoogleCredential()
                : file is null ? await GoogleCredential.GetApplicationDefaultAsync(cancellationToken)
                : (await CredentialFactory.FromFileAsync<ServiceAccountCredential>(file, cancellationToken)).ToGoogleCredential();
            return loaded.CreateScoped(Scope);
        }
        finally
        {
            gate.Release();
        }
    }
}

/// <summary>A provider can't be told who calls.</summary>
/// <param name="cause">What failed.</param>
internal sealed class CredentialException(Exception cause) : Exception("There is no token for the provider.", cause);
