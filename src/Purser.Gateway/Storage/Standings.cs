using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Core.Pricing;

namespace Purser.Gateway.Storage;

/// <summary>Whose word it is that stands for an attempt.</summary>
internal enum StandingKind
{
    /// <summary>The price book's: its usage was priced, now or by an earlier correction of prices.</summary>
    Priced,

    /// <summary>Nobody's yet: it was posted on the safe side, and waits to be confirmed.</summary>
    Unconfirmed,

    /// <summary>Whoever had the provider's bill.</summary>
    Confirmed,
}

/// <summary>What the ledger has for an attempt: what was posted, and each correction since.</summary>
/// <param name="Cost">Their sum.</param>
/// <param name="Kind">Whose word that is.</param>
/// <param name="Price">The price that it's by.</param>
internal readonly record struct Standing(Money Cost, StandingKind Kind, PriceName Price);

/// <summary>A price as charges name it.</summary>
/// <param name="Entry">The price book's entry.</param>
/// <param name="Book">The version of the price book.</param>
internal readonly record struct PriceName(string Entry, string Book);

/// <summary>
/// Works out what stands for attempts, from the entries of the journal: the one that posted an attempt, and those that the table
/// <c>adjusted</c> finds for it. Not thread-safe.
/// </summary>
internal sealed class Standings : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly SqliteCommand corrections;

    public Standings(SqliteConnection connection)
    {
        this.connection = connection;
        corrections = connection.CreateCommand();
        corrections.CommandText = "SELECT seq FROM adjusted WHERE request = $request AND attempt = $attempt ORDER BY seq";
        corrections.Parameters.Add("$request", SqliteType.Blob);
        corrections.Parameters.Add("$attempt", SqliteType.Integer);
    }

    /// <summary>What stands for an attempt.</summary>
    /// <param name="posted">The entry that posted it, with its usage event.</param>
    /// <param name="price">The price that it was posted by.</param>
    /// <exception cref="InvalidDataException">The table names an entry that corrects no such attempt, or one that can't be read.</exception>
    public Standing Of(JournalEntry posted, PriceName price)
    {
        var (cost, kind) = (posted.Amount.Cost, StandingKind.Priced);
        if (posted.Marks.HasFlag(JournalMarks.Unconfirmed))
        {
            kind = StandingKind.Unconfirmed;
        }

        foreach (var seq in Corrections(posted.Attempt))
        {
            if (JournalReader.Find(connection, seq) is not { Kind: JournalKind.Adjust } entry || entry.Attempt != posted.Attempt)
            {
                throw new InvalidDataException($"Entry {seq} of the journal should correct {posted.Attempt}, and doesn't.");
            }

            cost += entry.Amount.Cost;
            if (PriceOf(entry) is { } later)
            {
                price = later;
            }
            else
            {
                kind = StandingKind.Confirmed;
            }
        }

        return new Standing(cost, kind, price);
    }

    public void Dispose() => corrections.Dispose();

    private static PriceName? PriceOf(JournalEntry correction)
    {
        try
        {
            return RerateNote.PriceOf(correction.Text!);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException(
                $"The reason of entry {correction.Seq} of the journal can't be read: {exception.Message}",
                exception
            );
        }
    }

    private List<long> Corrections(AttemptId attempt)
    {
        corrections.Parameters[0].Value = attempt.Request.ToByteArray(bigEndian: true);
        corrections.Parameters[1].Value = (int)attempt.Attempt;
        var entries = new List<long>();
        using var row = corrections.ExecuteReader();
        while (row.Read())
        {
            entries.Add(row.GetInt64(0));
        }

        return entries;
    }
}

/// <summary>Why a price was corrected, as its entry keeps it.</summary>
internal static class RerateNote
{
    private const string Cause = "rerate";
    private static readonly JsonSerializerOptions Compact = new()
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The note of a correction.</summary>
    /// <param name="posted">The number of the entry that posted the attempt.</param>
    /// <param name="from">The price that stood.</param>
    /// <param name="to">The price that stands from now on.</param>
    /// <param name="by">Who wanted it.</param>
    /// <param name="reason">Why; null where nothing was said.</param>
    /// <param name="overLimit">The hard budgets that it takes, or leaves, above their limit; null for none.</param>
    public static string Write(long posted, PriceName from, PriceName to, string by, string? reason, IReadOnlyList<string>? overLimit) =>
        JsonSerializer.Serialize(
            new
            {
                cause = Cause,
                by,
                reason,
                posted,
                from = new { entry = from.Entry, book = from.Book },
                to = new { entry = to.Entry, book = to.Book },
                over_limit = overLimit,
            },
            Compact
        );

    /// <summary>The price that a correction's note names; null where it was no correction of a price.</summary>
    public static PriceName? PriceOf(string note)
    {
        using var document = JsonDocument.Parse(note);
        return IsOne(document.RootElement) && document.RootElement.TryGetProperty("to", out var to)
            ? new PriceName(to.GetProperty("entry").GetString()!, to.GetProperty("book").GetString()!)
            : null;
    }

    /// <summary>The number of the entry that a correction of a price names as the one that it corrects; null for other corrections.</summary>
    public static long? PostedBy(string note)
    {
        using var document = JsonDocument.Parse(note);
        return IsOne(document.RootElement) ? document.RootElement.GetProperty("posted").GetInt64() : null;
    }

    private static bool IsOne(JsonElement note) => note.TryGetProperty("cause", out var cause) && cause.GetString() == Cause;
}
