using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Pipeline.Resilience;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline.Resilience;

public sealed class JourneyTests
{
    private static readonly ResilienceOptions Usual = new();

    [Fact]
    public async Task After_a_failure_the_next_provider_is_tried_at_once_and_then_the_first_again_after_a_pause()
    {
        using var legs = new Legs(("a", Usual), ("b", Usual));
        await using var journey = legs.Begin();

        await FailAsync(journey, "a", Legs.Failed(503));
        await FailAsync(journey, "b", Legs.Failed(503));
        var waiting = journey.NextAsync().AsTask();
        // With no jitter a pause is half of 500 ms.
        legs.Clock.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(waiting.IsCompleted);
        legs.Clock.Advance(TimeSpan.FromMilliseconds(2));

        using var pass = await waiting;
        Assert.Equal("a", pass!.Lane.Id.Provider);
    }

    [Fact]
    public async Task Each_pause_is_twice_the_one_before_and_there_are_as_many_as_are_configured()
    {
        using var legs = new Legs(("a", Usual));
        await using var journey = legs.Begin();
        var pauses = new List<double>();

        await FailAsync(journey, "a", Legs.Failed(500));
        for (var i = 0; i < 2; i++)
        {
            var began = legs.Clock.GetUtcNow();
            var waiting = journey.NextAsync().AsTask();
            while (!waiting.IsCompleted)
            {
                legs.Clock.Advance(TimeSpan.FromMilliseconds(1));
            }

            pauses.Add((legs.Clock.GetUtcNow() - began).TotalMilliseconds);
            using var pass = await waiting;
            Assert.True(journey.MayTryAgain(pass!, Legs.Failed(500)));
        }

        Assert.Equal([251, 501], pauses);
        Assert.Null(await journey.NextAsync());
    }

    [Fact]
    public async Task A_pause_that_the_provider_asks_for_is_kept()
    {
        using var legs = new Legs(("a", Usual));
        await using var journey = legs.Begin();

        await FailAsync(journey, "a", Legs.Failed(429, TimeSpan.FromSeconds(2)));
        var waiting = journey.NextAsync().AsTask();
        legs.Clock.Advance(TimeSpan.FromSeconds(1.999));
        Assert.False(waiting.IsCompleted);
        legs.Clock.Advance(TimeSpan.FromMilliseconds(2));

        using var pass = await waiting;
        Assert.NotNull(pass);
    }

    [Fact]
    public async Task A_longer_pause_than_clients_are_to_wait_for_ends_the_journey()
    {
        using var legs = new Legs(("a", Usual));
        await using var journey = legs.Begin();

        await FailAsync(journey, "a", Legs.Failed(429, TimeSpan.FromSeconds(6)));

        Assert.Null(await journey.NextAsync());
    }

    [Fact]
    public async Task A_provider_that_asked_for_a_pause_is_passed_over_while_there_is_another()
    {
        using var legs = new Legs(("a", Usual), ("b", Usual));
        await Legs.TryAsync(legs[0], Legs.Failed(429, TimeSpan.FromSeconds(30)));
        await using var journey = legs.Begin();

        using var pass = await journey.NextAsync();

        Assert.Equal("b", pass!.Lane.Id.Provider);
    }

    [Fact]
    public async Task A_pause_that_may_be_for_one_request_alone_keeps_no_other_away_where_there_is_no_other_provider()
    {
        using var legs = new Legs(("a", Usual));
        await Legs.TryAsync(legs[0], Legs.Failed(429, TimeSpan.FromSeconds(30)));
        await using var journey = legs.Begin();

        using var pass = await journey.NextAsync();

        Assert.NotNull(pass);
    }

    [Fact]
    public async Task A_short_pause_is_waited_for_where_there_is_no_other_provider()
    {
        using var legs = new Legs(("a", Usual));
        await Legs.PauseAsync(legs[0], TimeSpan.FromSeconds(3));
        await using var journey = legs.Begin();

        var waiting = journey.NextAsync().AsTask();
        legs.Clock.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(waiting.IsCompleted);
        legs.Clock.Advance(TimeSpan.FromSeconds(0.2));

        using var pass = await waiting;
        Assert.NotNull(pass);
    }

    [Fact]
    public async Task Where_all_are_left_alone_the_client_learns_when_to_come_again()
    {
        using var legs = new Legs(("a", Usual), ("b", Usual));
        await Legs.PauseAsync(legs[0], TimeSpan.FromSeconds(30));
        await Legs.PauseAsync(legs[1], TimeSpan.FromSeconds(20));
        await using var journey = legs.Begin();

        Assert.Null(await journey.NextAsync());
        var refusal = (await journey.EndAsync(null))!;

        Assert.Equal((503, "provider_unavailable", true), (refusal.Status, refusal.Code, refusal.RetryHelps));
        Assert.Equal(legs.Clock.GetUtcNow().AddSeconds(20), refusal.ResetsAt);
        Assert.Contains("a asked for a pause; b asked for a pause", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_the_total_time_nothing_is_tried()
    {
        using var legs = new Legs(("a", Usual), ("b", Usual));
        await using var journey = legs.Begin();

        await FailAsync(journey, "a", Legs.Failed(503));
        legs.Clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Null(await journey.NextAsync());
    }

    [Fact]
    public async Task For_a_client_that_has_left_nothing_is_tried()
    {
        using var legs = new Legs(("a", Usual), ("b", Usual));
        using var client = new CancellationTokenSource();
        legs.Client = client.Token;
        await using var journey = legs.Begin();
        using var pass = await journey.NextAsync();
        await client.CancelAsync();

        Assert.False(journey.MayTryAgain(pass!, Legs.Failed(503)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await journey.NextAsync());
    }

    [Fact]
    public async Task A_full_provider_is_waited_for_as_long_as_its_queue_may_take_and_then_the_next_is_tried()
    {
        using var legs = new Legs(("a", Usual with { MaxConcurrency = 1 }), ("b", Usual));
        await using var first = legs.Begin();
        using var held = await first.NextAsync();
        Assert.True(await held!.TakePlaceAsync());
        await using var second = legs.Begin();
        using var full = await second.NextAsync();

        var waiting = full!.TakePlaceAsync().AsTask();
        legs.Clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(waiting.IsCompleted);
        legs.Clock.Advance(TimeSpan.FromSeconds(0.2));

        Assert.False(await waiting);
        Assert.True(second.MayTryAgain(full, new CallResult { Outcome = Outcome.Void, Dispatched = false }));
        using var other = await second.NextAsync();
        Assert.Equal(("a", "a", "b"), (held.Lane.Id.Provider, full.Lane.Id.Provider, other!.Lane.Id.Provider));
        Assert.Equal(1, legs[0].UnderWay);
    }

    [Fact]
    public async Task A_place_that_comes_free_goes_to_the_one_that_waits()
    {
        using var legs = new Legs(("a", Usual with { MaxConcurrency = 1 }), ("b", Usual));
        await using var first = legs.Begin();
        var held = await first.NextAsync();
        Assert.True(await held!.TakePlaceAsync());
        await using var second = legs.Begin();
        using var pass = await second.NextAsync();

        var waiting = pass!.TakePlaceAsync().AsTask();
        held.Dispose();

        Assert.True(await waiting);
        Assert.Equal(1, legs[0].UnderWay);
    }

    [Fact]
    public async Task A_request_that_waits_for_its_budget_takes_no_place()
    {
        using var legs = new Legs(("a", Usual with { MaxConcurrency = 1, QueueWait = TimeSpan.Zero }));
        await using var first = legs.Begin();
        using var notAdmitted = await first.NextAsync();
        await using var second = legs.Begin();
        using var pass = await second.NextAsync();

        Assert.True(await pass!.TakePlaceAsync());
        Assert.False(await notAdmitted!.TakePlaceAsync());
    }

    [Fact]
    public async Task What_the_request_is_refused_for_is_not_tried_again()
    {
        using var legs = new Legs(("a", Usual), ("b", Usual));
        await using var journey = legs.Begin();
        using var pass = await journey.NextAsync();

        Assert.False(journey.MayTryAgain(pass!, Legs.Failed(400)));
    }

    private static async Task FailAsync(Journey journey, string provider, CallResult result)
    {
        using var pass = await journey.NextAsync();
        Assert.Equal(provider, pass!.Lane.Id.Provider);
        await pass.Lane.BeginAsync(result, Task.FromResult);
        Assert.True(journey.MayTryAgain(pass, result));
    }
}
