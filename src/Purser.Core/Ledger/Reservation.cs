using Purser.Core.Budgets;

namespace Purser.Core.Ledger;

/// <summary>Money held for one attempt under way.</summary>
public sealed class Reservation
{
    internal Reservation(AttemptId id, Amount held, DateTimeOffset admittedAt, ScopeSet scopes, BudgetBalance[] balances)
    {
        Id = id;
        Held = held;
        AdmittedAt = admittedAt;
        Scopes = scopes;
        Balances = balances;
        foreach (var balance in balances)
        {
            balance.Holders++;
        }
    }

    /// <summary>Whose it is.</summary>
    public AttemptId Id { get; }

    /// <summary>How much is held, extensions included.</summary>
    public Amount Held { get; internal set; }

    /// <summary>When it was admitted, by the ledger's high-water clock: its charge belongs to the windows of that instant.</summary>
    public DateTimeOffset AdmittedAt { get; }

    /// <summary>The scopes that it counts under.</summary>
    public ScopeSet Scopes { get; }

    /// <summary>The number under which a store knows whom it's for; the ledger only keeps it.</summary>
    public long SubjectId { get; set; }

    /// <summary>The number under which a store knows where it goes; the ledger only keeps it.</summary>
    public long RouteId { get; set; }

    /// <summary>The balances that hold it: those of the windows it was admitted in, also once they are over.</summary>
    internal BudgetBalance[] Balances { get; set; }

    /// <summary>It has ended.</summary>
    internal void Release()
    {
        foreach (var balance in Balances)
        {
            balance.Holders--;
        }
    }
}
