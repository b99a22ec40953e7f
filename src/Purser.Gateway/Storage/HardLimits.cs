using Purser.Core.Budgets;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>Whether keys have a dollar limit above them, at each instant: none may spend without end, now or after what is planned.</summary>
internal static class HardLimits
{
    /// <summary>From when on there's no dollar limit at or above an account that has a membership then; null where there always is.</summary>
    public static DateTimeOffset? MissingFrom(ControlSnapshot control, Account account) =>
        control.Moments().FirstOrDefault(moment => moment.Accounts.IsPlaced(account.Id) && !IsAbove(moment, account.Id))?.From;

    /// <summary>A key that isn't disabled and could spend without end, and from when on; or null.</summary>
    public static (VirtualKey Key, DateTimeOffset From)? Missing(ControlSnapshot control)
    {
        foreach (var moment in control.Moments())
        {
            if (moment.Keys.FirstOrDefault(key => !key.Disabled && key.Subject.IsPlaced && !IsAbove(moment, key)) is { } unlimited)
            {
                return (unlimited, moment.From);
            }
        }

        return null;
    }

    private static bool IsAbove(ControlSnapshot control, VirtualKey key) =>
        control.Budgets.Any(budget => IsLimit(budget) && budget.Scope == new Scope(ScopeKind.Key, key.Id))
        || IsAbove(control, key.AccountId);

    private static bool IsAbove(ControlSnapshot control, string account)
    {
        var scopes = control.Accounts.WithAncestors(account).Select(above => new Scope(ScopeKind.Account, above.Id)).ToHashSet();
        return control.Budgets.Any(budget => IsLimit(budget) && budget.Scope.Second is null && scopes.Contains(budget.Scope.First));
    }

    private static bool IsLimit(Budget budget) => budget.Unit == BudgetUnit.Usd && budget.IsHard;
}
