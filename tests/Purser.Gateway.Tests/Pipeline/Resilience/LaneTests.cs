using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Pipeline.Resilience;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline.Resilience;

public sealed class LaneTests
{
    private static readonly ResilienceOptions AtFour = new() { BreakAfter = 4, BreakTime = TimeSpan.FromSeconds(10) };

    [Fact]
    public async Task A_lane_on_which_three_of_four_of_enough_attempts_fail_is_left_alone_for_its_time()
    {
        using var legs = new Legs(("a", AtFour));
        var lane = legs[0];

        await Legs.TryAsync(lane, Legs.Good);
        await Legs.TryAsync(lane, Legs.Failed(500));
        await Legs.TryAsync(lane, Legs.Failed(500));
        Assert.Equal(LaneState.Ready, lane.Look().State);
        await Legs.TryAsync(lane, Legs.Failed(500));

        Assert.Equal(LaneState.Broken, lane.Look().State);
        Assert.Null(await Legs.TryAsync(lane, Legs.Good));
        legs.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(LaneState.Ready, lane.Look().State);
    }

    [Fact]
    public async Task One_request_tries_out_a_lane_that_was_broken_and_mends_it()
    {
        using var legs = new Legs(("a", AtFour));
        var lane = await BreakAsync(legs);
        legs.Clock.Advance(TimeSpan.FromSeconds(10));
        var answer = new TaskCompletionSource<CallResult>();

        var trying = lane.BeginAsync(answer, answer => answer.Task);
        Assert.Equal(LaneState.Trying, lane.Look().State);
        Assert.Null(await Legs.TryAsync(lane, Legs.Good));
        answer.SetResult(Legs.Good);

        Assert.NotNull(await trying);
        Assert.Equal(LaneState.Ready, lane.Look().State);
    }

    [Fact]
    public async Task A_lane_that_fails_again_is_left_alone_for_twice_as_long()
    {
        using var legs = new Legs(("a", AtFour));
        var lane = await BreakAsync(legs);
        legs.Clock.Advance(TimeSpan.FromSeconds(10));

        await Legs.TryAsync(lane, Legs.Failed(502));

        legs.Clock.Advance(TimeSpan.FromSeconds(19));
        Assert.Equal(LaneState.Broken, lane.Look().State);
        legs.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(LaneState.Ready, lane.Look().State);
    }

    [Theory]
    [InlineData(Outcome.Completed, 200)]
    [InlineData(Outcome.Timeout, 0)]
    [InlineData(Outcome.ClientClosed, 0)]
    public async Task How_an_attempt_ends_that_began_before_its_lane_broke_is_no_trial_of_it(Outcome outcome, int status)
    {
        using var legs = new Legs(("a", AtFour));
        var late = new TaskCompletionSource<CallResult>();
        var begun = legs[0].BeginAsync(late, late => late.Task);
        var lane = await BreakAsync(legs);
        legs.Clock.Advance(TimeSpan.FromSeconds(10));

        late.SetResult(new CallResult { Outcome = outcome, Status = status });
        Assert.NotNull(await begun);
        await lane.CountRestAsync(new CallResult { Outcome = Outcome.Cut, Status = 200 });

        Assert.Equal(LaneState.Ready, lane.Look().State);
        var trial = new TaskCompletionSource<CallResult>();
        var trying = lane.BeginAsync(trial, trial => trial.Task);
        Assert.Equal(LaneState.Trying, lane.Look().State);
        trial.SetResult(Legs.Good);
        Assert.NotNull(await trying);
        Assert.Equal(LaneState.Ready, lane.Look().State);
    }

    [Fact]
    public async Task A_bug_met_while_a_lane_is_tried_out_is_told_with_its_place_and_does_not_keep_it_closed()
    {
        using var legs = new Legs(("a", AtFour));
        var lane = await BreakAsync(legs);
        legs.Clock.Advance(TimeSpan.FromSeconds(10));

        var bug = await Assert.ThrowsAsync<InvalidCastException>(() => lane.BeginAsync(0, FailAsync));

        Assert.Contains(nameof(FailAsync), bug.StackTrace, StringComparison.Ordinal);
        Assert.NotNull(await Legs.TryAsync(lane, Legs.Good));

        static async Task<CallResult> FailAsync(int call)
        {
            await Task.Yield();
            throw new InvalidCastException();
        }
    }

    [Theory]
    [InlineData(Outcome.ClientClosed)]
    [InlineData(Outcome.CutOff)]
    public async Task An_attempt_that_says_nothing_of_the_provider_does_not_mend_a_lane(Outcome outcome)
    {
        using var legs = new Legs(("a", AtFour));
        var lane = await BreakAsync(legs);
        legs.Clock.Advance(TimeSpan.FromSeconds(10));

        await Legs.TryAsync(lane, new CallResult { Outcome = outcome });

        Assert.Equal(LaneState.Broken, lane.Look().State);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(429)]
    public async Task What_a_provider_refuses_does_not_break_its_lane(int status)
    {
        using var legs = new Legs(("a", AtFour));

        for (var i = 0; i < 20; i++)
        {
            await Legs.TryAsync(legs[0], Legs.Failed(status));
        }

        // At most it's avoided where there is another.
        Assert.True(legs[0].Look() is { State: LaneState.Ready } or { IsDoubtful: true });
        Assert.NotNull(await Legs.TryAsync(legs[0], Legs.Good));
    }

    [Theory]
    [InlineData(401, "Refused", 300)]
    [InlineData(402, "Refused", 30)]
    [InlineData(403, "Refused", 30)]
    [InlineData(429, "Cooling", 30)]
    public async Task One_whose_credential_is_refused_or_limited_is_avoided_for_a_while(int status, string state, int seconds)
    {
        using var legs = new Legs(("a", AtFour));

        await Legs.TryAsync(legs[0], Legs.Failed(status));

        legs.Clock.Advance(TimeSpan.FromSeconds(seconds - 1));
        Assert.Equal((state, true), (legs[0].Look().State.ToString(), legs[0].Look().IsDoubtful));
        legs.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(LaneState.Ready, legs[0].Look().State);
    }

    [Fact]
    public async Task An_answer_shows_that_a_credential_is_good_but_not_that_its_limit_has_moved()
    {
        using var legs = new Legs(("a", AtFour), ("b", AtFour));

        foreach (var (leg, status) in (IEnumerable<(int, int)>)[(0, 401), (1, 429)])
        {
            await Legs.TryAsync(legs[leg], Legs.Failed(status));
            await Legs.TryAsync(legs[leg], Legs.Good);
        }

        Assert.Equal((LaneState.Ready, LaneState.Cooling), (legs[0].Look().State, legs[1].Look().State));
    }

    [Fact]
    public async Task A_stream_that_breaks_after_it_began_counts_too()
    {
        using var legs = new Legs(("a", AtFour));

        for (var i = 0; i < 4; i++)
        {
            await legs[0].CountRestAsync(new CallResult { Outcome = Outcome.Cut, Status = 200 });
        }

        Assert.Equal(LaneState.Broken, legs[0].Look().State);
        // Where it's left alone already, that is all there is to say.
        await legs[0].CountRestAsync(new CallResult { Outcome = Outcome.Cut, Status = 200 });
    }

    [Fact]
    public async Task A_lane_whose_breaker_is_off_is_never_left_alone()
    {
        using var legs = new Legs(("a", new ResilienceOptions { BreakAfter = 0 }));

        for (var i = 0; i < 50; i++)
        {
            Assert.NotNull(await Legs.TryAsync(legs[0], Legs.Failed(500)));
        }

        Assert.Equal(LaneState.Ready, legs[0].Look().State);
    }

    [Fact]
    public async Task A_pause_ends_after_ten_minutes_whatever_the_provider_asks_for()
    {
        using var legs = new Legs(("a", AtFour));
        await Legs.TryAsync(legs[0], Legs.Failed(429, TimeSpan.FromDays(1)));

        legs.Clock.Advance(TimeSpan.FromMinutes(9.9));
        Assert.Equal(LaneState.Cooling, legs[0].Look().State);
        legs.Clock.Advance(TimeSpan.FromMinutes(0.2));
        Assert.Equal(LaneState.Ready, legs[0].Look().State);
    }

    [Fact]
    public async Task A_pause_is_for_everyone_after_two_refusals_with_no_answer_between()
    {
        using var legs = new Legs(("a", AtFour));
        var lane = legs[0];
        var seen = new List<bool>();

        foreach (var result in (CallResult[])[Busy(), Legs.Good, Busy(), Busy(), Legs.Good])
        {
            await Legs.TryAsync(lane, result);
            seen.Add(lane.Look().IsDoubtful);
        }

        Assert.Equal([true, true, true, false, true], seen);
        Assert.Equal(LaneState.Cooling, lane.Look().State);

        static CallResult Busy() => Legs.Failed(429, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_refusal_for_the_requests_own_sake_asks_for_no_pause()
    {
        using var legs = new Legs(("a", AtFour));

        await Legs.TryAsync(legs[0], Legs.Failed(413, TimeSpan.FromSeconds(30)));

        Assert.Equal(LaneState.Ready, legs[0].Look().State);
    }

    [Fact]
    public async Task A_shorter_pause_does_not_end_a_longer_one()
    {
        using var legs = new Legs(("a", AtFour));
        await Legs.TryAsync(legs[0], Legs.Failed(429, TimeSpan.FromSeconds(30)));
        await Legs.TryAsync(legs[0], Legs.Failed(429, TimeSpan.FromSeconds(1)));

        legs.Clock.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(LaneState.Cooling, legs[0].Look().State);
    }

    private static async Task<Lane> BreakAsync(Legs legs)
    {
        for (var i = 0; i < 4; i++)
        {
            await Legs.TryAsync(legs[0], Legs.Failed(500));
        }

        Assert.Equal(LaneState.Broken, legs[0].Look().State);
        return legs[0];
    }
}
