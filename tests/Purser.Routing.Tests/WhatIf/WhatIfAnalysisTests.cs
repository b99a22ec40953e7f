using Purser.Core.Pricing;
using Purser.Routing.WhatIf;
using Xunit;

namespace Purser.Routing.Tests.WhatIf;

public sealed class WhatIfAnalysisTests
{
    private const string Prices = """
        provider: anthropic
        models:
          - id: large
            context_tokens: 200000
            prices:
              - start: unknown
                source: test
                input_per_mtok: 10
                cache_read_per_mtok: 1
                cache_write_5m_per_mtok: 12.5
                cache_write_1h_per_mtok: 20
                output_per_mtok: 50
          - id: small
            context_tokens: 50000
            prices:
              - start: unknown
                source: test
                input_per_mtok: 1
                cache_read_per_mtok: 0.1
                cache_write_5m_per_mtok: 1.25
                cache_write_1h_per_mtok: 2
                output_per_mtok: 5
        """;

    private static readonly DateTimeOffset Start = new(2026, 2, 1, 10, 0, 0, TimeSpan.Zero);
    private static readonly PriceBook Book = PriceBook.Parse([new PriceFile("test.yml", Prices)]).Book!;
    private static readonly Candidate Small = new(Book.FindModel("anthropic", "small")!);
    private static readonly StepPrices StepPrices = new(Book, Start);

    [Fact]
    public void A_run_that_moves_from_its_start_writes_what_was_warm_from_elsewhere()
    {
        var run = Run(Step(0, new(10, 4_000, 1_000, 0, 100, 0, 0)), Step(1, new(10, 5_000, 500, 0, 100, 0, 0)));

        var cost = new Counterfactual(StepPrices).Cost(run, Small, [true, true]);

        // 10 + 5,000 written and 100 of output; then 10, 5,000 read, 500 written, 100 of output.
        Assert.Equal(Nanos(10 * 1 + 5_000 * 1.25m + 100 * 5 + 10 * 1 + 5_000 * 0.1m + 500 * 1.25m + 100 * 5), cost);
    }

    [Fact]
    public void A_step_that_moves_and_back_pays_for_both_caches()
    {
        var run = Run(
            Step(0, new(10, 0, 5_000, 0, 100, 0, 0)),
            Step(1, new(10, 5_000, 1_000, 0, 100, 0, 0)),
            Step(2, new(10, 6_000, 500, 0, 100, 0, 0))
        );

        var cost = new Counterfactual(StepPrices).Cost(run, Small, [false, true, false]);

        var first = 10 * 10 + 5_000 * 12.5m + 100 * 50;
        var moved = 10 * 1 + 6_000 * 1.25m + 100 * 5;
        // The thousand that were written on the other model are written here too.
        var back = 10 * 10 + 5_000 * 1 + 1_500 * 12.5m + 100 * 50;
        Assert.Equal(Nanos(first + moved + back), cost);
    }

    [Theory]
    [InlineData(4, 5_000)]
    [InlineData(6, 0)]
    public void A_cache_that_its_model_wasnt_called_on_for_too_long_is_cold(int minutes, long warm)
    {
        // The log's own calls kept it warm; on the small model there were none between.
        var run = Run(
            Step(0, new(10, 0, 5_000, 0, 100, 0, 0)),
            Step(minutes / 2, new(10, 5_000, 0, 0, 100, 0, 0)),
            Step(minutes, new(10, 5_000, 0, 0, 100, 0, 0))
        );

        var cost = new Counterfactual(StepPrices).Cost(run, Small, [true, false, true]);

        var last = 10 + warm * 0.1m + (5_000 - warm) * 1.25m + 100 * 5;
        // The second finds nothing on its own model: the first never was there.
        var stayed = 10 * 10 + 5_000 * 12.5m + 100 * 50;
        Assert.Equal(Nanos(10 + 5_000 * 1.25m + 500 + stayed + last), cost);
    }

    [Fact]
    public void Writes_for_an_hour_are_written_for_an_hour()
    {
        var run = Run(Step(0, new(0, 1_000, 0, 1_000, 0, 0, 0)));

        Assert.Equal(Nanos(2_000 * 2m), new Counterfactual(StepPrices).Cost(run, Small, [true]));
    }

    [Fact]
    public void What_doesnt_fit_stays()
    {
        var run = Run(Step(0, new(60_000, 0, 0, 0, 100, 0, 0)), Step(1, new(10, 0, 0, 0, 100, 0, 0)));

        Assert.Equal([false, true], new Counterfactual(StepPrices).Movable(run, Small));
    }

    [Fact]
    public void Where_nothing_may_move_the_saving_is_nothing()
    {
        var report = Analyze([Step(0, new(60_000, 0, 0, 0, 100, 0, 0))]);

        Assert.Equal((0, 0, 0), (report.Low.Nanos, report.Middle.Nanos, report.High.Nanos));
        Assert.Equal(0, report.Movable);
    }

    [Fact]
    public void Low_is_what_is_routine_and_high_is_all()
    {
        var routine = Step(0, new(10, 0, 1_000, 0, 100, 0, 0), StepSigns.Look, agent: "a");
        var edit = Step(0, new(10, 0, 1_000, 0, 100, 0, 0), StepSigns.Edit);

        var report = Analyze([routine, edit]);

        var saved = Nanos(10 * 9 + 1_000 * 11.25m + 100 * 45);
        Assert.Equal((saved, 2 * saved), (report.Low.Nanos, report.High.Nanos));
        Assert.Equal(saved + (long)(saved * 0.36m), report.Middle.Nanos);
        Assert.Null(report.Low.Sampled);
    }

    [Fact]
    public void The_same_seed_gives_the_same_interval_and_it_holds_the_figure()
    {
        // Every third doesn't fit the small model.
        var steps = Enumerable
            .Range(0, 30)
            .Select(index => Step(0, new(index % 3 == 0 ? 60_000 : 900 * index, 0, 0, 0, 100, 0, 0), StepSigns.Edit, session: $"s{index}"))
            .ToList();

        var (first, second, other) = (Analyze(steps), Analyze(steps), Analyze(steps, seed: 2));

        Assert.Equal(first.High, second.High);
        Assert.NotEqual(first.High.Sampled, other.High.Sampled);
        Assert.InRange(first.High.Nanos, first.High.Sampled!.Value.Low, first.High.Sampled.Value.High);
        Assert.True(first.High.Sampled.Value.High <= first.Cost);
    }

    [Fact]
    public void An_unknown_model_is_named_and_not_free()
    {
        var report = Analyze([Step(0, new(10, 0, 0, 0, 10, 0, 0), model: "unheard-of")]);

        Assert.Equal((0, 0L), (report.Runs, report.Cost));
        Assert.Equal("unheard-of", Assert.Single(report.Unpriced).Key.Model);
    }

    [Theory]
    [InlineData(StepSigns.None, StepKind.Unknown)]
    [InlineData(StepSigns.Text, StepKind.Answer)]
    [InlineData(StepSigns.Text | StepSigns.Look, StepKind.Look)]
    [InlineData(StepSigns.Web, StepKind.Look)]
    [InlineData(StepSigns.Look | StepSigns.OtherTool, StepKind.Tool)]
    [InlineData(StepSigns.Look | StepSigns.Run, StepKind.Run)]
    [InlineData(StepSigns.Run | StepSigns.Plan, StepKind.Plan)]
    [InlineData(StepSigns.Edit | StepSigns.Plan, StepKind.Edit)]
    [InlineData(StepSigns.Edit | StepSigns.AfterError, StepKind.Recover)]
    public void The_first_rule_that_holds_names_a_step(StepSigns signs, StepKind expected) => Assert.Equal(expected, StepRules.Kind(signs));

    [Fact]
    public void Only_a_sub_agents_small_looks_are_routine()
    {
        Assert.True(StepRules.IsRoutine(Step(0, new(10, 0, 0, 0, 100, 0, 0), StepSigns.Look, agent: "a")));
        Assert.False(StepRules.IsRoutine(Step(0, new(10, 0, 0, 0, 100, 0, 0), StepSigns.Look)));
        Assert.False(StepRules.IsRoutine(Step(0, new(10, 0, 0, 0, 501, 0, 0), StepSigns.Look, agent: "a")));
        Assert.False(StepRules.IsRoutine(Step(0, new(100_001, 0, 0, 0, 100, 0, 0), StepSigns.Look, agent: "a")));
        Assert.False(StepRules.IsRoutine(Step(0, new(10, 0, 0, 0, 100, 1, 0), StepSigns.Look, agent: "a")));
        Assert.False(StepRules.IsRoutine(Step(0, new(10, 0, 0, 0, 100, 0, 0), StepSigns.Look | StepSigns.Thinking, agent: "a")));
        Assert.False(StepRules.IsRoutine(Step(0, new(10, 0, 0, 0, 100, 0, 0), StepSigns.Look | StepSigns.FirstOfTurn, agent: "a")));
    }

    [Theory]
    [InlineData("claude-sonnet-4-5-20250929", "claude-haiku-5-5", "1.3")]
    [InlineData("claude-opus-4-8", "claude-haiku-5-5", "1")]
    [InlineData("claude-opus-5", "claude-haiku-4-5", "1")]
    [InlineData("us.anthropic.claude-opus-4-5-20251101-v1:0", "claude-haiku-5-5", "1.3")]
    [InlineData("gpt-5.2-codex", "gpt-6-luna", "1")]
    [InlineData("gpt-5.2-codex", "claude-haiku-5-5", null)]
    public void Tokens_of_another_tokenizer_are_stated_where_they_are_known(string from, string to, string? factor) =>
        Assert.Equal(
            factor is null ? null : decimal.Parse(factor, System.Globalization.CultureInfo.InvariantCulture),
            Candidates.TokensOf(from, to)
        );

    private static WhatIfReport Analyze(IEnumerable<AgentStep> steps, ulong seed = 1) =>
        new WhatIfAnalysis(Book, [Small], false, Start).Run(steps, WhatIfAnalysis.DefaultShare, seed);

    private static PricedRun Run(params AgentStep[] steps) =>
        new(
            "s",
            steps,
            [
                .. steps.Select(step =>
                    StepPrices.TryOwn(step, step.Tokens, out var cost, out var why) ? cost : throw new InvalidOperationException(why)
                ),
            ]
        );

    private static AgentStep Step(
        int minute,
        StepTokens tokens,
        StepSigns signs = StepSigns.None,
        string agent = "",
        string session = "s",
        string model = "large"
    ) =>
        new()
        {
            Source = StepSource.ClaudeCode,
            Session = session,
            Agent = agent,
            IsSubAgent = agent.Length > 0,
            At = Start.AddMinutes(minute),
            Provider = "anthropic",
            Model = model,
            Tokens = tokens,
            Signs = signs,
        };

    private static long Nanos(decimal millionths) => (long)(millionths * 1_000);
}
