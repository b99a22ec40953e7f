using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>Whether an image that was read has all its members, and its places are those of something in it.</summary>
internal static class SnapshotShape
{
    /// <summary>Whether a ledger can be made from an image.</summary>
    public static bool IsWhole(LedgerImage image)
    {
        // What JSON leaves out is null here, whatever the types say.
        if (!AreThere(image.Budgets) || !AreThere(image.Lines) || !AreThere(image.Balances) || !AreThere(image.Open))
        {
            return false;
        }

        var budgets = image.Budgets.Select(budget => budget.Id).ToHashSet(StringComparer.Ordinal);
        return budgets.Count == image.Budgets.Count
            && image.Lines.All(line => IsWhole(line, image, budgets))
            && image.Balances.All(balance =>
                IsIn(balance.Line, image.Lines) && AreThere(balance.Grants) && balance.Buckets is not null && balance.Window != default
            )
            && image.Open.All(open =>
                open.Balances is not null && open.Id != default && open.Balances.All(balance => IsIn(balance, image.Balances))
            );
    }

    private static bool IsWhole(LineImage line, LedgerImage image, HashSet<string> budgets) =>
        line.BudgetId is not null
        && budgets.Contains(line.BudgetId)
        && line.Instance != default
        && IsIn(line.Balance, image.Balances)
        && (line.Previous is not { } previous || IsIn(previous, image.Balances))
        && AreThere(line.Waiting)
        && AreThere(line.Known);

    private static bool AreThere<T>(IReadOnlyCollection<T>? items)
        where T : class => items is not null && items.All(item => item is not null);

    private static bool IsIn<T>(int place, IReadOnlyList<T> items) => place >= 0 && place < items.Count;
}
