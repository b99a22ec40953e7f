using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>The lists that entries keep beside the journal: the grants of the budgets there are, and the attempts whose cost isn't known.</summary>
internal sealed class AuditedLists
{
    private readonly Dictionary<string, (string Budget, string? Definition, long At)> grants = new(StringComparer.Ordinal);
    private readonly Dictionary<AttemptId, long> unconfirmed = [];

    /// <summary>Takes a grant.</summary>
    public void Grant(JournalEntry entry)
    {
        using var document = JsonDocument.Parse(entry.Text!);
        var grant = document.RootElement;
        grants.TryAdd(grant.GetProperty("id").GetString()!, (grant.GetProperty("budget_id").GetString()!, entry.Text, entry.At));
    }

    /// <summary>Takes a change of the control plane: a budget's grants go with it.</summary>
    public void Control(JsonElement note)
    {
        if (note.TryGetProperty("budget", out var action) && action.GetString() == "remove")
        {
            var budget = note.GetProperty("id").GetString();
            foreach (var id in grants.Where(pair => pair.Value.Budget == budget).Select(pair => pair.Key).ToList())
            {
                grants.Remove(id);
            }
        }
    }

    /// <summary>Takes what was posted.</summary>
    public void Post(JournalEntry entry)
    {
        if (entry.Marks.HasFlag(JournalMarks.Unconfirmed))
        {
            unconfirmed.TryAdd(entry.Attempt, entry.Seq);
        }
    }

    /// <summary>Takes a correction; says whether its attempt waited to be confirmed.</summary>
    public bool Adjust(JournalEntry entry) => unconfirmed.Remove(entry.Attempt);

    /// <summary>Rows that aren't what the journal says.</summary>
    public IEnumerable<string> Compare(SqliteConnection connection)
    {
        foreach (var grant in Grants(connection).Order(StringComparer.Ordinal))
        {
            yield return $"grant {grant}: its row isn't what the journal recorded";
        }

        foreach (var attempt in Unconfirmed(connection).OrderBy(attempt => attempt.Request).ThenBy(attempt => attempt.Attempt))
        {
            yield return $"{attempt}: the list of unconfirmed attempts isn't what the journal recorded";
        }
    }

    private HashSet<string> Grants(SqliteConnection connection)
    {
        var differing = grants.Keys.ToHashSet(StringComparer.Ordinal);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, budget_id, definition, at FROM grants";
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            var id = row.GetString(0);
            var isSame = grants.TryGetValue(id, out var known) && known == (row.GetString(1), LedgerReader.Text(row, 2), row.GetInt64(3));
            _ = isSame ? differing.Remove(id) : differing.Add(id);
        }

        return differing;
    }

    private HashSet<AttemptId> Unconfirmed(SqliteConnection connection)
    {
        var differing = unconfirmed.Keys.ToHashSet();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT request, attempt, seq FROM unconfirmed";
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            var attempt = EventJson.Attempt(row);
            var isSame = unconfirmed.TryGetValue(attempt, out var seq) && seq == row.GetInt64(2);
            _ = isSame ? differing.Remove(attempt) : differing.Add(attempt);
        }

        return differing;
    }
}
