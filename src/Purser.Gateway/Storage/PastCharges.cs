using Microsoft.Data.Sqlite;
using Purser.Core.Budgets;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>
/// What the journal has settled in a window, summed by subject and route: what a budget starts with that is made in the middle of its
/// window. Budgets of the same window share one reading.
/// </summary>
/// <param name="connection">The journal's connection.</param>
/// <param name="definitions">What its entries name.</param>
/// <param name="upTo">The number of the last entry that counts.</param>
internal sealed class PastCharges(SqliteConnection connection, Definitions definitions, long upTo)
{
    private readonly Dictionary<(long Start, long End, long Bucket), List<PastCharge>> read = [];

    /// <summary>What counts in a budget now, whatever its scope; nothing in an anchored window, which begins with its first use.</summary>
    /// <param name="window">The budget's window.</param>
    /// <param name="now">The ledger's clock.</param>
    public IReadOnlyList<PastCharge> In(BudgetWindow window, DateTimeOffset now)
    {
        if (window.Kind == WindowKind.Anchored)
        {
            return [];
        }

        // A rolling window forgets by the bucket, so it has to know in which one a charge was.
        var rolling = window.Kind == WindowKind.Rolling;
        var span = window.At(now);
        var bucket = rolling ? window.Granularity.Ticks : long.MaxValue;
        var key = (Microseconds(rolling ? now - window.Length - window.Granularity : span.Start), Microseconds(span.End), bucket);
        if (!read.TryGetValue(key, out var charges))
        {
            read[key] = charges = Read(key.Item1, key.Item2, bucket);
        }

        return charges;
    }

    // The ends of time have no microseconds.
    private static long Microseconds(DateTimeOffset at) =>
        at == DateTimeOffset.MinValue ? long.MinValue
        : at == DateTimeOffset.MaxValue ? long.MaxValue
        : JournalWriter.Microseconds(at);

    private List<PastCharge> Read(long start, long end, long bucket)
    {
        var sums = new Dictionary<(long Subject, long Route, long Bucket), (DateTimeOffset First, Amount Sum)>();
        // What is admitted is settled later, never sooner.
        foreach (var entry in JournalReader.Entries(connection, JournalReader.FirstSince(connection, start) - 1, upTo))
        {
            if (entry.Kind is JournalKind.Post or JournalKind.Adjust && entry.AdmittedAt >= start && entry.AdmittedAt < end)
            {
                var admitted = JournalWriter.FromMicroseconds(entry.AdmittedAt);
                var key = (entry.SubjectId, entry.RouteId, admitted.UtcTicks / bucket);
                sums[key] = sums.TryGetValue(key, out var sum) ? (sum.First, sum.Sum + entry.Amount) : (admitted, entry.Amount);
            }
        }

        return [.. sums.Select(sum => new PastCharge(definitions.Scopes(sum.Key.Subject, sum.Key.Route), sum.Value.First, sum.Value.Sum))];
    }
}
