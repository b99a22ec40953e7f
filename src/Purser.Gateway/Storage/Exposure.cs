using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;

namespace Purser.Gateway.Storage;

/// <summary>The worst case of one account.</summary>
/// <param name="Account">The account's path.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Keys">Keys of its own that aren't disabled.</param>
/// <param name="CapUsd">The least that its own hard limits allow; null where it has none.</param>
/// <param name="ExposureUsd">The most that can be spent under it; null where nothing bounds it.</param>
/// <param name="Covered">Whether it or an account above it has a hard limit in dollars: without one it can have no key.</param>
internal sealed record AccountExposure(string Account, string Kind, int Keys, string? CapUsd, string? ExposureUsd, bool Covered);

/// <summary>
/// The most that all limits together allow to be spent in a span of days, were every one of them used up: what a calendar's or a rolling
/// window allows once for each that the span can touch, a life-time's once. The grants that are in force or to come add to it.
/// </summary>
internal sealed class Exposure
{
    private readonly ControlSnapshot control;
    private readonly IReadOnlyDictionary<string, Int128> added;
    private readonly int days;
    private readonly List<AccountExposure> accounts = [];

    private Exposure(ControlSnapshot control, IReadOnlyDictionary<string, Int128> added, int days)
    {
        this.control = control;
        this.added = added;
        this.days = days;
    }

    /// <summary>The worst case of the whole organization and of each account.</summary>
    /// <param name="control">Accounts, keys and budgets.</param>
    /// <param name="added">The most that the grants of each budget can add from now on, by its id.</param>
    /// <param name="days">The span, 1 to 3660 days.</param>
    public static (Int128? TotalNanos, IReadOnlyList<AccountExposure> Accounts) Of(
        ControlSnapshot control,
        IReadOnlyDictionary<string, Int128> added,
        int days
    )
    {
        var exposure = new Exposure(control, added, days);
        var total = exposure.Visit(control.Accounts.Root, covered: false);
        return (total, [.. exposure.accounts.OrderBy(account => account.Account, StringComparer.Ordinal)]);
    }

    /// <summary>An amount for people.</summary>
    public static string? Text(Int128? nanos) => nanos is { } amount ? Money.Format(amount) : null;

    private Int128? Visit(Account account, bool covered)
    {
        var cap = Cap(new Scope(ScopeKind.Account, account.Id));
        var keys = control.Keys.Where(key => !key.Disabled && key.AccountId == account.Id).ToList();
        covered |= cap is not null;
        Int128? below = 0;
        foreach (var key in keys)
        {
            below = Sum(below, Cap(new Scope(ScopeKind.Key, key.Id)));
        }

        foreach (var child in control.Accounts.All.Where(child => child.ParentId == account.Id))
        {
            below = Sum(below, Visit(child, covered));
        }

        var worst = Least(cap, below);
        accounts.Add(
            new AccountExposure(
                control.Accounts.PathOf(account.Id),
                BudgetNames.Of(account.Kind),
                keys.Count,
                Text(cap),
                Text(worst),
                covered
            )
        );
        return worst;
    }

    /// <summary>The least that the hard dollar limits of one thing alone allow.</summary>
    private Int128? Cap(Scope scope)
    {
        Int128? least = null;
        foreach (var budget in control.Budgets)
        {
            if (budget is { IsHard: true, Unit: BudgetUnit.Usd } && budget.Scope == scope)
            {
                var (windows, more) = (Windows(budget.Window), added.GetValueOrDefault(budget.Id));
                // A grant is of one window; but a rolling budget has it at every instant, so it can be used up as often as the limit.
                least = Least(least, ((Int128)budget.Limit * windows) + (budget.Window.Kind == WindowKind.Rolling ? more * windows : more));
            }
        }

        return least;
    }

    /// <summary>How many windows a span of days can touch: the whole ones, and a part of one at each end.</summary>
    private long Windows(BudgetWindow window)
    {
        var span = TimeSpan.FromDays(days).Ticks;
        // The shortest that each kind can be, since that makes the most of them.
        var length = window.Kind switch
        {
            WindowKind.Minute => TimeSpan.FromMinutes(1),
            WindowKind.Hour => TimeSpan.FromHours(1),
            WindowKind.Day => TimeSpan.FromHours(23),
            WindowKind.Week => TimeSpan.FromHours((7 * 24) - 1),
            WindowKind.Month => TimeSpan.FromHours((28 * 24) - 1),
            WindowKind.Quarter => TimeSpan.FromHours((90 * 24) - 1),
            WindowKind.Year => TimeSpan.FromDays(365),
            WindowKind.Rolling or WindowKind.Anchored => window.Length,
            _ => TimeSpan.MaxValue,
        };
        return length == TimeSpan.MaxValue ? 1 : ((span - 1) / length.Ticks) + 2;
    }

    private static Int128? Sum(Int128? left, Int128? right) => left + right;

    private static Int128? Least(Int128? left, Int128? right) =>
        left is { } one && right is { } other ? Int128.Min(one, other) : left ?? right;
}
