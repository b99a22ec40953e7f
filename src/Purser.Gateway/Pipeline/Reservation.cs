using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Routing;

namespace Purser.Gateway.Pipeline;

/// <summary>Money held for an attempt that may now be made.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Subject">Whom it is for.</param>
/// <param name="Route">Where it goes.</param>
/// <param name="Candidate">The model and its ceiling.</param>
/// <param name="Held">What is held at first.</param>
/// <param name="AdmittedAt">When: the prices and windows of that instant hold.</param>
/// <param name="Balances">The budgets in scope, right after it was taken.</param>
internal sealed record Reservation(
    AttemptId Attempt,
    Subject Subject,
    Route Route,
    Candidate Candidate,
    Amount Held,
    DateTimeOffset AdmittedAt,
    IReadOnlyList<BalanceSnapshot> Balances
)
{
    private const int WarnPercent = 80;

    /// <summary>What is held now: it grows while a stream is watched.</summary>
    public Amount Held { get; private set; } = Held;

    /// <summary>How many output tokens that covers.</summary>
    public long OutputHeld { get; private set; } = Candidate.MaxOutputTokens;

    /// <summary>The most output tokens that the attempt may use: its candidate's, or fewer where only those could be afforded.</summary>
    public long MaxOutput { get; init; } = Candidate.MaxOutputTokens;

    /// <summary>The output limit to write into the request, for each choice; null to leave the client's.</summary>
    public long? LoweredLimit { get; init; }

    /// <summary>Whether the output is held in slices.</summary>
    public bool IsSliced => OutputHeld < MaxOutput;

    /// <summary>Says what is held.</summary>
    public Reservation Holding(Amount held, long outputTokens)
    {
        (Held, OutputHeld) = (held, outputTokens);
        return this;
    }

    /// <summary>
    /// What the person should know before a budget is at its end: which of those that the caller may see is mostly used, and how to ask
    /// for more. Null where there is no need.
    /// </summary>
    public string? Warning()
    {
        var fullest = Fullest(WarnPercent, static balance => balance.Budget.Unit != BudgetUnit.Concurrency);
        // Headers are ASCII; the budget's own name may not be.
        return fullest is null
            ? null
            : $"{UsedPercent(fullest)}% of {fullest.Budget.Id} used; more: purser asks create {Attempt.RequestName}";
    }

    /// <summary>The budget that is used the most of those that the caller may see and that are used by so many percent; null where none is.</summary>
    public BalanceSnapshot? Fullest(int percent, Func<BalanceSnapshot, bool> counts)
    {
        BalanceSnapshot? fullest = null;
        foreach (var balance in Balances)
        {
            if (
                counts(balance)
                && Visibility.IsVisible(balance.Budget.Scope, Subject)
                && UsedPercent(balance) >= percent
                && (fullest is null || UsedPercent(balance) > UsedPercent(fullest))
            )
            {
                fullest = balance;
            }
        }

        return fullest;
    }

    /// <summary>How much of a budget is spent, in percent.</summary>
    public static Int128 UsedPercent(BalanceSnapshot balance) => balance.Limit > 0 ? (Int128)balance.Posted * 100 / balance.Limit : 100;

    /// <summary>What the tightest dollar budget that the caller may see has left once this attempt costs so much, or null.</summary>
    public Money? RemainingAfter(Money cost)
    {
        Money? least = null;
        foreach (var balance in Balances)
        {
            if (balance.Budget.Unit == BudgetUnit.Usd && Visibility.IsVisible(balance.Budget.Scope, Subject))
            {
                var sum = (Int128)balance.Limit - balance.Posted - balance.Pending + Held.Cost.Nanos - cost.Nanos;
                var left = new Money((long)Int128.Clamp(sum, 0, long.MaxValue));
                least = least is { } other && other <= left ? other : left;
            }
        }

        return least;
    }
}
