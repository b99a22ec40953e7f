using Purser.Core.Budgets;

namespace Purser.Core.Ledger;

/// <summary>Money held for one attempt under way.</summary>
public sealed class Reservation
{
    internal Reservation(AttemptId id, Amount held, DateTimeOffset admittedAt, IReadOnlyList<Scope> scopes, List<BudgetBalance> balances)
    {
        Id = id;
        Held = held;
        AdmittedAt = admittedAt;
        Scopes = scopes;
        Balances = balances;
    }

    /// <summary>Whose it is.</summary>
    public AttemptId Id { get; }

    /// <summary>How much is held.</summary>
    public Amount Held { get; }

    /// <summary>When it was admitted, by the ledger's high-water clock: its charge belongs to the windows of that instant.</summary>
    public DateTimeOffset AdmittedAt { get; }

    /// <summary>The scopes that it counts under.</summary>
    public IReadOnlyList<Scope> Scopes { get; }

    internal List<BudgetBalance> Balances { get; }
}
