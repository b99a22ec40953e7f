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
        : unit == "concurrency" ? $"{amount} at once"
        : $"{amount} {unit.Replace('_', ' ')}";

    /// <summary>What is used of how much, in which window: <c>$1.20 of $5.00 a day</c>.</summary>
    public static string Short(BudgetView budget)
    {
        var allowed = Amount(budget.Allowed ?? budget.Limit, budget.Unit);
        // What is concurrent is held and given back, never spent, and has no window.
        return budget.Unit == "concurrency"
            ? $"{budget.Pending ?? "0"} of {allowed}"
            : $"{Amount(budget.Posted ?? "0", budget.Unit)} of {allowed} {Window(budget.Window)}";
    }

    private static string Window(string window) =>
        window.Split(':') switch
        {
            ["lifetime"] => "for its life",
            ["hour"] => "an hour",
            ["rolling", var length] => $"in any {length}",
            ["anchored", var length] => $"in {length} from first use",
            _ => $"a {window}",
        };
}
