using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Purser.Gateway.Storage;

/// <summary>
/// The accounts, the keys and the administrator's key that the journal's changes make: who may spend, and from where. Which of them
/// <c>apply</c> made isn't in the journal.
/// </summary>
internal sealed class AuditedAccess
{
    private readonly Dictionary<string, AuditedAccount> accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AuditedKey> keys = new(StringComparer.Ordinal);
    private AdminKeyNote? admin;

    /// <summary>What a note says of a secret whose hash is stored: the hash of that, so that the journal lets nobody in.</summary>
    public static string HashOf(byte[] secretHash) => Convert.ToHexStringLower(SHA256.HashData(secretHash));

    /// <summary>Takes a change of the control plane.</summary>
    public void Take(JsonElement note)
    {
        var id = note.TryGetProperty("id", out var named) ? named.GetString()! : "";
        if (note.TryGetProperty("account", out var account) && !note.TryGetProperty("key", out _))
        {
            TakeAccount(account.GetString()!, id, note);
        }
        else if (note.TryGetProperty("key", out var key))
        {
            TakeKey(key.GetString()!, id, note);
        }
        else if (note.TryGetProperty("admin_key", out _))
        {
            admin = new AdminKeyNote(id, Text(note, "secret"));
        }
    }

    /// <summary>Rows that aren't what the journal says.</summary>
    public IEnumerable<string> Compare(SqliteConnection connection) =>
        Accounts(connection)
            .Concat(Keys(connection))
            .Select(row => $"{row}: its row isn't what the journal recorded")
            .Concat(IsAdminKey(connection) ? [] : ["the admin key isn't the one that the journal recorded: purser admin-key reset"]);

    private void TakeAccount(string action, string id, JsonElement note)
    {
        var name = Text(note, "name") ?? "";
        if (action == "create")
        {
            var kind = Enum.Parse<Purser.Core.Ledger.AccountKind>(note.GetProperty("kind").GetString()!);
            accounts[id] = new AuditedAccount((int)kind, name, JournalWriter.Microseconds(note.GetProperty("from").GetDateTimeOffset()));
        }
        else if (action == "rename" && accounts.TryGetValue(id, out var known))
        {
            accounts[id] = known with { Name = name };
        }
    }

    private void TakeKey(string action, string id, JsonElement note)
    {
        if (action == "create")
        {
            // Before notes had a name, they had no expiry and no secret either.
            var isWhole = note.TryGetProperty("name", out _);
            long? expires =
                note.TryGetProperty("expires", out var at) && at.ValueKind != JsonValueKind.Null
                    ? JournalWriter.Microseconds(at.GetDateTimeOffset())
                    : null;
            keys[id] = new AuditedKey(isWhole, Text(note, "name"), Text(note, "account")!, expires, Text(note, "secret"), false);
        }
        else if (action == "disable" && keys.TryGetValue(id, out var known))
        {
            keys[id] = known with { Disabled = true };
        }
    }

    private IEnumerable<string> Accounts(SqliteConnection connection)
    {
        var missing = accounts.Keys.ToHashSet(StringComparer.Ordinal);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, kind, name, created_at FROM accounts ORDER BY id";
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            var id = row.GetString(0);
            missing.Remove(id);
            if (
                !accounts.TryGetValue(id, out var known)
                || known != new AuditedAccount(row.GetInt32(1), LedgerReader.Text(row, 2)!, row.GetInt64(3))
            )
            {
                yield return $"account {id}";
            }
        }

        foreach (var id in missing.Order(StringComparer.Ordinal))
        {
            yield return $"account {id}";
        }
    }

    private IEnumerable<string> Keys(SqliteConnection connection)
    {
        var missing = keys.Keys.ToHashSet(StringComparer.Ordinal);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, name, account_id, expires_at, secret_hash, disabled FROM keys ORDER BY id";
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            var id = row.GetString(0);
            missing.Remove(id);
            var isKnown = keys.TryGetValue(id, out var known);
            var stored = new AuditedKey(
                IsWhole: true,
                LedgerReader.Text(row, 1),
                row.GetString(2),
                row.IsDBNull(3) ? null : row.GetInt64(3),
                HashOf(row.GetFieldValue<byte[]>(4)),
                row.GetInt64(5) != 0
            );
            if (
                !isKnown
                || known! != (known!.IsWhole ? stored : stored with { IsWhole = false, Name = null, Expires = null, Secret = null })
            )
            {
                yield return $"key {id}";
            }
        }

        foreach (var id in missing.Order(StringComparer.Ordinal))
        {
            yield return $"key {id}";
        }
    }

    private bool IsAdminKey(SqliteConnection connection)
    {
        var stored = ControlTables.Meta(connection, "admin_key")?.Split(' ');
        return admin is null
            ? stored is null
            : stored is [var id, var hash]
                && id == admin.Id
                && (admin.Secret is null || admin.Secret == HashOf(Convert.FromHexString(hash)));
    }

    private static string? Text(JsonElement note, string name) => note.TryGetProperty(name, out var value) ? value.GetString() : null;

    private sealed record AuditedAccount(int Kind, string Name, long CreatedAt);

    private sealed record AuditedKey(bool IsWhole, string? Name, string Account, long? Expires, string? Secret, bool Disabled);

    private sealed record AdminKeyNote(string Id, string? Secret);
}
