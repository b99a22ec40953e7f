using System.Runtime.CompilerServices;
using Azure.Core;
using Microsoft.Extensions.Logging;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// How a credential of a provider becomes what a request is sent with: a key as it is; of a Google or Entra account a token; of an AWS account the keys
/// that sign.
/// </summary>
internal sealed class CloudAccounts : IDisposable
{
    private readonly ProviderOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger logger;

    // As long as the vault has the same one: a rotated secret is another, and its tokens are asked for anew.
    private readonly ConditionalWeakTable<UpstreamCredential, CloudAccount> stored = [];

    // The configuration's or the machine's own.
    private readonly CloudAccount? configured;

    /// <param name="api">The provider's API.</param>
    /// <param name="options">Its configuration.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">Takes why there is nothing to send.</param>
    public CloudAccounts(ProviderApi api, ProviderOptions options, TimeProvider clock, ILogger logger)
    {
        (this.options, this.clock, this.logger) = (options, clock, logger);
        configured =
            options.ApiKey.Length > 0 ? null
            : api.TakesGoogleAccount ? new GoogleAccount(options.Name, options.CredentialsFile, logger)
            : api.TakesAwsAccount ? new AwsAccount(options.Name, options.AwsProfile, clock, logger)
            : EntraCredentials.Of(options.Entra) is { } entra ? OfEntra(entra)
            : null;
    }

    /// <summary>The credential as it can be sent now.</summary>
    /// <exception cref="CredentialException">It can't be: there is no token, or there are no keys, to be had.</exception>
    public ValueTask<UpstreamCredential> ReadyAsync(UpstreamCredential credential, CancellationToken cancellationToken) =>
        AccountOf(credential) is { } account ? account.ReadyAsync(credential, cancellationToken) : ValueTask.FromResult(credential);

    /// <inheritdoc/>
    public void Dispose()
    {
        configured?.Dispose();
        foreach (var (_, account) in stored)
        {
            account.Dispose();
        }
    }

    private CloudAccount? AccountOf(UpstreamCredential credential) =>
        credential.Id == UpstreamCredential.Account ? configured
        : credential.Kind == CredentialKind.Key ? null
        : stored.GetValue(credential, Stored);

    private CloudAccount Stored(UpstreamCredential credential) =>
        credential.Kind switch
        {
            CredentialKind.ServiceAccount => GoogleAccount.Of(options.Name, credential.Secret, logger),
            CredentialKind.AwsKeys => AwsAccount.Of(options.Name, credential.Secret, clock, logger),
            CredentialKind.Entra => OfEntra(EntraCredentials.Of(EntraSecret.Read(credential.Secret).Secret!, options.Entra)),
            _ => throw new NotSupportedException($"Credentials of the kind {credential.Kind} belong to no account."),
        };

    private EntraAccount OfEntra(TokenCredential credential) => new(credential, options, clock, logger);
}
