using Microsoft.Data.Sqlite;
using Purser.Core.Budgets;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>
/// What the journal has settled in a window, summed by subject and route: what a budget starts with that is made in the middle of its
/// window, or found at a restart. Budgets of the same window share one reading.
/// </summary>
internal sealed class PastCharges(SqliteConnection connection)
{
    private readonly Dictionary<(long Start, long End, long Bucket), List<PastCharge>> read = [];
    private Dictionary<(long Subject, long Route), ScopeSet>? scopes;

    /// <summary>What counts in a budget now, whatever its scope.</summary>
    /// <param name="window">The budget's window.</param>
    /// <param name="span">The window of the present.</param>
    /// <param name="now">The ledger's clock.</param>
    public IReadOnlyList<PastCharge> In(BudgetWindow window, WindowSpan span, DateTimeOffset now)
    {
        // A rolling window forgets by the bucket, so it has to know in which one a charge was.
        var bucket = window.Kind == WindowKind.Rolling ? window.Granularity.Ticks / TimeSpan.TicksPerMicrosecond : long.MaxValue;
        var start = window.Kind == WindowKind.Rolling ? now - window.Length - window.Granularity : span.Start;
        var key = (Microseconds(start), Microseconds(span.End), bucket);
        if (!read.TryGetValue(key, out var charges))
        {
            read[key] = charges = Read(key.Item1, key.Item2, bucket);
        }

        return charges;
    }

    /// <summary>The columns that <see cref="ScopesOf"/> reads, of subjects <c>s</c> and routes <c>r</c>.</summary>
    public const string ScopeColumns = "s.key_id, s.account_path, s.member, s.session, s.tags, r.provider, r.model";

    /// <summary>The scopes of an attempt, from the rows that its entries name.</summary>
    /// <param name="row">A row that has <see cref="ScopeColumns"/>.</param>
    /// <param name="first">The first of them.</param>
    public static ScopeSet ScopesOf(SqliteDataReader row, int first)
    {
        var keyId = row.GetString(first);
        var member = LedgerReader.Text(row, first + 2);
        var session = LedgerReader.Text(row, first + 3);
        var list = new List<Scope> { new(ScopeKind.Key, keyId) };
        if (session is not null)
        {
            list.Add(new Scope(ScopeKind.Run, Subject.RunId(keyId, session)));
        }

        list.AddRange(
            LedgerReader
                .Text(row, first + 4)!
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(tag => new Scope(ScopeKind.Tag, tag))
        );
        if (member is not null)
        {
            list.Add(new Scope(ScopeKind.Member, member));
        }

        list.AddRange(row.GetString(first + 1).Split('/').Select(id => new Scope(ScopeKind.Account, id)));
        list.Add(new Scope(ScopeKind.Model, LedgerReader.Text(row, first + 6)!));
        list.Add(new Scope(ScopeKind.Provider, LedgerReader.Text(row, first + 5)!));
        return new ScopeSet(list);
    }

    // The ends of time have no microseconds.
    private static long Microseconds(DateTimeOffset at) =>
        at == DateTimeOffset.MinValue ? long.MinValue
        : at == DateTimeOffset.MaxValue ? long.MaxValue
        : JournalWriter.Microseconds(at);

    private List<PastCharge> Read(long start, long end, long bucket)
    {
        scopes ??= [];
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT p.*, {ScopeColumns} FROM (
                SELECT subject_id, route_id, MIN(admitted_at), SUM(nanos), SUM(tokens), SUM(requests),
                       SUM(input), SUM(cache_read), SUM(cache_write), SUM(output), SUM(reasoning)
                FROM journal WHERE kind IN (2, 7) AND admitted_at >= $start AND admitted_at < $end
                GROUP BY subject_id, route_id, admitted_at / $bucket) p
            JOIN subjects s ON s.id = p.subject_id JOIN routes r ON r.id = p.route_id
            """;
        command.Parameters.AddWithValue("$start", start);
        command.Parameters.AddWithValue("$end", end);
        command.Parameters.AddWithValue("$bucket", bucket);
        using var row = command.ExecuteReader();
        var charges = new List<PastCharge>();
        while (row.Read())
        {
            var key = (row.GetInt64(0), row.GetInt64(1));
            if (!scopes.TryGetValue(key, out var set))
            {
                scopes[key] = set = ScopesOf(row, 11);
            }

            var amount = LedgerReader.Amount(row, 3, 6);
            charges.Add(new PastCharge(set, JournalWriter.FromMicroseconds(row.GetInt64(2)), amount));
        }

        return charges;
    }
}
