using Purser.Routing.Evidence;
using Xunit;

namespace Purser.Routing.Tests.Evidence;

public sealed class HoldoutTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(index => (byte)index)];

    [Fact]
    public void The_share_is_held_out()
    {
        var holdout = new Holdout(Key, 0.02);
        var count = Enumerable.Range(0, 100_000).Count(index => holdout.Contains($"session-{index}"));
        Assert.InRange(count, 1_850, 2_150);
    }

    [Fact]
    public void A_larger_share_holds_out_the_same_sessions_and_more()
    {
        var (small, large) = (new Holdout(Key, 0.02), new Holdout(Key, 0.1));
        Assert.All(Enumerable.Range(0, 5_000).Where(index => small.Contains($"{index}")), index => Assert.True(large.Contains($"{index}")));
    }

    [Fact]
    public void Another_key_draws_other_sessions()
    {
        var (one, other) = (new Holdout(Key, 0.1), new Holdout([.. Key.Reverse()], 0.1));
        var both = Enumerable.Range(0, 20_000).Count(index => one.Contains($"{index}") && other.Contains($"{index}"));
        Assert.InRange(both, 150, 250);
    }

    // The first 32 bits of HMAC-SHA256 under the bytes 1 to 32, as a fraction by Python's hmac module: 0.00642, 0.01917, and above 0.02.
    [Theory]
    [InlineData("session-132", true)]
    [InlineData("session-234", true)]
    [InlineData("session-233", false)]
    public void Who_is_held_out_never_changes(string session, bool expected) =>
        Assert.Equal(expected, new Holdout(Key, 0.02).Contains(session));

    [Fact]
    public void None_is_held_out_at_a_share_of_zero()
    {
        var holdout = new Holdout(Key, 0);
        Assert.DoesNotContain(Enumerable.Range(0, 1_000), index => holdout.Contains($"{index}"));
    }

    [Theory]
    [InlineData(15, 0.02)]
    [InlineData(16, 0.6)]
    [InlineData(16, -0.1)]
    [InlineData(16, double.NaN)]
    public void A_short_key_and_a_share_out_of_range_are_refused(int bytes, double share) =>
        Assert.Throws<ArgumentException>(() => new Holdout(new byte[bytes], share));
}
