using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>The journal's entries, as any connection sees them.</summary>
internal static class JournalReader
{
    /// <summary>The entries in their order.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="after">The number before the first one.</param>
    /// <param name="upTo">The number of the last one.</param>
    /// <param name="withEvents">Whether usage events are wanted.</param>
    /// <param name="only">Which kinds are wanted; null for all.</param>
    /// <exception cref="InvalidDataException">One can't be read.</exception>
    public static IEnumerable<JournalEntry> Entries(
        SqliteConnection connection,
        long after = 0,
        long upTo = long.MaxValue,
        bool withEvents = false,
        Func<JournalKind, bool>? only = null
    )
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT seq, body FROM journal WHERE seq > $after AND seq <= $to ORDER BY seq";
        command.Parameters.AddWithValue("$after", after);
        command.Parameters.AddWithValue("$to", upTo);
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            var body = row.GetFieldValue<byte[]>(1);
            if (only is null || only(JournalCodec.KindOf(body)))
            {
                yield return JournalCodec.Read(row.GetInt64(0), body, withEvents);
            }
        }
    }

    /// <summary>Checks that entries are the ones that were written, in their order and without a gap, by their hashes.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="after">The number before the first one; its stored hash is trusted.</param>
    /// <exception cref="InvalidDataException">One isn't.</exception>
    public static void CheckChain(SqliteConnection connection, long after)
    {
        var hash = after == 0 ? JournalChain.Genesis.ToArray() : Hash(connection, after) ?? [];
        using var chain = new JournalChain();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT seq, body, hash FROM journal WHERE seq > $after ORDER BY seq";
        command.Parameters.AddWithValue("$after", after);
        using var row = command.ExecuteReader();
        for (var expected = after + 1; row.Read(); expected++)
        {
            chain.Next(hash, row.GetFieldValue<byte[]>(1), hash);
            if (row.GetInt64(0) != expected || !row.GetFieldValue<byte[]>(2).AsSpan().SequenceEqual(hash))
            {
                throw new InvalidDataException(
                    $"Entry {expected} of the journal isn't what was written, or is missing. Nothing is admitted on such a ledger. "
                        + "See what else is wrong with: purser ledger verify"
                );
            }
        }
    }

    /// <summary>One entry, or null.</summary>
    /// <exception cref="InvalidDataException">It can't be read.</exception>
    public static JournalEntry? Find(SqliteConnection connection, long seq) =>
        Entries(connection, seq - 1, seq, withEvents: true).Cast<JournalEntry?>().FirstOrDefault();

    /// <summary>The number of the newest entry; 0 where there is none.</summary>
    public static long Head(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COALESCE(MAX(seq), 0) FROM journal";
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>The hash of an entry, or null.</summary>
    public static byte[]? Hash(SqliteConnection connection, long seq)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT hash FROM journal WHERE seq = $seq";
        command.Parameters.AddWithValue("$seq", seq);
        return (byte[]?)command.ExecuteScalar();
    }

    /// <summary>
    /// The number of the first entry that was written at an instant or later (microseconds since 1970 UTC); one more than the newest's where
    /// there is none. Entries have no gaps and their times never go back, so it's found by halves.
    /// </summary>
    public static long FirstSince(SqliteConnection connection, long at)
    {
        var (low, high) = (1L, Head(connection) + 1);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            // Where an entry is missing, the next one tells as well.
            (low, high) = Entries(connection, middle - 1).First().At < at ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
