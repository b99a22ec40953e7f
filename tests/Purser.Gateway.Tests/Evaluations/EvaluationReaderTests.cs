using Purser.Core.Budgets;
using Purser.Gateway.Configuration;
using Xunit;

namespace Purser.Gateway.Tests.Evaluations;

public sealed class EvaluationReaderTests
{
    [Fact]
    public void What_isnt_said_is_as_usual()
    {
        var routing = Read(
            "shadow: { budget: { amount_usd: 20 } }, judge: { model: j, budget: { amount_usd: 0.5, period: day } }"
        ).Routing!;

        Assert.Equal(
            (2m, 20m, WindowKind.Month),
            (routing.Shadow!.SamplePercent, routing.Shadow.Budget.Amount.Usd, routing.Shadow.Budget.Period)
        );
        Assert.Equal("purser/evaluation", routing.Shadow.Budget.Account);
        Assert.Empty(routing.Shadow.NeverFor);
        Assert.Equal(
            ("j", 1m, 0.5m, WindowKind.Day),
            (routing.Judge!.Model, routing.Judge.SamplePercent, routing.Judge.Budget.Amount.Usd, routing.Judge.Budget.Period)
        );
        Assert.Null(routing.Judge.Instructions);
    }

    [Fact]
    public void A_judge_compares_no_more_than_is_asked_in_shadow()
    {
        var routing = Read(
            "shadow: { sample_percent: 0.5, budget: { amount_usd: 20 } }, judge: { model: j, budget: { amount_usd: 1 } }"
        ).Routing!;

        Assert.Equal(0.5m, routing.Judge!.SamplePercent);
    }

    [Theory]
    [InlineData("shadow: on", "'shadow' must be a mapping")]
    [InlineData("shadow: { sample_percent: 5 }", "'shadow' needs a 'budget' of its own")]
    [InlineData("shadow: { budget: 20 }", "'budget' must be a mapping")]
    [InlineData("shadow: { budget: { period: month } }", "'amount_usd' is missing")]
    [InlineData("shadow: { budget: { amount_usd: 0 } }", "'amount_usd' must be a number above 0")]
    [InlineData("shadow: { budget: { amount_usd: 1, period: year } }", "'period' can't be 'year'")]
    [InlineData("shadow: { sample_percent: 101, budget: { amount_usd: 1 } }", "'sample_percent' must be a number above 0, up to 100")]
    [InlineData("judge: { model: j, budget: { amount_usd: 1 } }", "'shadow' must be there too")]
    [InlineData("shadow: { budget: { amount_usd: 1 } }, judge: { model: j }", "'judge' needs a 'budget' of its own")]
    [InlineData("shadow: { budget: { amount_usd: 1 } }, judge: { budget: { amount_usd: 1 } }", "'model' is missing")]
    [InlineData("shadow: { budget: { amount_usd: 1 } }, judge: { model: strong, budget: { amount_usd: 1 } }", "'strong' is the reference")]
    [InlineData(
        "shadow: { budget: { amount_usd: 1 } }, judge: { model: j, sample_percent: 3, budget: { amount_usd: 1 } }",
        "can't be above that of 'shadow', which is 2"
    )]
    public void What_cant_be_meant_is_an_error(string block, string error) =>
        Assert.Contains(Read(block).Errors, found => found.Message.Contains(error, StringComparison.Ordinal));

    private static ConfigurationFile Read(string block) =>
        ConfigurationFile.Parse("purser.yml", $"routing: {{ reference: strong, {block} }}", _ => null);
}
