using Purser.Gateway.Credentials;
using Xunit;

namespace Purser.Gateway.Tests.Credentials;

public sealed class ProviderCredentialsTests
{
    private static readonly ProviderCredentials Three = new([
        new UpstreamCredential("a", "secret-a", 1),
        new UpstreamCredential("b", "secret-b", 2),
        new UpstreamCredential("c", "secret-c", 7),
    ]);

    [Theory]
    [InlineData(0.0, "a")]
    [InlineData(0.0999, "a")]
    [InlineData(0.1, "b")]
    [InlineData(0.2999, "b")]
    [InlineData(0.3, "c")]
    [InlineData(0.9999, "c")]
    public void A_draw_falls_by_weight(double drawn, string id) => Assert.Equal(id, Three.Pick(() => drawn)!.Id);

    [Theory]
    [InlineData(0.0, "a")]
    [InlineData(0.3334, "b")]
    [InlineData(0.9999, "b")]
    public void One_that_is_to_be_avoided_is_left_out(double drawn, string id) =>
        Assert.Equal(id, Three.Pick(avoided => avoided.Id == "c", () => drawn)!.Id);

    [Fact]
    public void Where_all_are_to_be_avoided_one_is_taken_all_the_same() => Assert.Equal("c", Three.Pick(_ => true, () => 0.5)!.Id);

    [Fact]
    public void Of_one_there_is_no_choice_and_of_none_there_is_none()
    {
        var one = new UpstreamCredential("a", "secret-a");

        Assert.Same(one, new ProviderCredentials([one]).Pick(_ => true, () => throw new InvalidOperationException())!);
        Assert.Null(new ProviderCredentials([]).Pick(_ => false, () => 0));
    }

    [Fact]
    public void The_text_of_a_credential_is_its_id() => Assert.Equal("a", Three.Find("a")!.ToString());
}
