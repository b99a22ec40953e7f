using Microsoft.Extensions.Time.Testing;
using Purser.Simulator.Answers;
using Purser.Simulator.Latency;

namespace Purser.Simulator.Tests.Latency;

public class LatencyProfileTests
{
    [Theory]
    [InlineData("none", 0, 0, 0, 0)]
    [InlineData("", 0, 0, 0, 0)]
    [InlineData("fast", 20_000, 10_000, 2_000, 1_000)]
    [InlineData("realistic", 450_000, 250_000, 15_000, 8_000)]
    [InlineData("ttft=200ms,token=10ms", 200_000, 0, 10_000, 0)]
    [InlineData("ttft=1.5s~20%", 1_500_000, 300_000, 0, 0)]
    [InlineData(" token = 250us~50us ", 0, 0, 250, 50)]
    public void A_right_profile_is_read(string text, int ttft, int ttftJitter, int token, int tokenJitter)
    {
        var profile = LatencyProfile.Parse(text);
        Assert.Equal(
            [ttft, ttftJitter, token, tokenJitter],
            new[] { profile.FirstToken, profile.FirstTokenJitter, profile.Token, profile.TokenJitter }.Select(time =>
                (int)time.TotalMicroseconds
            )
        );
    }

    [Theory]
    [InlineData("quick")]
    [InlineData("ttft=200")]
    [InlineData("ttft=-1ms")]
    [InlineData("ttft=11m")]
    [InlineData("ttft=601s")]
    [InlineData("ping=1ms")]
    [InlineData("ttft=1ms~")]
    [InlineData("ttft=1ms,,")]
    public void A_wrong_profile_says_what_to_write_instead(string text)
    {
        Assert.False(LatencyProfile.TryParse(text, out _, out var error));
        Assert.Contains("use none, fast, realistic, or ttft=200ms~50ms,token=10ms~20%", error, StringComparison.Ordinal);
    }

    [Fact]
    public void More_jitter_than_time_is_refused()
    {
        Assert.False(LatencyProfile.TryParse("ttft=10ms~20ms", out _, out var error));
        Assert.Equal("latency 'ttft=10ms~20ms': the jitter is more than the time itself", error);
    }

    [Fact]
    public void The_first_token_takes_its_time_and_each_further_one_its_own()
    {
        var time = new FakeTimeProvider();
        var pace = new Pace(LatencyProfile.Parse("ttft=200ms,token=10ms"), new SeededRandom(1), time);
        pace.Add(4);
        Assert.Equal(230, pace.Milliseconds);

        var wait = pace.WaitAsync(TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromMilliseconds(219));
        Assert.False(wait.IsCompleted);
        Assert.Equal(2, pace.TokensByNow(4));
        time.Advance(TimeSpan.FromMilliseconds(11));
        Assert.True(wait.IsCompleted);
        Assert.Equal(4, pace.TokensByNow(4));
    }
}
