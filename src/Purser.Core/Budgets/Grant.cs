namespace Purser.Core.Budgets;

/// <summary>Why an allowance was changed.</summary>
public enum GrantCause
{
    /// <summary>Someone approved more.</summary>
    Approved,

    /// <summary>What the window before left over.</summary>
    CarriedOver,

    /// <summary>Taken from the window after.</summary>
    Borrowed,

    /// <summary>Given to the window before; the amount is negative.</summary>
    Lent,

    /// <summary>Moved between two budgets; negative on the giver's side.</summary>
    Gift,
}

/// <summary>
/// An addition to a budget's limit. In calendar windows it counts in the one window that <paramref name="From"/> lies in; in anchored
/// ones, in the window that is running then, or else in the next to begin; elsewhere from then on. It ends with its window or at
/// <paramref name="Until"/>, but only as far as it is unspent.
/// </summary>
/// <param name="Id">A stable id, <c>grant_…</c>; the same id is never counted twice.</param>
/// <param name="BudgetId">The budget.</param>
/// <param name="Instance">Which one, where the budget is for each of a kind; else null.</param>
/// <param name="Amount">In the budget's unit; negative for what is given away.</param>
/// <param name="From">The first instant that it counts at.</param>
/// <param name="Until">The first instant that it doesn't, or null.</param>
/// <param name="Cause">Why.</param>
/// <param name="By">Who approved it.</param>
/// <param name="Reason">What for.</param>
public sealed record Grant(
    string Id,
    string BudgetId,
    BudgetScope? Instance,
    long Amount,
    DateTimeOffset From,
    DateTimeOffset? Until,
    GrantCause Cause,
    string By,
    string Reason
);
