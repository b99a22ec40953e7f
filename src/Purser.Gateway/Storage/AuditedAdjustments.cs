using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>
/// The corrections of what was posted: that each is found with its attempt, that one of a price corrects the entry that it names, and that
/// reports have them as the journal has.
/// </summary>
internal sealed class AuditedAdjustments : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly SqliteCommand listed;
    private readonly SqliteCommand? reported;
    private readonly long projected;
    private bool isDamaged;
    private long count;
    private long countReported;

    /// <param name="connection">A connection to the ledger, with the usage events of reports where they can be read.</param>
    /// <param name="projected">The number of the last entry that reports have; 0 where they have none.</param>
    public AuditedAdjustments(SqliteConnection connection, long projected)
    {
        (this.connection, this.projected) = (connection, projected);
        listed = connection.CreateCommand();
        listed.CommandText = "SELECT 1 FROM adjusted WHERE request = $request AND attempt = $attempt AND seq = $seq";
        listed.Parameters.Add("$request", SqliteType.Blob);
        listed.Parameters.Add("$attempt", SqliteType.Integer);
        listed.Parameters.Add("$seq", SqliteType.Integer);
        if (projected > 0)
        {
            reported = connection.CreateCommand();
            reported.CommandText = "SELECT at, request, attempt, nanos, why FROM adjustments WHERE seq = $seq";
            reported.Parameters.Add("$seq", SqliteType.Integer);
        }
    }

    /// <summary>Takes a correction; says what is wrong with it.</summary>
    public IEnumerable<string> Take(JournalEntry entry)
    {
        count++;
        (listed.Parameters[0].Value, listed.Parameters[1].Value) = (
            entry.Attempt.Request.ToByteArray(bigEndian: true),
            (int)entry.Attempt.Attempt
        );
        listed.Parameters[2].Value = entry.Seq;
        if (listed.ExecuteScalar() is null)
        {
            yield return $"the list of corrections lacks this one of {entry.Attempt}";
        }

        if (WrongPost(entry) is { } wrong)
        {
            yield return wrong;
        }

        if (entry.Seq <= projected && !IsReported(entry))
        {
            yield return $"reports don't have this correction of {entry.Attempt} as it is";
        }
    }

    /// <summary>What no single entry shows; to be asked for after all entries.</summary>
    public IEnumerable<string> OfNoEntry()
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM adjusted";
        if ((long)command.ExecuteScalar()! - count is not 0 and var more)
        {
            yield return $"{more} rows of the list of corrections are of no entry";
        }

        if (Sound(CountReported, 0) is not 0 and var others)
        {
            yield return $"{others} corrections that reports have are of no entry";
        }
    }

    public void Dispose()
    {
        listed.Dispose();
        reported?.Dispose();
    }

    private string? WrongPost(JournalEntry entry)
    {
        try
        {
            return
                RerateNote.PostedBy(entry.Text!) is not { } seq
                || (
                    JournalReader.Find(connection, seq) is { Kind: JournalKind.Post } posted
                    && posted.Seq < entry.Seq
                    && posted.Attempt == entry.Attempt
                    && (posted.SubjectId, posted.RouteId, posted.AdmittedAt) == (entry.SubjectId, entry.RouteId, entry.AdmittedAt)
                )
                ? null
                : $"it corrects entry {seq}, which didn't post {entry.Attempt}";
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return $"its reason can't be read: {exception.Message}";
        }
    }

    private bool IsReported(JournalEntry entry) =>
        Sound(
            () =>
            {
                reported!.Parameters[0].Value = entry.Seq;
                using var row = reported.ExecuteReader();
                countReported++;
                return row.Read()
                    && row.GetInt64(0) == entry.At
                    && row.GetFieldValue<byte[]>(1).AsSpan().SequenceEqual(entry.Attempt.Request.ToByteArray(bigEndian: true))
                    && row.GetInt32(2) == entry.Attempt.Attempt
                    && row.GetInt64(3) == entry.Amount.Cost.Nanos
                    && LedgerReader.Text(row, 4) == entry.Text;
            },
            true
        );

    private long CountReported()
    {
        if (reported is null)
        {
            return 0;
        }

        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM adjustments";
        return (long)command.ExecuteScalar()! - countReported;
    }

    /// <summary>Reads what reports have; where that is damaged, which is said of their usage events, no more of it is read.</summary>
    private T Sound<T>(Func<T> read, T otherwise)
    {
        try
        {
            return isDamaged ? otherwise : read();
        }
        catch (SqliteException)
        {
            isDamaged = true;
            return otherwise;
        }
    }
}
