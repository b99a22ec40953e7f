namespace Purser.Auditor;

/// <summary>
/// Follows a ledger from outside, with its own arithmetic and calendar, and throws an <see cref="AuditException"/> at the first event that
/// breaks an invariant. Times are microseconds since 1970 UTC by the ledger's high-water clock.
/// </summary>
public sealed class BudgetAuditor
{
    private readonly List<Action<AuditBooks>> events = [];
    private readonly List<(string Parent, string Children)> mirrors = [];
    private readonly List<string> roots = [];
    private AuditBooks books = new();

    /// <summary>From now on the children's figures are expected to sum to the parent's (I2).</summary>
    /// <param name="parent">A budget of an account that every transfer is under.</param>
    /// <param name="children">A budget for each thing of a kind that every transfer is under one of, of the same window and unit.</param>
    public void Mirror(string parent, string children) => mirrors.Add((parent, children));

    /// <summary>A budget without an end that every transfer is under from the first on: it has all that was ever posted (I6).</summary>
    public void Root(string budget) => roots.Add(budget);

    /// <summary>A budget was made.</summary>
    public void BudgetSet(AuditBudget budget, long at) => Tell(books => books.Set(budget, at));

    /// <summary>Its limit or its actions were changed.</summary>
    public void BudgetChanged(AuditBudget budget, long at) => Tell(books => books.Change(budget, at));

    /// <summary>A budget was removed.</summary>
    public void BudgetRemoved(string id, long at) => Tell(books => books.Remove(id, at));

    /// <summary>A grant was added.</summary>
    public void Granted(AuditGrant grant, long at) => Tell(books => books.Grant(grant, at));

    /// <summary>An attempt was admitted: I1.</summary>
    public void Reserved(string attempt, IReadOnlyList<string> scopes, long[] amount, long at) =>
        Tell(books => books.Reserve(attempt, scopes, amount, at));

    /// <summary>An attempt holds more: I1.</summary>
    public void Extended(string attempt, long[] more, long at) => Tell(books => books.Extend(attempt, more, at));

    /// <summary>An attempt's cost was posted: I3.</summary>
    public void Posted(string attempt, long[] amount, long at) => Tell(books => books.End(attempt, amount, at));

    /// <summary>An attempt's hold was released: I3.</summary>
    public void Voided(string attempt, long at) => Tell(books => books.End(attempt, null, at));

    /// <summary>What was posted for an attempt was corrected.</summary>
    public void Adjusted(string attempt, long[] difference, long at) => Tell(books => books.Adjust(attempt, difference, at));

    /// <summary>A refusal names a budget that really lacks the room: else something leaked. Nothing changes.</summary>
    public void Refused(string budgetId, string instance, IReadOnlyList<string> scopes, long[] amount, long at) =>
        books.Refuse(budgetId, instance, scopes, amount, at);

    /// <summary>The ledger was lost and made again of its journal: so are these books, of the events (I4, I5).</summary>
    /// <param name="open">The attempts that the ledger now has under way.</param>
    public void Recovered(IEnumerable<string> open)
    {
        books = new AuditBooks();
        foreach (var told in events)
        {
            told(books);
        }

        books.CheckOpen(open);
    }

    /// <summary>Compares every figure of the ledger with these books': I1, I2, I4, I6.</summary>
    public void Check(IReadOnlyCollection<AuditFigures> ledger, IEnumerable<string> open, long at)
    {
        books.CheckOpen(open);
        books.CheckFigures(ledger, at);
        books.CheckLoans();
        foreach (var (parent, children) in mirrors)
        {
            var (above, below) = (Sum(ledger, parent), Sum(ledger, children));
            if (above != below)
            {
                throw new AuditException("I2", $"{parent} has posted {above}, its children {below}");
            }
        }

        foreach (var root in roots)
        {
            books.CheckRoot(root, Sum(ledger, root));
        }
    }

    private static Int128 Sum(IReadOnlyCollection<AuditFigures> ledger, string budgetId)
    {
        Int128 sum = 0;
        foreach (var figures in ledger)
        {
            sum += figures.BudgetId == budgetId ? figures.Posted : 0;
        }

        return sum;
    }

    private void Tell(Action<AuditBooks> told)
    {
        events.Add(told);
        told(books);
    }
}
