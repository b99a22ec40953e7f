using Purser.Core.Budgets;
using Xunit;

namespace Purser.Core.Tests.Budgets;

public sealed class BudgetTests
{
    [Theory]
    [InlineData(OnExhausted.Block, true)]
    [InlineData(OnExhausted.Downgrade, true)]
    [InlineData(OnExhausted.Throttle, true)]
    [InlineData(OnExhausted.Queue, true)]
    [InlineData(OnExhausted.Ask, true)]
    [InlineData(OnExhausted.Alert, false)]
    public void All_but_an_alert_is_a_hard_limit(OnExhausted then, bool hard) =>
        Assert.Equal(hard, (Of(BudgetUnit.Usd) with { OnExhausted = then }).IsHard);

    [Fact]
    public void A_budget_that_names_no_thresholds_has_those_at_50_80_and_100() =>
        Assert.Equal([50, 80, 100], Of(BudgetUnit.Usd).Thresholds);

    [Theory]
    [InlineData(BudgetUnit.Usd, 1_500_000_000, "1.500000000")]
    [InlineData(BudgetUnit.Tokens, 1_500_000_000, "1500000000")]
    [InlineData(BudgetUnit.Concurrency, 3, "3")]
    public void Dollars_are_written_with_nine_decimals_and_the_rest_as_it_is(BudgetUnit unit, long amount, string text) =>
        Assert.Equal(text, Budget.Format(unit, amount));

    [Theory]
    [InlineData(100, 60, 15, 25)]
    [InlineData(100, 60, 40, 0)]
    [InlineData(100, 60, 41, 0)]
    [InlineData(long.MaxValue, long.MaxValue, long.MaxValue, 0)]
    public void What_remains_is_what_is_neither_spent_nor_held(long limit, long posted, long pending, long remaining) =>
        Assert.Equal(
            remaining,
            new BalanceSnapshot(Of(BudgetUnit.Usd) with { Limit = limit }, BudgetWindow.Always, posted, pending).Remaining
        );

    private static Budget Of(BudgetUnit unit) =>
        new("bud_1", "", new Scope(ScopeKind.Key, "pk-1"), unit, new BudgetWindow(WindowKind.Day, TimeZoneInfo.Utc), 100);
}
