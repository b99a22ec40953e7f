using Purser.Core.Budgets;
using Purser.Core.Ledger;

namespace Purser.Gateway.Routing;

/// <summary>
/// How much is left of the dollar budgets that keys count in, as their last routed requests saw it. In memory alone, and bounded. Safe for parallel calls.
/// </summary>
internal sealed class KeyBudgets
{
    private readonly RecentValues<string, (double Left, DateTimeOffset Until)> recent = new();

    /// <summary>The least remaining share of a subject's budgets, from 0 to 1; null where nothing is known of their present windows.</summary>
    public double? Left(Subject subject, DateTimeOffset now) =>
        recent.TryFind(subject.KeyId, out var known) && known.Until > now ? known.Left : null;

    /// <summary>Takes the budgets as they were when a request was admitted.</summary>
    public void Keep(Subject subject, IReadOnlyList<BalanceSnapshot> balances)
    {
        (double Left, DateTimeOffset Until)? tightest = null;
        foreach (var balance in balances)
        {
            // What comes back within a minute is no budget that is running out.
            if (balance.Budget is { Unit: BudgetUnit.Usd, Window.Kind: not WindowKind.Minute })
            {
                var left = balance.Limit > 0 ? Math.Clamp(1 - ((double)balance.Posted / balance.Limit), 0, 1) : 0;
                tightest = tightest is { } least && least.Left <= left ? tightest : (left, balance.Window.End);
            }
        }

        if (tightest is { } kept)
        {
            recent.Keep(subject.KeyId, kept);
        }
    }
}
