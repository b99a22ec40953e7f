using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Purser.Gateway.Storage;

/// <summary>What lives at the providers, and whose it is, as the journal's changes make it.</summary>
internal sealed class AuditedObjects
{
    private const int TakenASweep = 65_536;

    private readonly Dictionary<(long Kind, string Id, string Provider), Audited> objects = [];
    private int taken;

    /// <summary>What a note says of a payload: its hash. Null for none.</summary>
    public static string? HashOf(string? payload) =>
        payload is null ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(payload)));

    /// <summary>Takes a change of the control plane. False where it's about something else.</summary>
    /// <param name="note">The change.</param>
    /// <param name="at">When it was written, in microseconds since 1970 UTC.</param>
    public bool Take(JsonElement note, long at)
    {
        if (!note.TryGetProperty("object", out var action))
        {
            return false;
        }

        var name = (note.GetProperty("kind").GetInt64(), note.GetProperty("id").GetString()!, note.GetProperty("provider").GetString()!);
        if (action.GetString() == "remove")
        {
            objects.Remove(name);
            return true;
        }

        var expires = note.GetProperty("expires_us");
        var audited = new Audited(
            note.GetProperty("sent_with").GetString()!,
            note.GetProperty("made_by").GetString()!,
            note.GetProperty("owner").GetString()!,
            note.GetProperty("created_us").GetInt64(),
            expires.ValueKind == JsonValueKind.Null ? null : expires.GetInt64(),
            note.GetProperty("open").GetBoolean(),
            note.GetProperty("payload").GetString()
        );
        // What made it stays; a change says the rest alone.
        objects[name] =
            action.GetString() == "change" && objects.TryGetValue(name, out var known)
                ? known with
                {
                    ExpiresAt = audited.ExpiresAt,
                    IsOpen = audited.IsOpen,
                    Payload = audited.Payload,
                }
                : audited;
        if (++taken % TakenASweep == 0)
        {
            // Stored answers are many, and soon over.
            foreach (var over in objects.Where(pair => pair.Value.IsOver(at)).Select(pair => pair.Key).ToList())
            {
                objects.Remove(over);
            }
        }

        return true;
    }

    /// <summary>Rows that aren't what the journal says.</summary>
    /// <param name="connection">The ledger.</param>
    /// <param name="newest">When the newest entry was written, in microseconds since 1970 UTC: rows whose time was over then may be gone, and mean nothing.</param>
    public IEnumerable<string> Compare(SqliteConnection connection, long newest)
    {
        foreach (var row in new ObjectTable(connection).All())
        {
            var stored = new Audited(
                row.Credential,
                row.KeyId,
                row.AccountId,
                JournalWriter.Microseconds(row.CreatedAt),
                row.ExpiresAt is { } expires ? JournalWriter.Microseconds(expires) : null,
                row.IsOpen,
                HashOf(row.Payload)
            );
            if (!stored.IsOver(newest) && (!objects.Remove(((long)row.Kind, row.Id, row.Provider), out var known) || known != stored))
            {
                yield return $"object {row.Id} of {row.Provider}: its row isn't what the journal recorded";
            }
        }

        foreach (var ((_, id, provider), _) in objects.Where(pair => !pair.Value.IsOver(newest)))
        {
            yield return $"object {id} of {provider}: its row isn't what the journal recorded";
        }
    }

    private sealed record Audited(
        string Credential,
        string Key,
        string Account,
        long CreatedAt,
        long? ExpiresAt,
        bool IsOpen,
        string? Payload
    )
    {
        private static readonly long Grace = ObjectWriter.Grace.Ticks / TimeSpan.TicksPerMicrosecond;

        public bool IsOver(long at) => !IsOpen && ExpiresAt < at - Grace;
    }
}
