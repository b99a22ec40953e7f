using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Core.Budgets;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>
/// Replays the journal against the limits that it records, with arithmetic of its own: whether each reservation fitted into every
/// budget that was in force. It shares no code with the ledger that admitted them, but for the calendar.
/// </summary>
internal sealed class LimitAudit(SqliteConnection connection)
{
    private readonly Dictionary<string, Line> budgets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Line>> byScope = new(StringComparer.Ordinal);
    private readonly Dictionary<AttemptId, Hold> open = [];
    private readonly Dictionary<string, AccountKind> accountKinds = new(StringComparer.Ordinal);

    /// <summary>Reservations that have not ended.</summary>
    public int Open => open.Count;

    /// <summary>Comparisons made.</summary>
    public long Checks { get; private set; }

    /// <summary>The kind that the journal gave an account, or null.</summary>
    public AccountKind? KindOf(string account) => accountKinds.TryGetValue(account, out var kind) ? kind : null;

    /// <summary>Takes a reservation; each budget it doesn't fit into is a problem.</summary>
    public IEnumerable<string> Reserve(JournalEntry entry, string keyId, string accountPath)
    {
        var hold = new Hold(keyId, $"/{accountPath}/", entry.AdmittedAt, entry.Amount);
        if (!open.TryAdd(entry.Attempt, hold))
        {
            yield return $"{entry.Attempt} is reserved a second time";
            yield break;
        }

        var limited = false;
        foreach (var line in LinesOver(hold))
        {
            line.RollTo(entry.AdmittedAt);
            limited |= line.Unit == BudgetUnit.Usd;
            line.Pending += entry.Amount.In(line.Unit);
            Checks++;
            if (line.Posted + line.Pending > line.Limit)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{entry.Attempt} was admitted above the limit of {line.Id}: posted {line.Posted} + pending {line.Pending} > {line.Limit}"
                );
            }
        }

        if (!limited)
        {
            yield return $"{entry.Attempt} was admitted under no dollar limit";
        }
    }

    /// <summary>Ends a reservation with what it cost (nothing for a void), or says why it can't.</summary>
    public string? End(JournalEntry entry)
    {
        if (!open.Remove(entry.Attempt, out var hold))
        {
            return $"{entry.Attempt} ends without an open reservation: it never had one, or it ended before";
        }

        foreach (var line in LinesOver(hold).Where(line => line.Contains(hold.AdmittedAt)))
        {
            line.Pending -= hold.Amount.In(line.Unit);
            line.Posted += entry.Amount.In(line.Unit);
        }

        return hold.AdmittedAt == entry.AdmittedAt ? null : $"{entry.Attempt} ends in another window than it was admitted in";
    }

    /// <summary>Takes a change of accounts or budgets.</summary>
    public void Control(JournalEntry entry)
    {
        using var document = JsonDocument.Parse(entry.Detail);
        var note = document.RootElement;
        if (note.TryGetProperty("account", out var account) && account.GetString() == "create")
        {
            accountKinds[note.GetProperty("id").GetString()!] = Enum.Parse<AccountKind>(note.GetProperty("kind").GetString()!);
        }

        if (!note.TryGetProperty("budget", out var action))
        {
            return;
        }

        var id = note.GetProperty("id").GetString()!;
        if (action.GetString() == "remove")
        {
            if (budgets.Remove(id, out var removed))
            {
                byScope[removed.Scope.Id].Remove(removed);
            }
        }
        else if (budgets.TryGetValue(id, out var line))
        {
            line.Limit = note.GetProperty("limit").GetInt64();
        }
        else
        {
            line = Start(entry, note, id);
            budgets.Add(id, line);
            if (!byScope.TryGetValue(line.Scope.Id, out var lines))
            {
                byScope[line.Scope.Id] = lines = [];
            }

            lines.Add(line);
        }
    }

    /// <summary>Budgets whose rows aren't what the journal says.</summary>
    public IEnumerable<string> CompareBudgets()
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, scope_kind, scope_id, unit, window, time_zone, amount_limit FROM budgets ORDER BY id";
        using var row = command.ExecuteReader();
        var found = new HashSet<string>(StringComparer.Ordinal);
        while (row.Read())
        {
            var id = row.GetString(0);
            found.Add(id);
            var same =
                budgets.TryGetValue(id, out var line)
                && line.Scope == new Scope((ScopeKind)row.GetInt32(1), row.GetString(2))
                && (int)line.Unit == row.GetInt32(3)
                && (int)line.Window.Kind == row.GetInt32(4)
                && line.Window.TimeZone.Id == row.GetString(5)
                && line.Limit == row.GetInt64(6);
            if (!same)
            {
                yield return $"budget {id}: the table differs from what the journal recorded";
            }
        }

        foreach (var id in budgets.Keys.Where(id => !found.Contains(id)))
        {
            yield return $"budget {id}: its row is missing, though the journal records no removal";
        }
    }

    private IEnumerable<Line> LinesOver(Hold hold) =>
        hold
            .Accounts.Split('/', StringSplitOptions.RemoveEmptyEntries)
            .Prepend(hold.KeyId)
            .SelectMany(id => byScope.TryGetValue(id, out var lines) ? lines : [])
            .Where(line => line.Covers(hold));

    private Line Start(JournalEntry entry, JsonElement note, string id)
    {
        var scope = new Scope(Enum.Parse<ScopeKind>(note.GetProperty("scope").GetString()!), note.GetProperty("scope_id").GetString()!);
        var window = new BudgetWindow(
            Enum.Parse<WindowKind>(note.GetProperty("window").GetString()!),
            TimeZoneInfo.FindSystemTimeZoneById(note.GetProperty("time_zone").GetString()!)
        );
        var line = new Line(id, scope, Enum.Parse<BudgetUnit>(note.GetProperty("unit").GetString()!), window)
        {
            Limit = note.GetProperty("limit").GetInt64(),
        };
        line.RollTo(entry.At);
        line.Posted = PostedBefore(entry.Seq, line);
        foreach (var hold in open.Values.Where(hold => line.Covers(hold) && line.Contains(hold.AdmittedAt)))
        {
            line.Pending += hold.Amount.In(line.Unit);
        }

        return line;
    }

    // A budget that is made in the middle of its window counts what was spent before.
    private Int128 PostedBefore(long seq, Line line)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT j.nanos, j.tokens, j.requests, s.key_id, s.account_path FROM journal j JOIN subjects s ON s.id = j.subject_id
            WHERE j.kind = 2 AND j.seq < $seq AND j.admitted_at >= $start AND j.admitted_at < $end
            """;
        command.Parameters.AddWithValue("$seq", seq);
        command.Parameters.AddWithValue("$start", line.Start);
        command.Parameters.AddWithValue("$end", line.End);
        using var row = command.ExecuteReader();
        Int128 posted = 0;
        while (row.Read())
        {
            var amount = new Amount(new(row.GetInt64(0)), row.GetInt64(1), row.GetInt64(2));
            if (line.Covers(new Hold(row.GetString(3), $"/{row.GetString(4)}/", 0, amount)))
            {
                posted += amount.In(line.Unit);
            }
        }

        return posted;
    }

    /// <param name="KeyId">The key.</param>
    /// <param name="Accounts">The account ids, with a slash before, between and after.</param>
    /// <param name="AdmittedAt">Microseconds since 1970.</param>
    /// <param name="Amount">What is held.</param>
    private readonly record struct Hold(string KeyId, string Accounts, long AdmittedAt, Amount Amount);

    private sealed class Line(string id, Scope scope, BudgetUnit unit, BudgetWindow window)
    {
        private readonly string inPath = $"/{scope.Id}/";

        public string Id => id;

        public Scope Scope => scope;

        public BudgetUnit Unit => unit;

        public BudgetWindow Window => window;

        public long Limit { get; set; }

        public Int128 Posted { get; set; }

        public Int128 Pending { get; set; }

        public long Start { get; private set; }

        public long End { get; private set; } = long.MinValue;

        public bool Covers(in Hold hold) =>
            scope.Kind == ScopeKind.Key ? hold.KeyId == scope.Id : hold.Accounts.Contains(inPath, StringComparison.Ordinal);

        public bool Contains(long at) => at >= Start && at < End;

        public void RollTo(long at)
        {
            if (at >= End)
            {
                var span = window.At(JournalWriter.FromMicroseconds(at));
                (Start, End) = (JournalWriter.Microseconds(span.Start), JournalWriter.Microseconds(span.End));
                (Posted, Pending) = (0, 0);
            }
        }
    }
}
