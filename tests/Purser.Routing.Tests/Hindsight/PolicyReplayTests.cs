using Purser.Core.Pricing;
using Purser.Routing.Hindsight;
using Xunit;

namespace Purser.Routing.Tests.Hindsight;

/// <summary>The past seen with another policy: what is recorded counts, what isn't is named.</summary>
public sealed class PolicyReplayTests
{
    private static readonly OtherPolicy Same = new("dear", ["cheap"], 95);

    private static PastRoute Route(string session, string served, double cheap, long floor = 95) =>
        new()
        {
            Session = session,
            Served = served,
            Reference = "dear",
            Class = "extract",
            Predictor = "p1",
            FloorPercent = floor,
            Cost = new Money(served == "dear" ? 1_000 : 100),
            Options =
            [
                new PastOption("dear", "reference", new Money(1_000), 0.98, null),
                new PastOption("cheap", cheap >= 0.9 ? "shown" : "too_weak", new Money(100), cheap, 0.9),
            ],
        };

    [Fact]
    public void The_same_policy_changes_nothing()
    {
        var report = PolicyReplay.See([Route("a", "dear", 0.5), Route("b", "cheap", 0.95)], Same, null, 1);

        Assert.Equal((2, 2, new Money(1_100), Money.Zero), (report.Requests, report.Sessions, report.Cost, report.Change));
        Assert.Equal((0, 0), (report.ChangeRange!.Value.Low, report.ChangeRange.Value.High));
        Assert.Empty(report.Unknown);
    }

    [Fact]
    public void A_policy_without_candidates_puts_all_on_the_reference_and_says_what_that_costs_and_gives()
    {
        var routes = Enumerable
            .Range(0, 40)
            .Select(i => Route($"s{i / 2}", i % 4 == 0 ? "dear" : "cheap", i % 4 == 0 ? 0.5 : 0.9))
            .ToList();

        var report = PolicyReplay.See(routes, new OtherPolicy("dear", [], 95), null, 1);

        Assert.Equal(new Money(30 * 900), report.Change);
        Assert.True(report.ChangeRange is { Low: > 0, High: var high } && high >= report.Change.Nanos);
        Assert.Equal(((10 * 0.98) + (30 * 0.9)) / 40, report.Good!.Value, 9);
        Assert.Equal(0.98, report.OtherGood!.Value, 9);
        Assert.InRange(0.98 - report.Good.Value, report.OtherGoodRange!.Value.Low, report.OtherGoodRange.Value.High);
        Assert.Equal(
            [("cheap", "dear", 30), ("dear", "dear", 10)],
            report.Flows.Select(flow => (flow.Served, flow.Chosen, flow.Requests)).Order()
        );
    }

    [Fact]
    public void Another_floor_needs_the_evidence_of_that_time()
    {
        PastRoute[] routes = [Route("a", "dear", 0.8), Route("b", "dear", 0.6)];
        var lower = Same with { FloorPercent = 80 };

        var blind = PolicyReplay.See(routes, lower, null, 1);
        Assert.Equal(Money.Zero, blind.Change);
        Assert.Contains("at a floor of 80 isn't recorded", Assert.Single(blind.Unknown).What, StringComparison.Ordinal);

        var thresholds = new PastThresholds("p1", (kind, model) => (kind, model) == ("extract", "cheap") ? 0.7 : null);
        var seeing = PolicyReplay.See(routes, lower, thresholds, 1);
        Assert.Equal(new Money(-900), seeing.Change);
        Assert.Empty(seeing.Unknown);
        Assert.Equal(blind.Unknown, PolicyReplay.See(routes, lower, thresholds with { Predictor = "p2" }, 1).Unknown);
    }

    [Fact]
    public void What_is_not_recorded_is_named_and_not_guessed()
    {
        PastRoute[] routes =
        [
            Route("a", "dear", 0.5) with
            {
                Override = "off",
            },
            Route("b", "dear", 0.5) with
            {
                Options = [],
            },
            Route("c", "dear", 0.5),
        ];

        var report = PolicyReplay.See(routes, Same with { Candidates = ["cheap", "new"] }, null, 1);

        Assert.Equal((1, 3), (report.Requests, report.Unknown.Count));
        Assert.Contains(report.Unknown, unknown => unknown.What.Contains("'new' wasn't among", StringComparison.Ordinal));
        Assert.Contains(report.Unknown, unknown => unknown.What.Contains("the person said", StringComparison.Ordinal));
        Assert.Contains(report.Unknown, unknown => unknown.What.Contains("no choice was recorded", StringComparison.Ordinal));
    }

    [Fact]
    public void A_model_that_was_taken_back_or_did_not_know_the_request_takes_none()
    {
        foreach (var standing in (string[])["reverted", "on_trial", "unfamiliar"])
        {
            var route = Route("a", "dear", 0.99);
            route = route with { Options = [route.Options[0], route.Options[1] with { Standing = standing }] };
            Assert.Equal(Money.Zero, PolicyReplay.See([route], Same, null, 1).Change);
        }
    }
}
