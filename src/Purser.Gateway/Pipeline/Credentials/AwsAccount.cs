using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;
using Microsoft.Extensions.Logging;
using Purser.Gateway.Credentials;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// The AWS account that a provider is called with: a named profile, or what the machine is set up with (the environment, the default profile, the
/// container's or the instance's role). AWS's library keeps keys that hold for a time, and gets new ones before their end.
/// </summary>
/// <param name="provider">The name of the provider.</param>
/// <param name="profile">The profile; null for the machine's own account.</param>
/// <param name="clock">Dates signatures.</param>
/// <param name="logger">Takes why there are no keys.</param>
/// <param name="profiles">The file that profiles are in; null for AWS's usual places, which its library looks up once in a process.</param>
internal sealed class AwsAccount(string provider, string? profile, TimeProvider clock, ILogger? logger = null, string? profiles = null)
    : CloudAccount(provider, logger)
{
    private readonly SemaphoreSlim gate = new(1);
    private AWSCredentials? credentials;
    private string? written;

    /// <summary>The account of keys in one of the forms that <see cref="AwsKeys"/> reads.</summary>
    public static AwsAccount Of(string provider, string written, TimeProvider clock, ILogger? logger = null) =>
        new(provider, profile: null, clock, logger) { written = written };

    /// <summary>The credential with the keys that sign, and without a secret to send.</summary>
    public override async ValueTask<UpstreamCredential> ReadyAsync(UpstreamCredential credential, CancellationToken cancellationToken)
    {
        var keys = await KeysAsync(cancellationToken);
        return new UpstreamCredential(credential.Id, "", credential.Weight) { Aws = keys, ReadyAt = clock.GetUtcNow() };
    }

    /// <summary>Keys that hold for some minutes at least.</summary>
    /// <exception cref="CredentialException">There are none to be had.</exception>
    public async ValueTask<AwsKeys> KeysAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (written is not null)
            {
                return AwsKeys.TryParse(written) ?? throw new FormatException("What is configured or stored are no AWS keys.");
            }

            credentials ??= await LoadAsync(cancellationToken);
            var keys = await credentials.GetCredentialsAsync();
            return new AwsKeys(keys.AccessKey, keys.SecretKey, string.IsNullOrEmpty(keys.Token) ? null : keys.Token);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever the library met: no profile, a role that was withdrawn, the instance's service out of reach.
            throw Failed(exception);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        gate.Dispose();
        base.Dispose();
    }

    private async Task<AWSCredentials> LoadAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            return credentials ?? (profile is null ? await ChainAsync(cancellationToken) : OfProfile(profile, profiles));
        }
        finally
        {
            gate.Release();
        }
    }

    private static Task<AWSCredentials> ChainAsync(CancellationToken cancellationToken) =>
        new DefaultAWSCredentialsIdentityResolver().ResolveIdentityAsync(null, cancellationToken);

    private static AWSCredentials OfProfile(string name, string? file) =>
        new CredentialProfileStoreChain(file).TryGetAWSCredentials(name, out var found)
            ? found
            : throw new InvalidOperationException($"There is no AWS profile '{name}'.");
}
