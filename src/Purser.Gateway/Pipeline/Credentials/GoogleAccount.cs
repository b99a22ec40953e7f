using Google.Apis.Auth.OAuth2;
using Microsoft.Extensions.Logging;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// The Google account that a provider is called with: a service account's key file, or what the machine is set up with (application default
/// credentials). Google's library keeps the token, and gets a new one before its end.
/// </summary>
/// <param name="provider">The name of the provider.</param>
/// <param name="file">The key file; null for the machine's own.</param>
/// <param name="logger">Takes why there is no token.</param>
internal sealed class GoogleAccount(string provider, string? file, ILogger? logger = null) : TokenAccount(provider, logger)
{
    private const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    private readonly SemaphoreSlim gate = new(1);
    private string? json;
    private GoogleCredential? credential;

    /// <summary>The account of a service account's JSON.</summary>
    public static GoogleAccount Of(string provider, string json, ILogger? logger = null) =>
        new(provider, file: null, logger) { json = json };

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
            throw Failed(exception);
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
