using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Xunit;

namespace Purser.Core.Tests.Ledger;

public sealed class AmountTests
{
    private static readonly Amount All = new(new Money(1), 2, 3) { Parts = new TokenParts(4, 5, 6, 7, 8) };

    [Theory]
    [InlineData(BudgetUnit.Usd, 1, 1)]
    [InlineData(BudgetUnit.Tokens, 2, 2)]
    [InlineData(BudgetUnit.Requests, 3, 3)]
    [InlineData(BudgetUnit.InputTokens, 4, 4)]
    [InlineData(BudgetUnit.CacheReadTokens, 5, 5)]
    [InlineData(BudgetUnit.CacheWriteTokens, 6, 6)]
    [InlineData(BudgetUnit.OutputTokens, 7, 7)]
    [InlineData(BudgetUnit.ReasoningTokens, 8, 8)]
    [InlineData(BudgetUnit.Concurrency, 0, 1)]
    public void An_amount_is_of_each_unit(BudgetUnit unit, long amount, long held) =>
        Assert.Equal((amount, held), (All.In(unit), All.HeldIn(unit)));

    [Fact]
    public void Of_an_unknown_unit_there_is_no_amount() => Assert.Throws<ArgumentOutOfRangeException>(() => All.In((BudgetUnit)99));

    [Fact]
    public void An_amount_is_valid_where_no_part_is_negative()
    {
        Assert.True(All.IsValid);
        Assert.True(Amount.Zero.IsValid);
        Amount[] negative =
        [
            All with
            {
                Cost = new Money(-1),
            },
            All with
            {
                Tokens = -1,
            },
            All with
            {
                Requests = -1,
            },
            All with
            {
                Parts = All.Parts with { Input = -1 },
            },
            All with
            {
                Parts = All.Parts with { CacheRead = -1 },
            },
            All with
            {
                Parts = All.Parts with { CacheWrite = -1 },
            },
            All with
            {
                Parts = All.Parts with { Output = -1 },
            },
            All with
            {
                Parts = All.Parts with { Reasoning = -1 },
            },
        ];
        Assert.All(negative, amount => Assert.False(amount.IsValid));
    }

    [Fact]
    public void A_sum_beyond_the_range_is_an_error()
    {
        Amount[] largest =
        [
            Amount.Zero with
            {
                Cost = Money.MaxValue,
            },
            Amount.Zero with
            {
                Tokens = long.MaxValue,
            },
            Amount.Zero with
            {
                Requests = long.MaxValue,
            },
            Amount.Zero with
            {
                Parts = new TokenParts(long.MaxValue, 0, 0, 0, 0),
            },
            Amount.Zero with
            {
                Parts = new TokenParts(0, long.MaxValue, 0, 0, 0),
            },
            Amount.Zero with
            {
                Parts = new TokenParts(0, 0, long.MaxValue, 0, 0),
            },
            Amount.Zero with
            {
                Parts = new TokenParts(0, 0, 0, long.MaxValue, 0),
            },
            Amount.Zero with
            {
                Parts = new TokenParts(0, 0, 0, 0, long.MaxValue),
            },
        ];
        Assert.All(largest, amount => Assert.Throws<OverflowException>(() => amount + All));
    }

    [Fact]
    public void Of_so_much_input_and_output_each_class_can_be_all() =>
        Assert.Equal(new TokenParts(10, 10, 10, 3, 3), TokenParts.AtMost(10, 3));

    [Fact]
    public void One_attempt_costs_a_million_dollars_and_uses_ten_million_million_tokens_at_most()
    {
        const long tokens = Amount.MostTokens;
        var most = new Amount(Amount.MostCost, tokens, tokens) { Parts = new TokenParts(tokens, tokens, tokens, tokens, tokens) };
        Assert.Equal((1_000_000_000_000_000, 10_000_000_000_000), (Amount.MostCost.Nanos, tokens));
        Assert.True(most.IsPlausible);
        Amount[] more =
        [
            most with
            {
                Cost = new Money(Amount.MostCost.Nanos + 1),
            },
            most with
            {
                Tokens = tokens + 1,
            },
            most with
            {
                Requests = tokens + 1,
            },
            most with
            {
                Parts = most.Parts with { Input = tokens + 1 },
            },
            most with
            {
                Parts = most.Parts with { CacheRead = tokens + 1 },
            },
            most with
            {
                Parts = most.Parts with { CacheWrite = tokens + 1 },
            },
            most with
            {
                Parts = most.Parts with { Output = tokens + 1 },
            },
            most with
            {
                Parts = most.Parts with { Reasoning = tokens + 1 },
            },
            most with
            {
                Tokens = -1,
            },
        ];
        Assert.All(more, amount => Assert.False(amount.IsPlausible));
    }
}
