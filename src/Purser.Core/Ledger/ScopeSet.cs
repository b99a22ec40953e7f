using Purser.Core.Budgets;

namespace Purser.Core.Ledger;

/// <summary>
/// All that one request is counted under, narrowest first: its key, its accounts, its run, tags, provider and model. Made once for a
/// subject and route, since the ledger keeps in it which budgets that are.
/// </summary>
public sealed class ScopeSet
{
    private readonly Scope[] scopes;

    /// <summary>Makes a set.</summary>
    /// <param name="scopes">Narrowest first: the first budget that lacks an amount is the one named.</param>
    public ScopeSet(IEnumerable<Scope> scopes)
    {
        this.scopes = [.. scopes];
    }

    /// <summary>The scopes.</summary>
    public IReadOnlyList<Scope> Scopes => scopes;

    /// <summary>Which budgets these are, as the index found them at <see cref="Version"/>.</summary>
    internal BudgetLine[] Lines { get; set; } = [];

    /// <summary>The index's state that <see cref="Lines"/> are of.</summary>
    internal long Version { get; set; }

    /// <summary>Whose they are.</summary>
    internal BudgetIndex? Index { get; set; }

    /// <summary>Whether a concrete scope is among these.</summary>
    public bool Contains(Scope scope) => Array.IndexOf(scopes, scope) >= 0;
}
