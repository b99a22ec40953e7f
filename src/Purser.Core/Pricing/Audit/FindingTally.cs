using System.Globalization;

namespace Purser.Core.Pricing.Audit;

/// <summary>Adds up what is found again and again: a finding a name, provider and subject, with how often and an example.</summary>
internal sealed class FindingTally
{
    private readonly Dictionary<(FindingKind Kind, string Name, string Provider, string? Subject), Tally> tallies = [];

    /// <summary>Adds one occurrence.</summary>
    /// <param name="found">What was found; its evidence and action are those of the first occurrence.</param>
    /// <param name="where">Where: a day, a request.</param>
    /// <param name="many">What several of them are: <c>requests</c>; null where the evidence says all.</param>
    public void Add(Finding found, string? where = null, string? many = null)
    {
        var key = (found.Kind, found.Name, found.Provider, found.Subject);
        if (!tallies.TryGetValue(key, out var tally))
        {
            tallies.Add(key, tally = new(found, where, many));
        }
        else if (found.Usd is { } usd)
        {
            tally.Usd = (tally.Usd ?? 0m) + usd;
        }
        tally.Count++;
    }

    /// <summary>All findings, the kinds in their order and the largest amounts first.</summary>
    public IReadOnlyList<Finding> All() =>
        [
            .. tallies
                .Values.Select(tally => tally.Finding())
                .OrderBy(finding => finding.Kind)
                .ThenByDescending(finding => finding.Usd ?? 0m)
                .ThenBy(finding => finding.Provider, StringComparer.Ordinal)
                .ThenBy(finding => finding.Name, StringComparer.Ordinal)
                .ThenBy(finding => finding.Subject, StringComparer.Ordinal),
        ];

    private sealed class Tally(Finding first, string? where, string? many)
    {
        public decimal? Usd { get; set; } = first.Usd;

        public long Count { get; set; }

        public Finding Finding() => first with { Usd = Usd, Evidence = $"{first.Evidence}{Occurrences()}." };

        private string Occurrences() =>
            many is null ? ""
            : Count == 1 ? $": {where}"
            : string.Create(CultureInfo.InvariantCulture, $": {Count:N0} {many}, the first {where}");
    }
}
