using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Core.Budgets;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>
/// Replays the journal against the limits that it records, with arithmetic of its own: whether each reservation and each extension fitted
/// into every hard budget that was in force. It shares no code with the ledger that admitted them, but for the calendar.
/// </summary>
internal sealed class LimitAudit(SqliteConnection connection, Definitions definitions)
{
    private const int MostScopesRemembered = 65_536;

    private readonly Dictionary<string, AuditedBudget> budgets = new(StringComparer.Ordinal);
    private readonly Dictionary<AttemptId, Hold> open = [];
    private readonly Dictionary<string, AccountKind> accountKinds = new(StringComparer.Ordinal);
    private readonly AuditedMemberships memberships = new();
    private readonly Dictionary<(long Subject, long Route), HashSet<string>> scopes = [];

    /// <summary>Reservations that have not ended.</summary>
    public int Open => open.Count;

    /// <summary>Comparisons made.</summary>
    public long Checks { get; private set; }

    /// <summary>The kind that the journal gave an account, or null.</summary>
    public AccountKind? KindOf(string account) => accountKinds.TryGetValue(account, out var kind) ? kind : null;

    /// <summary>Takes a reservation; each budget it doesn't fit into is a problem.</summary>
    public IEnumerable<string> Reserve(JournalEntry entry, IReadOnlySet<string> scopes)
    {
        var hold = new Hold(entry.AdmittedAt, entry.Amount, scopes);
        if (!open.TryAdd(entry.Attempt, hold))
        {
            yield return $"{entry.Attempt} is reserved a second time";
            yield break;
        }

        var subject = definitions.Subject(entry.SubjectId);
        if (
            memberships.PathOf(subject.KeyId, entry.AdmittedAt) is { } path
            && (path != subject.AccountPath || KindOf(path.Split('/')[^1]) != AccountKind.Organization)
        )
        {
            yield return $"{entry.Attempt} was admitted under {subject.AccountPath}, but its key was under {path} then";
        }

        var limited = false;
        foreach (var budget in budgets.Values)
        {
            foreach (var line in budget.LinesFor(scopes))
            {
                limited |= budget.IsHard && budget.Unit == BudgetUnit.Usd;
                var window = line.Use(entry.AdmittedAt);
                hold.Windows.Add(window);
                window.Holders++;
                if (Take(entry, window, budget.HeldOf(entry.Amount), entry.AdmittedAt) is { } problem)
                {
                    yield return problem;
                }
            }
        }

        if (!limited)
        {
            yield return $"{entry.Attempt} was admitted under no dollar limit";
        }
    }

    /// <summary>Takes more for an attempt, in the windows that it was admitted in.</summary>
    public IEnumerable<string> Extend(JournalEntry entry)
    {
        if (!open.TryGetValue(entry.Attempt, out var hold))
        {
            yield return $"{entry.Attempt} is extended without an open reservation";
            yield break;
        }

        hold.Amount += entry.Amount;
        foreach (var window in hold.Windows)
        {
            if (Take(entry, window, window.Budget.AmountOf(entry.Amount), hold.AdmittedAt) is { } problem)
            {
                yield return problem;
            }
        }
    }

    /// <summary>Ends a reservation with what it cost (nothing for a void), or says why it can't.</summary>
    public string? End(JournalEntry entry)
    {
        if (!open.Remove(entry.Attempt, out var hold))
        {
            return $"{entry.Attempt} ends without an open reservation: it never had one, or it ended before";
        }

        foreach (var window in hold.Windows)
        {
            window.Move(hold.AdmittedAt, window.Budget.AmountOf(entry.Amount), -window.Budget.HeldOf(hold.Amount), entry.At);
            window.Holders--;
        }

        return hold.AdmittedAt == entry.AdmittedAt ? null : $"{entry.Attempt} ends in another window than it was admitted in";
    }

    /// <summary>Takes a correction of what an attempt cost, in the windows that still run, and in those that something is under way in.</summary>
    public void Adjust(JournalEntry entry, IReadOnlySet<string> scopes)
    {
        var lines = budgets.Values.SelectMany(budget => budget.LinesFor(scopes)).ToHashSet();
        var present = lines.Select(line => (Line: line, Window: line.At(entry.At))).Where(found => found.Line.HasBegun);
        var over = open.Values.SelectMany(hold => hold.Windows).Where(window => window.End <= entry.At && lines.Contains(window.Line));
        foreach (var window in present.Select(found => found.Window).Union(over).Where(window => window.Contains(entry.AdmittedAt)))
        {
            window.Move(entry.AdmittedAt, window.Budget.AmountOf(entry.Amount), 0, entry.At);
        }
    }

    /// <summary>Takes a grant.</summary>
    public void Grant(JournalEntry entry)
    {
        var grant = JsonDocument.Parse(entry.Text!).RootElement;
        if (budgets.TryGetValue(grant.GetProperty("budget_id").GetString()!, out var budget))
        {
            var instance = grant.TryGetProperty("instance", out var text) ? text.GetString()! : budget.ScopeText;
            budget.Line(instance).Add(AuditedGrant.Read(grant), entry.At);
        }
    }

    /// <summary>Takes a change of accounts or budgets.</summary>
    public void Control(JournalEntry entry)
    {
        using var document = JsonDocument.Parse(entry.Text!);
        var note = document.RootElement;
        memberships.Take(note);
        if (note.TryGetProperty("account", out var account) && account.GetString() == "create")
        {
            accountKinds[note.GetProperty("id").GetString()!] = Enum.Parse<AccountKind>(note.GetProperty("kind").GetString()!);
        }

        if (!note.TryGetProperty("budget", out var action))
        {
            return;
        }

        var id = note.GetProperty("id").GetString()!;
        var definition = note.GetProperty("definition").GetString()!;
        if (action.GetString() == "remove")
        {
            budgets.Remove(id);
            foreach (var hold in open.Values)
            {
                hold.Windows.RemoveAll(window => window.Budget.Id == id);
            }
        }
        else if (budgets.TryGetValue(id, out var budget))
        {
            budget.Define(definition);
        }
        else
        {
            Start(entry, budgets[id] = new AuditedBudget(definition));
        }
    }

    /// <summary>Accounts whose memberships aren't what the journal says.</summary>
    public IEnumerable<string> CompareMemberships() => memberships.Compare(connection);

    /// <summary>Budgets whose rows aren't what the journal says.</summary>
    public IEnumerable<string> CompareBudgets()
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, definition FROM budgets ORDER BY id";
        using var row = command.ExecuteReader();
        var found = new HashSet<string>(StringComparer.Ordinal);
        while (row.Read())
        {
            var id = row.GetString(0);
            found.Add(id);
            if (!budgets.TryGetValue(id, out var budget) || budget.Definition != row.GetString(1))
            {
                yield return $"budget {id}: the table differs from what the journal recorded";
            }
        }

        foreach (var id in budgets.Keys.Where(id => !found.Contains(id)))
        {
            yield return $"budget {id}: its row is missing, though the journal records no removal";
        }
    }

    /// <summary>What an entry counts under, as the texts that scopes are written in.</summary>
    /// <exception cref="InvalidDataException">The journal doesn't define what the entry names.</exception>
    public IReadOnlySet<string> ScopesOf(JournalEntry entry)
    {
        var key = (entry.SubjectId, entry.RouteId);
        if (!scopes.TryGetValue(key, out var set))
        {
            if (scopes.Count >= MostScopesRemembered)
            {
                scopes.Clear();
            }

            scopes[key] = set = ScopesOf(definitions.Subject(entry.SubjectId), definitions.Route(entry.RouteId));
        }

        return set;
    }

    private static HashSet<string> ScopesOf(StoredSubject subject, StoredRoute route)
    {
        var scopes = new HashSet<string>(StringComparer.Ordinal)
        {
            $"key:{AuditedBudget.Written(subject.KeyId)}",
            $"provider:{AuditedBudget.Written(route.Provider)}",
            $"model:{AuditedBudget.Written(route.Model)}",
        };
        scopes.UnionWith(subject.AccountPath.Split('/').Select(id => $"account:{id}"));
        scopes.UnionWith(
            subject.Tags.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(tag => $"tag:{AuditedBudget.Written(tag)}")
        );
        if (subject.Member is { } member)
        {
            scopes.Add($"member:{member}");
        }

        if ((subject.Run ?? subject.Session) is { } run)
        {
            scopes.Add($"run:{AuditedBudget.Written($"{subject.KeyId}/{run}")}");
        }

        return scopes;
    }

    private string? Take(JournalEntry entry, AuditedWindow window, long amount, long admittedAt)
    {
        window.Move(admittedAt, 0, amount, entry.At);
        if (!window.Budget.IsHard || amount == 0)
        {
            return null;
        }

        Checks++;
        var (total, allowed) = (window.Posted + window.Pending, window.Allowed(entry.At, amount));
        return total <= allowed
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{entry.Attempt} was admitted above the limit of {window.Budget.Id}: posted {window.Posted} + pending {window.Pending} > {allowed}"
            );
    }

    /// <summary>A budget that is made in the middle of its window counts what was spent, and what is held, before.</summary>
    private void Start(JournalEntry entry, AuditedBudget budget)
    {
        if (budget.IsAnchored)
        {
            return;
        }

        var since = budget.Since(entry.At);
        foreach (var past in JournalReader.Entries(connection, JournalReader.FirstSince(connection, since) - 1, entry.Seq))
        {
            if (past.Kind is not (JournalKind.Post or JournalKind.Adjust) || past.AdmittedAt < since)
            {
                continue;
            }

            foreach (var line in budget.LinesFor(ScopesOf(past)))
            {
                var window = line.At(entry.At);
                if (window.Contains(past.AdmittedAt))
                {
                    window.Move(past.AdmittedAt, budget.AmountOf(past.Amount), 0, entry.At);
                    line.Include(entry.At);
                }
            }
        }

        foreach (var hold in open.Values)
        {
            foreach (var line in budget.LinesFor(hold.Scopes))
            {
                var window = line.At(entry.At);
                if (window.Contains(hold.AdmittedAt))
                {
                    window.Move(hold.AdmittedAt, 0, budget.HeldOf(hold.Amount), entry.At);
                    line.Include(entry.At);
                    hold.Windows.Add(window);
                    window.Holders++;
                }
            }
        }
    }

    private sealed class Hold(long admittedAt, Amount amount, IReadOnlySet<string> scopes)
    {
        public long AdmittedAt => admittedAt;

        public Amount Amount { get; set; } = amount;

        public IReadOnlySet<string> Scopes => scopes;

        public List<AuditedWindow> Windows { get; } = [];
    }
}
