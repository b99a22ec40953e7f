using Purser.Core.Budgets;

namespace Purser.Core.Ledger;

/// <summary>How an attempt to reserve ended. Every refusal has a name.</summary>
public enum ReserveStatus
{
    /// <summary>The amount is held in every budget in scope.</summary>
    Reserved,

    /// <summary>The same attempt already holds the same amount: nothing changed.</summary>
    AlreadyReserved,

    /// <summary>The attempt's id is in use with another amount.</summary>
    AttemptIdReused,

    /// <summary>A part of the amount is negative, or more than one attempt can be (<see cref="Amount.IsPlausible"/>).</summary>
    InvalidAmount,

    /// <summary>No budget in dollars is in scope: spending without a limit isn't possible.</summary>
    NoHardLimit,

    /// <summary>A budget in scope has less left than asked; nothing was taken from any.</summary>
    BudgetExceeded,

    /// <summary>There is nothing to extend: the attempt holds no reservation.</summary>
    NotOpen,

    /// <summary>The key's account has no membership in force: it is below nobody whose money it could spend.</summary>
    NoMembership,
}

/// <summary>The outcome of a reservation.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Refusing">The budget that refused, when the status is <see cref="ReserveStatus.BudgetExceeded"/>.</param>
public readonly record struct ReserveResult(ReserveStatus Status, BalanceSnapshot? Refusing = null)
{
    /// <summary>What is held, when the status is <see cref="ReserveStatus.Reserved"/> and nothing was held before.</summary>
    public Reservation? Reservation { get; init; }

    /// <summary>Whether the attempt holds its money.</summary>
    public bool IsReserved => Status is ReserveStatus.Reserved or ReserveStatus.AlreadyReserved;
}

/// <summary>How an attempt to extend, post or void ended.</summary>
public enum SettleStatus
{
    /// <summary>Done.</summary>
    Settled,

    /// <summary>The attempt holds no reservation: it never did, or it was settled before. Nothing changed.</summary>
    NotOpen,

    /// <summary>A part of the amount is negative.</summary>
    InvalidAmount,
}

/// <summary>The outcome of a settlement.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Overage">By how much the posted amount exceeds what was reserved, part by part; zero where it doesn't.</param>
public readonly record struct SettleResult(SettleStatus Status, Amount Overage);
