using System.Text.Json;
using Purser.Gateway.Objects;

namespace Purser.Gateway.Storage;

/// <summary>
/// Writes who owns what lives at the providers, and journals it: with the payload's hash in its place, for file names are people's own business.
/// Owned by the ledger's writer, whose transactions it writes in.
/// </summary>
/// <param name="prepare">Prepares a statement.</param>
/// <param name="append">Journals a change.</param>
/// <param name="now">The present, by the ledger's clock.</param>
internal sealed class ObjectWriter(Func<string, Sql> prepare, Action<string> append, Func<DateTimeOffset> now)
{
    /// <summary>How long rows are kept after their objects' time, so that a clock that steps back finds them.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromDays(1);

    private const int KeepsASweep = 64;
    private const string Key = "kind = ? AND id = ? AND provider = ?";

    private readonly Sql owner = prepare($"SELECT account_id = ? FROM objects WHERE {Key}");
    private readonly Sql insert = prepare($"INSERT INTO objects({ObjectTable.Columns}) VALUES({Sql.Places(10)})");
    private readonly Sql update = prepare($"UPDATE objects SET expires_at = ?, is_open = ?, payload = ? WHERE {Key}");
    private readonly Sql delete = prepare($"DELETE FROM objects WHERE {Key}");

    // Not journalled: that their time is over, the entries say that made them.
    private readonly Sql sweep = prepare(
        """
        DELETE FROM objects WHERE (kind, id, provider) IN
            (SELECT kind, id, provider FROM objects WHERE expires_at < ? AND is_open = 0 ORDER BY expires_at LIMIT 256)
        """
    );

    private int keeps;

    /// <summary>Adds an object, or changes what can change of it. False where another account has it.</summary>
    public bool Keep(OwnedObject kept)
    {
        var isOwn = Named(owner.Bind(kept.AccountId), kept).Number();
        if (isOwn == 0)
        {
            return false;
        }

        if (isOwn is null)
        {
            insert.Bind((long)kept.Kind).Bind(kept.Id).Bind(kept.Provider).Bind(kept.Credential).Bind(kept.KeyId).Bind(kept.AccountId);
            Number(insert.Bind(JournalWriter.Microseconds(kept.CreatedAt)), kept.ExpiresAt)
                .Bind(kept.IsOpen ? 1 : 0)
                .Bind(kept.Payload)
                .Run();
        }
        else
        {
            Named(Number(update, kept.ExpiresAt).Bind(kept.IsOpen ? 1 : 0).Bind(kept.Payload), kept).Run();
        }

        append(
            JsonSerializer.Serialize(
                new
                {
                    @object = isOwn is null ? "make" : "change",
                    kind = (int)kept.Kind,
                    id = kept.Id,
                    provider = kept.Provider,
                    sent_with = kept.Credential,
                    made_by = kept.KeyId,
                    owner = kept.AccountId,
                    created_us = JournalWriter.Microseconds(kept.CreatedAt),
                    expires_us = kept.ExpiresAt is { } expires ? JournalWriter.Microseconds(expires) : (long?)null,
                    open = kept.IsOpen,
                    payload = AuditedObjects.HashOf(kept.Payload),
                }
            )
        );
        if (++keeps % KeepsASweep == 0)
        {
            sweep.Bind(JournalWriter.Microseconds(now() - Grace)).Run();
        }

        return true;
    }

    /// <summary>Forgets an object. False where it isn't known.</summary>
    public bool Remove(OwnedObject removed)
    {
        if (Named(owner.Bind(removed.AccountId), removed).Number() != 1)
        {
            return false;
        }

        Named(delete, removed).Run();
        append(
            JsonSerializer.Serialize(
                new
                {
                    @object = "remove",
                    kind = (int)removed.Kind,
                    id = removed.Id,
                    provider = removed.Provider,
                }
            )
        );
        return true;
    }

    private static Sql Named(Sql statement, OwnedObject named) => statement.Bind((long)named.Kind).Bind(named.Id).Bind(named.Provider);

    private static Sql Number(Sql statement, DateTimeOffset? at) =>
        at is { } instant ? statement.Bind(JournalWriter.Microseconds(instant)) : statement.Bind((string?)null);
}
