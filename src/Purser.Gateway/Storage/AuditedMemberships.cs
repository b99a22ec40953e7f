using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Purser.Gateway.Storage;

/// <summary>Where the journal says that accounts hang, and keys with them, at each instant: for the audit, without the code that says so.</summary>
internal sealed class AuditedMemberships
{
    private readonly Dictionary<string, SortedList<long, string?>> parents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> accountsOfKeys = new(StringComparer.Ordinal);

    // The paths of keys until a membership begins.
    private readonly Dictionary<string, string> paths = new(StringComparer.Ordinal);
    private long until = long.MinValue;

    /// <summary>Takes a change of the control plane.</summary>
    public void Take(JsonElement note)
    {
        if (note.TryGetProperty("key", out var key) && key.GetString() == "create")
        {
            accountsOfKeys[note.GetProperty("id").GetString()!] = note.GetProperty("account").GetString()!;
        }

        if (!note.TryGetProperty("account", out var action))
        {
            return;
        }

        until = long.MinValue;
        switch (action.GetString())
        {
            // All but the organization.
            case "create" when note.GetProperty("parent").ValueKind != JsonValueKind.Null:
            case "move":
                Of(note)[From(note)] = note.GetProperty("parent").GetString();
                break;
            case "cancel":
                Of(note).Remove(From(note));
                break;
        }
    }

    /// <summary>
    /// The accounts above a key at an instant (microseconds since 1970 UTC), from its own up, joined by <c>/</c>; null for a key that the
    /// journal doesn't make. Instants come in their order.
    /// </summary>
    public string? PathOf(string key, long at)
    {
        if (at >= until)
        {
            paths.Clear();
            until = parents.Values.SelectMany(of => of.Keys).Where(from => from > at).DefaultIfEmpty(long.MaxValue).Min();
        }

        if (!paths.TryGetValue(key, out var path) && accountsOfKeys.TryGetValue(key, out var account))
        {
            paths[key] = path = string.Join('/', Up(account, at));
        }

        return path;
    }

    /// <summary>Accounts whose rows aren't what the journal says.</summary>
    public IEnumerable<string> Compare(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT account_id, from_at, parent_id FROM memberships";
        using var row = command.ExecuteReader();
        var stored = new HashSet<(string Account, long From, string? Parent)>();
        while (row.Read())
        {
            stored.Add((row.GetString(0), row.GetInt64(1), row.IsDBNull(2) ? null : row.GetString(2)));
        }

        stored.SymmetricExceptWith(parents.SelectMany(of => of.Value.Select(pair => (of.Key, pair.Key, pair.Value))));
        foreach (var account in stored.Select(differing => differing.Account).Distinct().Order(StringComparer.Ordinal))
        {
            yield return $"account {account}: the table of memberships differs from what the journal recorded";
        }
    }

    private IEnumerable<string> Up(string account, long at)
    {
        var steps = 0;
        for (string? id = account; id is not null && steps++ <= parents.Count; id = ParentAt(id, at))
        {
            yield return id;
        }
    }

    private string? ParentAt(string account, long at)
    {
        string? parent = null;
        foreach (var (from, above) in parents.GetValueOrDefault(account) ?? [])
        {
            if (from <= at)
            {
                parent = above;
            }
        }

        return parent;
    }

    private SortedList<long, string?> Of(JsonElement note)
    {
        var id = note.GetProperty("id").GetString()!;
        if (!parents.TryGetValue(id, out var of))
        {
            parents[id] = of = [];
        }

        return of;
    }

    private static long From(JsonElement note) => JournalWriter.Microseconds(note.GetProperty("from").GetDateTimeOffset());
}
