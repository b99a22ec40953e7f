using Purser.Gateway.Credentials;
using Purser.Gateway.Pipeline;
using Xunit;

namespace Purser.Gateway.Tests.Credentials;

/// <summary>These change the environment of the process: nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(AwsEnvironment), DisableParallelization = true)]
public sealed class AwsEnvironment;

/// <summary>AWS keys as the machine has them. The environment is what it was again after each test.</summary>
[Collection(nameof(AwsEnvironment))]
public sealed class AwsAccountTests : IDisposable
{
    private readonly Dictionary<string, string?> before = [];
    private readonly string file = Path.GetTempFileName();

    public void Dispose()
    {
        foreach (var (name, value) in before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        File.Delete(file);
    }

    [Fact]
    public async Task A_profile_then_its_keys_and_one_that_isnt_there_is_told()
    {
        await File.WriteAllTextAsync(file, "[prod]\naws_access_key_id = AKIAPROD\naws_secret_access_key = secret-of-prod\n");
        using var prod = new AwsAccount("bedrock", "prod", TimeProvider.System, profiles: file);
        using var none = new AwsAccount("bedrock", "none", TimeProvider.System, profiles: file);

        Assert.Equal(new AwsKeys("AKIAPROD", "secret-of-prod", null), await prod.KeysAsync(TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<CredentialException>(async () => await none.KeysAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_machines_own_account_then_AWSs_chain_finds_it()
    {
        Set("AWS_ACCESS_KEY_ID", "ASIAMACHINE");
        Set("AWS_SECRET_ACCESS_KEY", "secret-of-the-machine");
        Set("AWS_SESSION_TOKEN", "token-of-the-machine");
        using var machine = new AwsAccount("bedrock", profile: null, TimeProvider.System);

        Assert.Equal(
            new AwsKeys("ASIAMACHINE", "secret-of-the-machine", "token-of-the-machine"),
            await machine.KeysAsync(TestContext.Current.CancellationToken)
        );
    }

    private void Set(string name, string value)
    {
        before.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }
}
