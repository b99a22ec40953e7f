using Purser.Cli.Commands;
using Purser.Cli.Day;
using Purser.Cli.Hosting;
using Purser.Routing.Learning;

namespace Purser.Cli.Tests.Day;

/// <summary>What a day of made-up traffic asks of a router: routers that look at nothing, or at the class alone, don't pass.</summary>
public sealed class DayWorldTests
{
    internal const long Floor = 90;
    private const double Epsilon = 0.1;

    internal static readonly string[] Models = ["gpt-4.1", "gpt-4.1-mini"];
    internal static readonly DateTimeOffset Midnight = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    private static readonly DayWorld Today = Create(1, 2000);
    private static readonly DayWorld Before = Create(1_000_001, 1600);

    /// <summary>What was learned from another day.</summary>
    internal static LearnedModel Learned { get; } = LearnedRouter.Learn([Before]);

    /// <summary>The router that learned it.</summary>
    internal static LearnedRouter Router { get; } = new(Learned, Models, Floor);

    internal static DayWorld Create(ulong seed, int count) =>
        DayWorld.Create(RouterDayCommand.DefaultSkills(), PriceFiles.Load(PriceFiles.BuiltIn), Models, seed, count, Midnight);

    [Fact]
    public void The_learned_router_passes()
    {
        var score = Today.Score("learned", Router.Choose(Today), Epsilon);

        Assert.True(score.Fails is null, score.ToString());
    }

    [Fact]
    public void Who_knows_every_answer_passes() => Assert.Null(Today.Score("oracle", Today.Oracle(Epsilon), Epsilon).Fails);

    [Theory]
    [InlineData(0, "it saves")]
    [InlineData(1, "are worse than the reference")]
    public void A_constant_router_fails(int model, string expected) =>
        Assert.Contains(expected, Today.Score("constant", PlainRouters.Constant(Today, model), Epsilon).Fails, StringComparison.Ordinal);

    [Fact]
    public void A_router_that_reads_the_class_label_fails()
    {
        var score = Today.Score("class", PlainRouters.ByClass(Before, Today, Epsilon, 0.05), Epsilon);

        Assert.Contains("it saves", score.Fails, StringComparison.Ordinal);
    }

    [Fact]
    public void The_oracle_lets_no_more_be_worse_than_may()
    {
        foreach (var epsilon in (double[])[0, 0.01, 0.1])
        {
            var score = Today.Score("oracle", Today.Oracle(epsilon), epsilon);
            Assert.True(score.WorseShare <= epsilon);
            Assert.Equal(1, score.OfOracle, tolerance: 1e-9);
        }
    }
}
