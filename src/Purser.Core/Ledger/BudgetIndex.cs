using Purser.Core.Budgets;

namespace Purser.Core.Ledger;

/// <summary>Finds the budgets of a request, and makes the ones that "each" stands for as they occur.</summary>
internal sealed class BudgetIndex
{
    private readonly int mostIdle;
    private readonly OrderedDictionary<string, Budget> budgets = new(StringComparer.Ordinal);
    private readonly Dictionary<Scope, List<Budget>> byFirst = [];
    private readonly Dictionary<(string Budget, BudgetScope Instance), BudgetLine> lines = [];
    private int sweepAt;
    private long version = 1;

    public BudgetIndex(int mostIdle)
    {
        this.mostIdle = sweepAt = mostIdle;
    }

    /// <summary>Every line.</summary>
    public IReadOnlyCollection<BudgetLine> Lines => lines.Values;

    /// <summary>Every budget, in the order they came.</summary>
    public IReadOnlyCollection<Budget> Budgets => budgets.Values;

    /// <summary>The budget with this id, or null.</summary>
    public Budget? Find(string id) => budgets.GetValueOrDefault(id);

    /// <summary>How many lines there are.</summary>
    public int Count => lines.Count;

    /// <summary>The lines of one budget.</summary>
    public IEnumerable<BudgetLine> LinesOf(string budgetId) => lines.Values.Where(line => line.Budget.Id == budgetId);

    /// <summary>A budget's line for one of those that it stands for, or null.</summary>
    public BudgetLine? LineOf(string budgetId, BudgetScope instance) => lines.GetValueOrDefault((budgetId, instance));

    /// <summary>The lines of a request, in the order of its scopes.</summary>
    public BudgetLine[] LinesFor(ScopeSet set, DateTimeOffset now)
    {
        if (set.Version != version || set.Index != this)
        {
            Sweep(now);
            var found = new List<BudgetLine>();
            foreach (var scope in set.Scopes)
            {
                Collect(set, scope, scope, now, found);
                Collect(set, scope, scope.EachLike(), now, found);
            }

            set.Lines = [.. found];
            (set.Index, set.Version) = (this, version);
        }

        return set.Lines;
    }

    public void Add(Budget budget, DateTimeOffset now)
    {
        budgets.Add(budget.Id, budget);
        if (!byFirst.TryGetValue(budget.Scope.First, out var list))
        {
            byFirst[budget.Scope.First] = list = [];
        }

        list.Add(budget);
        if (!budget.Scope.IsEach)
        {
            Line(budget, budget.Scope, now);
        }

        version++;
    }

    public bool Change(Budget budget, DateTimeOffset now)
    {
        if (!budgets.TryGetValue(budget.Id, out var before))
        {
            return false;
        }

        budgets[budget.Id] = budget;
        var list = byFirst[before.Scope.First];
        list[list.FindIndex(known => known.Id == budget.Id)] = budget;
        foreach (var line in LinesOf(budget.Id))
        {
            line.Change(budget, now);
        }

        return true;
    }

    public bool Remove(string id)
    {
        if (!budgets.Remove(id, out var budget))
        {
            return false;
        }

        byFirst[budget.Scope.First].RemoveAll(known => known.Id == id);
        foreach (var line in LinesOf(id).ToList())
        {
            lines.Remove((id, line.Instance));
        }

        version++;
        return true;
    }

    /// <summary>The line of a budget, or of one that it stands for.</summary>
    public BudgetLine Line(Budget budget, BudgetScope instance, DateTimeOffset now)
    {
        if (!lines.TryGetValue((budget.Id, instance), out var line))
        {
            lines[(budget.Id, instance)] = line = new BudgetLine(budget, instance, now);
        }

        return line;
    }

    private void Collect(ScopeSet set, Scope concrete, Scope key, DateTimeOffset now, List<BudgetLine> found)
    {
        if (!byFirst.TryGetValue(key, out var list))
        {
            return;
        }

        foreach (var budget in list)
        {
            // Not as a pattern that declares a variable: such a method can't be mutated.
            var second = budget.Scope.Second;
            if (second is null)
            {
                AddOnce(Line(budget, concrete, now));
                continue;
            }

            foreach (var other in set.Scopes)
            {
                if (second.Value.Covers(other))
                {
                    AddOnce(Line(budget, new BudgetScope(concrete, other), now));
                }
            }
        }

        void AddOnce(BudgetLine line)
        {
            if (!found.Contains(line))
            {
                found.Add(line);
            }
        }
    }

    /// <summary>Drops the lines that "each" made and that have nothing to remember, so that new names don't fill the memory.</summary>
    private void Sweep(DateTimeOffset now)
    {
        if (lines.Count < sweepAt)
        {
            return;
        }

        foreach (var (key, line) in lines.Where(pair => pair.Value.Budget.Scope.IsEach && pair.Value.IsIdle(now)).ToList())
        {
            lines.Remove(key);
        }

        sweepAt = Math.Max(mostIdle, lines.Count * 2);
        version++;
    }
}
