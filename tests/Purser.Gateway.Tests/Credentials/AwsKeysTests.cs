using Purser.Gateway.Credentials;
using Purser.Gateway.Pipeline;
using Xunit;

namespace Purser.Gateway.Tests.Credentials;

/// <summary>AWS keys in the forms that people have them in, and as the machine has them.</summary>
public sealed class AwsKeysTests
{
    [Theory]
    [InlineData("AKIA:se/cr+et", "AKIA", "se/cr+et", null)]
    [InlineData(" ASIA:secret:to/ken==\n", "ASIA", "secret", "to/ken==")]
    [InlineData("""{"Version":1,"AccessKeyId":"ASIA","SecretAccessKey":"secret","SessionToken":"t"}""", "ASIA", "secret", "t")]
    [InlineData("""{"Credentials":{"AccessKeyId":"ASIA","SecretAccessKey":"secret","Expiration":"x"},"User":{}}""", "ASIA", "secret", null)]
    public void Keys_in_a_known_form_then_read(string text, string id, string secret, string? token) =>
        Assert.Equal(new AwsKeys(id, secret, token), AwsKeys.TryParse(text));

    [Theory]
    [InlineData("")]
    [InlineData("AKIA")]
    [InlineData("AKIA:")]
    [InlineData("AKIA:with space")]
    [InlineData("a:b:c:d")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"AccessKeyId":"AKIA"}""")]
    [InlineData("""{"AccessKeyId":7,"SecretAccessKey":"s"}""")]
    public void Anything_else_then_nothing(string text) => Assert.Null(AwsKeys.TryParse(text));

    [Fact]
    public void Keys_as_text_then_without_the_secret() => Assert.Equal("AKIA", new AwsKeys("AKIA", "secret", "token").ToString());

    [Fact]
    public async Task A_profile_then_its_keys_and_one_that_isnt_there_is_told()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "[prod]\naws_access_key_id = AKIAPROD\naws_secret_access_key = secret-of-prod\n");
        Environment.SetEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE", file);
        using var prod = new AwsAccount("prod");
        using var none = new AwsAccount("none");

        Assert.Equal(new AwsKeys("AKIAPROD", "secret-of-prod", null), await prod.KeysAsync(TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<CredentialException>(async () => await none.KeysAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_machines_own_account_then_AWSs_chain_finds_it()
    {
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "ASIAMACHINE");
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "secret-of-the-machine");
        Environment.SetEnvironmentVariable("AWS_SESSION_TOKEN", "token-of-the-machine");
        using var machine = new AwsAccount(null);

        Assert.Equal(
            new AwsKeys("ASIAMACHINE", "secret-of-the-machine", "token-of-the-machine"),
            await machine.KeysAsync(TestContext.Current.CancellationToken)
        );
    }
}
