using Purser.Gateway.Credentials;
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
}
