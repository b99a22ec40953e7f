using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Gateway.Batches;
using Purser.Gateway.Objects;

namespace Purser.Gateway.Storage;

/// <summary>Reads the table of what lives at the providers.</summary>
internal sealed class ObjectTable(SqliteConnection connection)
{
    /// <summary>The columns, in the table's order.</summary>
    public const string Columns = "kind, id, provider, credential, key_id, account_id, created_at, expires_at, is_open, payload";

    /// <summary>An account's object, unless its time is over. Where two providers gave the same id, the newer one.</summary>
    public OwnedObject? Find(OwnedKind kind, string id, string accountId, DateTimeOffset now) =>
        Read(
                "kind = $kind AND id = $id AND account_id = $account AND (expires_at IS NULL OR expires_at > $now) ORDER BY created_at DESC, provider LIMIT 1",
                ("$kind", (int)kind),
                ("$id", id),
                ("$account", accountId),
                ("$now", JournalWriter.Microseconds(now))
            )
            .FirstOrDefault();

    /// <summary>A part of the list of an account's objects.</summary>
    public ObjectList? List(OwnedKind kind, string accountId, ObjectPage page, DateTimeOffset now)
    {
        var from = default(OwnedObject);
        if ((page.After ?? page.Before) is { } id && (from = Find(kind, id, accountId, now)) is null)
        {
            return null;
        }

        // What comes before one is read backwards, from there, and turned round.
        var backwards = page.Before is not null;
        var ascending = page.IsOldestFirst != backwards;
        var found = Read(
            $"""
            account_id = $account AND kind = $kind AND (expires_at IS NULL OR expires_at > $now)
            AND ($from IS NULL OR (created_at, id) {(ascending ? '>' : '<')} ($from, $id))
            AND ($purpose IS NULL OR json_extract(payload, '$.purpose') = $purpose)
            AND ($providers IS NULL OR provider IN (SELECT value FROM json_each($providers)))
            ORDER BY created_at {(ascending ? "ASC" : "DESC")}, id {(ascending ? "ASC" : "DESC")} LIMIT $limit
            """,
            ("$account", accountId),
            ("$kind", (int)kind),
            ("$now", JournalWriter.Microseconds(now)),
            ("$from", from is null ? DBNull.Value : JournalWriter.Microseconds(from.CreatedAt)),
            ("$id", (object?)from?.Id ?? DBNull.Value),
            ("$purpose", (object?)page.Purpose ?? DBNull.Value),
            ("$providers", page.Providers is null ? DBNull.Value : JsonSerializer.Serialize(page.Providers)),
            ("$limit", page.Limit + 1L)
        );
        var hasMore = found.Count > page.Limit;
        var objects = found.Take(page.Limit);
        return new ObjectList([.. backwards ? objects.Reverse() : objects], hasMore);
    }

    /// <summary>Those of a kind that are open.</summary>
    public IReadOnlyList<OwnedObject> Open(OwnedKind kind) =>
        Read("kind = $kind AND is_open = 1 ORDER BY created_at, id", ("$kind", (int)kind));

    /// <summary>The requests whose attempts hold the money of batches that are open.</summary>
    public IReadOnlySet<Guid> OpenBatchRequests() => Open(OwnedKind.Batch).Select(batch => BatchRecord.Of(batch).RequestId).ToHashSet();

    /// <summary>A batch by the id that its provider gave it, whoever owns it: the newest, where several providers gave the same.</summary>
    public OwnedObject? FindBatch(string id) =>
        Read("kind = $kind AND id = $id ORDER BY created_at DESC LIMIT 1", ("$kind", (int)OwnedKind.Batch), ("$id", id)).FirstOrDefault();

    /// <summary>All of them, for comparisons.</summary>
    public IEnumerable<OwnedObject> All()
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {Columns} FROM objects";
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            yield return From(row);
        }
    }

    private List<OwnedObject> Read(string where, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {Columns} FROM objects WHERE {where}";
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        using var row = command.ExecuteReader();
        var found = new List<OwnedObject>();
        while (row.Read())
        {
            found.Add(From(row));
        }

        return found;
    }

    private static OwnedObject From(SqliteDataReader row) =>
        new((OwnedKind)row.GetInt32(0), LedgerReader.Text(row, 1)!, LedgerReader.Text(row, 2)!)
        {
            Credential = row.GetString(3),
            KeyId = row.GetString(4),
            AccountId = row.GetString(5),
            CreatedAt = JournalWriter.FromMicroseconds(row.GetInt64(6)),
            ExpiresAt = row.IsDBNull(7) ? null : JournalWriter.FromMicroseconds(row.GetInt64(7)),
            IsOpen = row.GetInt64(8) != 0,
            Payload = LedgerReader.Text(row, 9),
        };
}
