using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary>Says what a budget is, for people.</summary>
internal static class BudgetText
{
    /// <summary>An amount in a budget's unit: <c>$5.00</c>, <c>1000 requests</c>.</summary>
    public static string Amount(string? amount, string unit) =>
        amount is null ? ""
        : unit == "usd" ? Usd.Show(amount)
        : $"{amount} {unit}";

    /// <summary>What is used of how much, in which window: <c>$1.20 of $5.00 a day</c>.</summary>
    public static string Short(BudgetView budget)
    {
        var window = budget.Window == "lifetime" ? "for its life" : $"a {budget.Window}";
        return $"{Amount(budget.Posted ?? "0", budget.Unit)} of {Amount(budget.Limit, budget.Unit)} {window}";
    }
}
