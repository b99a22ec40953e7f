using System.Collections.Concurrent;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// Makes of a credential that isn't sent as it is what a request is sent with: a token of a Google account, or the keys of an AWS account, which sign.
/// </summary>
/// <param name="api">The provider's API.</param>
/// <param name="options">Its configuration.</param>
internal sealed class CloudAccounts(ProviderApi api, ProviderOptions options) : IDisposable
{
    private readonly ConcurrentDictionary<string, (string Secret, GoogleAccount Account)> stored = new(StringComparer.Ordinal);
    private readonly GoogleAccount? google = api.TakesGoogleAccount ? new GoogleAccount(options.CredentialsFile) : null;
    private readonly AwsAccount? aws = api.TakesAwsAccount ? new AwsAccount(options.AwsProfile) : null;

    /// <summary>The credential as it can be sent now.</summary>
    /// <exception cref="CredentialException">There is no token, or there are no keys, to be had.</exception>
    public async ValueTask<UpstreamCredential> ReadyAsync(UpstreamCredential credential, CancellationToken cancellationToken) =>
        credential switch
        {
            { Kind: CredentialKind.AwsKeys } => Signing(
                credential,
                AwsKeys.TryParse(credential.Secret)
                    ?? throw new CredentialException(new FormatException("The stored keys are no AWS keys."))
            ),
            { Kind: CredentialKind.ServiceAccount } => await TokenAsync(credential, Stored(credential), cancellationToken),
            { Id: UpstreamCredential.Account } when google is not null => await TokenAsync(credential, google, cancellationToken),
            { Id: UpstreamCredential.Account } when aws is not null => Signing(credential, await aws.KeysAsync(cancellationToken)),
            _ => credential,
        };

    /// <inheritdoc/>
    public void Dispose()
    {
        google?.Dispose();
        aws?.Dispose();
        foreach (var (_, account) in stored.Values)
        {
            account.Dispose();
        }
    }

    private static async ValueTask<UpstreamCredential> TokenAsync(
        UpstreamCredential credential,
        GoogleAccount account,
        CancellationToken cancellationToken
    ) => new(credential.Id, await account.TokenAsync(cancellationToken), credential.Weight);

    // One of its own, without a secret to send: what is signed with isn't.
    private static UpstreamCredential Signing(UpstreamCredential credential, AwsKeys keys) =>
        new(credential.Id, "", credential.Weight) { Aws = keys };

    /// <summary>A stored account, whose tokens are kept as long as its secret isn't rotated.</summary>
    private GoogleAccount Stored(UpstreamCredential credential) =>
        stored
            .AddOrUpdate(
                credential.Id,
                static (_, secret) => (secret, GoogleAccount.Of(secret)),
                static (_, known, secret) => known.Secret == secret ? known : (secret, GoogleAccount.Of(secret)),
                credential.Secret
            )
            .Account;
}
