using Purser.Gateway.Alerts;
using Xunit;

namespace Purser.Gateway.Tests.Alerts;

public sealed class RetryScheduleTests
{
    private static readonly DateTimeOffset Start = Sample.Noon;

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 15)]
    [InlineData(3, 45)]
    [InlineData(4, 135)]
    [InlineData(5, 405)]
    [InlineData(6, 1215)]
    [InlineData(7, 3645)]
    [InlineData(8, 10935)]
    [InlineData(9, 14400)]
    [InlineData(50, 14400)]
    public void Each_wait_is_three_times_the_one_before_up_to_four_hours(int attempts, int seconds) =>
        Assert.Equal(Start.AddSeconds(seconds), RetrySchedule.Next(attempts, Start, Start, null, new Even()));

    [Theory]
    [InlineData(800, 4)]
    [InlineData(1200, 6)]
    public void Chance_moves_it_by_a_fifth(int permille, int seconds) =>
        Assert.Equal(Start.AddSeconds(seconds), RetrySchedule.Next(1, Start, Start, null, new Even(permille)));

    [Theory]
    [InlineData(2, 5)]
    [InlineData(60, 60)]
    [InlineData(999_999, 3600)]
    public void A_receiver_can_ask_for_a_longer_wait_within_reason(int asked, int seconds) =>
        Assert.Equal(Start.AddSeconds(seconds), RetrySchedule.Next(1, Start, Start, TimeSpan.FromSeconds(asked), new Even()));

    [Fact]
    public void A_day_after_the_first_attempt_it_is_given_up()
    {
        var now = Start;
        var attempts = 1;
        while (RetrySchedule.Next(attempts, Start, now, null, new Even()) is { } next)
        {
            now = next;
            attempts++;
        }

        // 5 + 15 + 45 + 135 + 405 + 1,215 + 3,645 + 10,935 seconds, and then four times four hours: 20 h 33 min 20 s.
        Assert.Equal(13, attempts);
        Assert.Equal(Start + new TimeSpan(20, 33, 20), now);
    }

    /// <summary>Chance that always falls the same way.</summary>
    internal sealed class Even(int permille = 1000) : Random
    {
        public override int Next(int minValue, int maxValue) => permille;
    }
}
