using System.Text;
using Purser.Gateway.Alerts;
using Xunit;

namespace Purser.Gateway.Tests.Alerts;

public sealed class WebhookSignatureTests
{
    [Fact]
    public void The_published_example_has_its_published_signature()
    {
        var secrets = WebhookSignature.ParseSecrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")!;
        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            WebhookSignature.Sign(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, Encoding.UTF8.GetBytes("""{"test": 2432232314}"""))
        );
    }

    [Fact]
    public void While_a_secret_is_changed_both_sign()
    {
        var secrets = WebhookSignature.ParseSecrets("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")!;
        var signatures = WebhookSignature
            .Sign(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, Encoding.UTF8.GetBytes("""{"test": 2432232314}"""))
            .Split(' ');
        Assert.Equal(2, signatures.Length);
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", signatures[1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_")]
    [InlineData("whsec_c2hvcnQ=")]
    [InlineData("whsec_not base64 at all")]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_c2hvcnQ=")]
    public void A_secret_that_is_none_is_found(string text) => Assert.Null(WebhookSignature.ParseSecrets(text));

    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_secret_has_the_length_that_the_specification_allows(int bytes, bool allowed) =>
        Assert.Equal(allowed, WebhookSignature.ParseSecrets($"whsec_{Convert.ToBase64String(new byte[bytes])}") is not null);
}
