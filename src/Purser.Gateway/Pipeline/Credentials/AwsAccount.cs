using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;
using Purser.Gateway.Credentials;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// The AWS account that a provider is called with: a named profile, or what the machine is set up with (the environment, the default profile, the
/// container's or the instance's role). AWS's library keeps keys that hold for a time, and gets new ones before their end.
/// </summary>
/// <param name="profile">The profile; null for the machine's own account.</param>
internal sealed class AwsAccount(string? profile) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1);
    private AWSCredentials? credentials;

    /// <summary>Keys that hold for some minutes at least.</summary>
    /// <exception cref="CredentialException">There are none to be had.</exception>
    public async ValueTask<AwsKeys> KeysAsync(CancellationToken cancellationToken)
    {
        try
        {
            credentials ??= await LoadAsync(cancellationToken);
            var keys = await credentials.GetCredentialsAsync();
            return new AwsKeys(keys.AccessKey, keys.SecretKey, string.IsNullOrEmpty(keys.Token) ? null : keys.Token);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever the library met: no profile, a role that was withdrawn, the instance's service out of reach.
            throw new CredentialException(exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    private async Task<AWSCredentials> LoadAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            return credentials ?? (profile is null ? await ChainAsync(cancellationToken) : OfProfile(profile));
        }
        finally
        {
            gate.Release();
        }
    }

    private static Task<AWSCredentials> ChainAsync(CancellationToken cancellationToken) =>
        new DefaultAWSCredentialsIdentityResolver().ResolveIdentityAsync(null, cancellationToken);

    private static AWSCredentials OfProfile(string name) =>
        new CredentialProfileStoreChain().TryGetAWSCredentials(name, out var found)
            ? found
            : throw new InvalidOperationException($"There is no AWS profile '{name}'.");
}
