using Purser.Core.Pricing;
using Purser.Routing.Choice;
using Xunit;

namespace Purser.Routing.Tests.Choice;

public sealed class RouteChooserTests
{
    private static readonly RequestFeatures Request = new(TaskClass.Extract, 0.2f, [], [], []);

    [Fact]
    public void Without_evidence_nothing_but_the_reference_may()
    {
        var choice = RouteChooser.Choose([Option("strong", 100), Option("weak", 1)], Preference.Cost, 0.95, Request, null);

        Assert.Equal(["strong"], Order(choice));
        Assert.Equal(Standing.Unknown, choice.Options[1].Standing);
    }

    [Theory]
    [InlineData(Preference.Cost, "weak")]
    [InlineData(Preference.Quality, "strong")]
    [InlineData(Preference.Speed, "middle")]
    public void Of_those_that_are_shown_the_preferred_is_first_and_the_reference_second(Preference prefer, string first)
    {
        RouteOption[] options = [Option("strong", 100, seconds: 9), Option("middle", 20, seconds: 2), Option("weak", 1, seconds: 3)];

        var choice = RouteChooser.Choose(options, prefer, 0.95, Request, Evidence(("strong", 0.99), ("middle", 0.97), ("weak", 0.96)));

        var order = Order(choice);
        Assert.Equal(first, order[0]);
        Assert.Equal(first == "strong" ? "weak" : "strong", order[1]);
        Assert.Equal(3, order.Count);
    }

    [Fact]
    public void A_better_model_than_the_reference_is_preferred_for_quality_and_only_where_it_is_shown()
    {
        RouteOption[] options = [Option("strong", 100), Option("stronger", 200), Option("strongest", 300)];

        var choice = RouteChooser.Choose(
            options,
            Preference.Quality,
            0.95,
            Request,
            Evidence(("strong", 0.96, true), ("stronger", 0.98, true), ("strongest", 0.99, false))
        );

        Assert.Equal("stronger", Order(choice)[0]);
    }

    [Theory]
    [InlineData(
        Standing.Reverted,
        "'weak' was shown not to do such requests (class extract) well enough here, so it stays with the reference 'strong'"
    )]
    [InlineData(
        Standing.OnTrial,
        "'weak' is on trial for such requests (class extract), and this session isn't in it: it stays with the reference 'strong'"
    )]
    public void What_stands_in_a_models_way_keeps_it_out_and_is_said(Standing standing, string reason)
    {
        var choice = RouteChooser.Choose(
            [Option("strong", 100), Option("weak", 1), Option("weaker", 1)],
            Preference.Cost,
            0.95,
            Request,
            Evidence(("strong", 0.99), ("weak", 0.97)),
            (kind, model) => (kind, model) == (TaskClass.Extract, "weak") ? standing : Standing.Shown
        );

        Assert.Equal(["strong"], Order(choice));
        Assert.Equal(standing, choice.Options[1].Standing);
        Assert.Equal(reason, choice.Reason);
    }

    [Fact]
    public void What_is_unlike_all_that_was_learned_from_or_too_weak_or_not_shown_stays_with_the_reference()
    {
        RouteOption[] options =
        [
            Option("strong", 100),
            Option("unfamiliar", 1),
            Option("weak", 1),
            Option("unshown", 1),
            Option("unknown", 1),
        ];

        var choice = RouteChooser.Choose(
            options,
            Preference.Cost,
            0.95,
            Request,
            Evidence(("strong", 0.99, true), ("unfamiliar", 0.99, false), ("weak", 0.89, true), ("unshown", 0.99, true))
        );

        Assert.Equal(["strong"], Order(choice));
        Assert.Equal(
            [Standing.Reference, Standing.Unfamiliar, Standing.TooWeak, Standing.NotShown, Standing.Unknown],
            choice.Options.Select(option => option.Standing)
        );
        Assert.StartsWith("it's unlike", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_warm_prompt_cache_that_is_worth_more_than_a_change_saves_keeps_the_session_on_its_model()
    {
        RouteOption[] options = [Option("strong", expected: 8, cold: 100), Option("weak", 10)];

        var choice = RouteChooser.Choose(options, Preference.Cost, 0.95, Request, Evidence(("weak", 0.99)));

        Assert.Equal("strong", Order(choice)[0]);
        Assert.Equal(
            "it stays with 'strong', whose prompt cache holds the session: changing to 'weak' would lose more than it saves",
            choice.Reason
        );
    }

    [Fact]
    public void A_reference_that_cant_gives_way_to_the_first_that_can_and_to_no_other_unshown_one()
    {
        RouteOption[] options = [Option("strong", 0, unable: "too long"), Option("a", 50), Option("b", 1)];

        var choice = RouteChooser.Choose(options, Preference.Cost, 0.95, null, null);

        Assert.Equal(["a"], Order(choice));
        Assert.Equal("the reference 'strong' can't do it (too long): it goes to 'a', the first of the others that can", choice.Reason);
        Assert.Empty(RouteChooser.Choose([Option("strong", 0, unable: "too long")], Preference.Cost, 0.95, null, null).Ranked);
    }

    [Fact]
    public void Of_equally_dear_models_the_reference_is_kept()
    {
        var choice = RouteChooser.Choose([Option("strong", 5), Option("weak", 5)], Preference.Cost, 0.95, Request, Evidence(("weak", 1)));

        Assert.Equal(["strong", "weak"], Order(choice));
    }

    private static List<string> Order(RouteChoice choice) => [.. choice.Ranked.Select(option => option.Option.Model)];

    private static RouteOption Option(string model, long expected, long? cold = null, double? seconds = null, string? unable = null) =>
        new(model, unable, new Money(expected), new Money(cold ?? expected), seconds);

    private static RouteEvidence Evidence(params (string Model, double Good)[] odds) =>
        Evidence([.. odds.Select(pair => (pair.Model, pair.Good, true))]);

    private static RouteEvidence Evidence(params (string Model, double Good, bool IsFamiliar)[] odds) =>
        new(
            _ => Request,
            new Table(odds.ToDictionary(row => row.Model, row => new Prediction(row.Good, row.IsFamiliar))),
            (_, model, _, _) => model == "unshown" ? null : 0.9,
            "1"
        );

    private sealed class Table(Dictionary<string, Prediction> rows) : SuccessPredictor
    {
        public override string Version => "table";

        public override Prediction? Predict(RequestFeatures features, string model) =>
            rows.TryGetValue(model, out var prediction) ? prediction : null;
    }
}
