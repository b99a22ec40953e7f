using Purser.Core.Budgets;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>A request to hold money for one attempt.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Subject">Whom it is for.</param>
/// <param name="Route">Where it goes, at which price.</param>
/// <param name="Held">The most that it can cost, or the first slice of it.</param>
/// <param name="At">When it was admitted, by the gateway's clock.</param>
public sealed record Admission(AttemptId Attempt, Subject Subject, Route Route, Amount Held, DateTimeOffset At);

/// <summary>The answer to an <see cref="Admission"/>: durable when it is given.</summary>
/// <param name="Result">Reserved, or the named refusal.</param>
/// <param name="Balances">The budgets in scope right after it, narrowest scope first.</param>
public readonly record struct AdmissionResult(ReserveResult Result, IReadOnlyList<BalanceSnapshot> Balances);

/// <summary>The ledger can't be written: nothing is admitted until the cause is mended and the gateway restarted.</summary>
public sealed class LedgerUnavailableException(Exception cause) : IOException($"The ledger can't be written: {cause.Message}", cause);

/// <summary>The usage events of reports can't be read or made at present. No money is affected.</summary>
/// <param name="cause">What failed.</param>
public sealed class EventsUnavailableException(Exception cause)
    : IOException($"The usage events of reports can't be read: {cause.Message}", cause);

/// <summary>A change of accounts, keys or budgets that isn't possible.</summary>
/// <param name="code">A stable name, such as <c>unknown_account</c>.</param>
/// <param name="message">What is wrong.</param>
/// <param name="hint">What to do.</param>
public sealed class RefusedChangeException(string code, string message, string? hint = null) : Exception(message)
{
    /// <summary>A stable name.</summary>
    public string Code => code;

    /// <summary>What to do.</summary>
    public string? Hint => hint;
}
