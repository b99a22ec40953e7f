using Microsoft.Extensions.Time.Testing;
using Purser.Gateway.Pipeline.Resilience;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline.Resilience;

public sealed class DeadlinesTests : IDisposable
{
    private readonly FakeTimeProvider clock = new();
    private readonly CancellationTokenSource stop = new();

    [Fact]
    public void Silence_stops_a_call_and_bytes_put_that_off()
    {
        using var deadlines = Of(new CallLimits(Seconds(10), null, null, Seconds(3600), null));

        clock.Advance(Seconds(9));
        deadlines.Renew();
        clock.Advance(Seconds(9));
        Assert.False(stop.IsCancellationRequested);
        clock.Advance(Seconds(2));

        Assert.True(stop.IsCancellationRequested);
        Assert.Equal(Deadline.Silence, deadlines.Passed);
    }

    [Fact]
    public void A_healthy_stream_of_two_hours_is_not_cut()
    {
        using var deadlines = Of(new CallLimits(Seconds(600), Seconds(60), null, Seconds(3600), null));
        deadlines.HasFirst();
        deadlines.Answering();

        for (var i = 0; i < 7200 / 30; i++)
        {
            clock.Advance(Seconds(30));
            deadlines.Renew();
        }

        Assert.False(stop.IsCancellationRequested);
        Assert.Equal(Deadline.None, deadlines.Passed);
    }

    [Theory]
    [InlineData(false, 6, "FirstToken")]
    [InlineData(true, 6, "None")]
    [InlineData(true, 21, "Attempt")]
    public void The_first_byte_has_a_deadline_of_its_own(bool came, int after, string passed)
    {
        using var deadlines = Of(new CallLimits(Seconds(100), Seconds(5), Seconds(20), Seconds(100), null));
        if (came)
        {
            deadlines.HasFirst();
        }

        clock.Advance(Seconds(after));

        Assert.Equal(passed, deadlines.Passed.ToString());
    }

    [Fact]
    public void The_total_time_counts_until_the_client_has_something()
    {
        using var waiting = Of(new CallLimits(Seconds(100), null, null, Seconds(30), null));
        clock.Advance(Seconds(31));
        Assert.Equal(Deadline.Total, waiting.Passed);

        using var answering = Of(new CallLimits(Seconds(100), null, null, Seconds(30), null));
        answering.Answering();
        clock.Advance(Seconds(31));
        Assert.Equal(Deadline.None, answering.Passed);
    }

    [Fact]
    public void What_its_price_allows_ends_a_call_that_is_never_silent()
    {
        using var deadlines = Of(new CallLimits(Seconds(10), null, null, Seconds(100), Seconds(15)));
        for (var i = 0; i < 16; i++)
        {
            clock.Advance(Seconds(1));
            deadlines.Renew();
        }

        Assert.Equal(Deadline.Price, deadlines.Passed);
    }

    [Fact]
    public void A_deadline_that_has_passed_already_stops_the_call_at_once()
    {
        using var deadlines = Of(new CallLimits(Seconds(10), null, null, Seconds(-5), null));

        clock.Advance(TimeSpan.FromMilliseconds(2));

        Assert.Equal(Deadline.Total, deadlines.Passed);
    }

    public void Dispose() => stop.Dispose();

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private Deadlines Of(CallLimits limits) => new(limits, stop, clock);
}
