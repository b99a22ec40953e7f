using System.Globalization;
using Purser.Cli.Api;

namespace Purser.Cli.Commands;

/// <summary>One line of what was corrected, or of what was left and why.</summary>
internal sealed record RerateRow(
    string? Provider,
    string? Model,
    string? FromEntry,
    string? FromBook,
    string? ToEntry,
    string? ToBook,
    string? Left,
    string? Detail
)
{
    public long Attempts { get; init; }

    public long Tokens { get; init; }

    /// <summary>What stood, in dollars.</summary>
    public decimal Was { get; init; }

    /// <summary>What stands now; null where that is what stood.</summary>
    public decimal? Is { get; init; }
}

/// <summary>The sums of all parts.</summary>
internal sealed class RerateSums
{
    private readonly Dictionary<RerateRow, RerateRow> rows = [];

    /// <summary>What was corrected.</summary>
    public IReadOnlyList<RerateRow> Changed => [.. Ordered(row => row.Left is null)];

    /// <summary>What was left.</summary>
    public IReadOnlyList<RerateRow> Left => [.. Ordered(row => row.Left is not null)];

    /// <summary>What was corrected, in all.</summary>
    public RerateRow Total =>
        Changed.Aggregate(
            new RerateRow(null, null, null, null, null, null, null, null) { Is = 0 },
            (sum, row) =>
                sum with
                {
                    Attempts = sum.Attempts + row.Attempts,
                    Tokens = sum.Tokens + row.Tokens,
                    Was = sum.Was + row.Was,
                    Is = sum.Is + row.Is,
                }
        );

    /// <summary>Adds a part.</summary>
    public void Add(RerateView part)
    {
        foreach (var group in part.Rerated)
        {
            Add(
                new RerateRow(group.Provider, group.Model, group.FromEntry, group.FromBook, group.ToEntry, group.ToBook, null, null),
                group.Attempts,
                group.Tokens,
                Usd(group.WasUsd),
                Usd(group.IsUsd)
            );
        }

        foreach (var group in part.Left)
        {
            var row = new RerateRow(group.Provider, group.Model, null, null, null, null, group.Why, group.Detail);
            Add(row, group.Attempts, group.Tokens, Usd(group.WasUsd), null);
        }
    }

    // Rows are summed under what they have in common: themselves, without figures.
    private void Add(RerateRow common, long attempts, long tokens, decimal was, decimal? now)
    {
        var sum = rows.GetValueOrDefault(common, common with { Is = now is null ? null : 0 });
        rows[common] = sum with
        {
            Attempts = sum.Attempts + attempts,
            Tokens = sum.Tokens + tokens,
            Was = sum.Was + was,
            Is = sum.Is + now,
        };
    }

    private IEnumerable<RerateRow> Ordered(Func<RerateRow, bool> wanted) =>
        rows
            .Values.Where(wanted)
            .OrderBy(row => row.Provider, StringComparer.Ordinal)
            .ThenBy(row => row.Model, StringComparer.Ordinal)
            .ThenBy(row => row.Left, StringComparer.Ordinal)
            .ThenBy(row => row.FromEntry, StringComparer.Ordinal)
            .ThenBy(row => row.FromBook, StringComparer.Ordinal)
            .ThenBy(row => row.ToEntry, StringComparer.Ordinal)
            .ThenBy(row => row.Detail, StringComparer.Ordinal);

    // At most 28 digits: exact for any sum that the ledger can have.
    private static decimal Usd(string amount) => decimal.Parse(amount, CultureInfo.InvariantCulture);
}
