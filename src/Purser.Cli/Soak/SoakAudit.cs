using Purser.Cli.Api;
using Purser.Cli.Upstream;
using Purser.Core.Pricing;

namespace Purser.Cli.Soak;

/// <summary>What was spent under one budget.</summary>
/// <param name="Scope">The account's path, or the key.</param>
/// <param name="Limit">Its limit.</param>
/// <param name="Posted">What the ledger posted in it.</param>
/// <param name="Pending">What it still holds.</param>
/// <param name="Entries">The sum of the ledger's attempts in it; null where its window may not have all of them.</param>
/// <param name="Billed">What the provider billed for the attempts in it.</param>
internal sealed record SoakBudget(string Scope, Money Limit, Money Posted, Money Pending, Money? Entries, Money Billed)
{
    /// <summary>By how much either exceeds the limit.</summary>
    public Money Overspend
    {
        get
        {
            var most = Posted > Billed ? Posted : Billed;
            return most > Limit ? most - Limit : Money.Zero;
        }
    }
}

/// <summary>Entries of one kind, and how far they are from what the provider billed.</summary>
/// <param name="kind"><c>confirmed</c>, <c>estimated</c> or <c>unconfirmed</c>.</param>
internal sealed class SoakKind(string kind)
{
    /// <summary>Which entries these are.</summary>
    public string Kind => kind;

    /// <summary>How many.</summary>
    public long Entries { get; private set; }

    /// <summary>What the ledger posted for them.</summary>
    public Money Posted { get; private set; }

    /// <summary>What the provider billed for them.</summary>
    public Money Billed { get; private set; }

    /// <summary>What was posted beyond what was billed, entry by entry.</summary>
    public Money Above { get; private set; }

    /// <summary>What was billed beyond what was posted, entry by entry.</summary>
    public Money Below { get; private set; }

    /// <summary>Entries that are posted below what was billed.</summary>
    public long EntriesBelow { get; private set; }

    /// <summary>Adds an entry.</summary>
    public void Add(Money posted, Money billed)
    {
        Entries++;
        Posted += posted;
        Billed += billed;
        Above += posted > billed ? posted - billed : Money.Zero;
        Below += billed > posted ? billed - posted : Money.Zero;
        EntriesBelow += billed > posted ? 1 : 0;
    }
}

/// <summary>
/// Holds the ledger against the provider's own record, attempt by attempt, by the id that the gateway sent along.
/// </summary>
internal sealed class SoakAudit
{
    private readonly Dictionary<string, (UpstreamCall Call, Money Cost)> billed;

    /// <summary>Compares.</summary>
    /// <param name="entries">The ledger's attempts.</param>
    /// <param name="calls">What the provider finished.</param>
    /// <param name="budgets">The budgets in dollars, as the gateway has them.</param>
    /// <param name="prices">What the provider's bills come to.</param>
    public SoakAudit(
        IReadOnlyList<SoakEntry> entries,
        IReadOnlyList<UpstreamCall> calls,
        IEnumerable<BudgetView> budgets,
        UpstreamPrices prices
    )
    {
        billed = calls
            .Where(call => call.ClientRequestId is not null)
            .ToDictionary(
                call => call.ClientRequestId!,
                call =>
                    (call, prices.Cost(call) ?? throw CliException.Failed($"the simulator billed for '{call.Model}', which has no price"))
            );
        Calls = calls.Count;
        Anonymous = calls.Count(call => call.ClientRequestId is null);
        var known = entries.Select(entry => entry.Id).ToHashSet(StringComparer.Ordinal);
        Lost = [.. billed.Values.Where(pair => !known.Contains(pair.Call.ClientRequestId!)).Select(pair => (pair.Call, pair.Cost))];
        Twice = entries.Count - known.Count;
        var kinds = new[] { new SoakKind("confirmed"), new SoakKind("estimated"), new SoakKind("unconfirmed") };
        foreach (var entry in entries)
        {
            kinds[
                entry.Unconfirmed ? 2
                : entry.Estimated ? 1
                : 0
            ]
                .Add(entry.Cost, BilledFor(entry));
        }

        Kinds = kinds;
        Wrong = [.. entries.Where(IsWrong).Select(entry => (entry, BilledFor(entry)))];
        Budgets = [.. budgets.Select(budget => Budget(budget, entries))];
    }

    /// <summary>How many attempts the provider finished.</summary>
    public int Calls { get; }

    /// <summary>The three kinds of entries.</summary>
    public IReadOnlyList<SoakKind> Kinds { get; }

    /// <summary>The budgets.</summary>
    public IReadOnlyList<SoakBudget> Budgets { get; }

    /// <summary>What the provider billed and the ledger doesn't have.</summary>
    public IReadOnlyList<(UpstreamCall Call, Money Cost)> Lost { get; }

    /// <summary>Entries whose cost isn't what was billed, or is below it where it is uncertain.</summary>
    public IReadOnlyList<(SoakEntry Entry, Money Billed)> Wrong { get; }

    /// <summary>Requests that reached the provider without an id: nobody can tell whose they are.</summary>
    public int Anonymous { get; }

    /// <summary>Entries that the ledger has more than once.</summary>
    public int Twice { get; }

    private bool IsWrong(SoakEntry entry) => entry.Confirmed ? entry.Cost != BilledFor(entry) : entry.Cost < BilledFor(entry);

    // What never reached the provider was billed nothing.
    private Money BilledFor(SoakEntry entry) => billed.TryGetValue(entry.Id, out var bill) ? bill.Cost : Money.Zero;

    private SoakBudget Budget(BudgetView budget, IReadOnlyList<SoakEntry> entries)
    {
        var path = budget.Scope.Path ?? "";
        var (posted, billedSum) = (Money.Zero, Money.Zero);
        foreach (var entry in entries.Where(InScope))
        {
            (posted, billedSum) = (posted + entry.Cost, billedSum + BilledFor(entry));
        }

        var scope =
            budget.Scope.Kind == "key" ? $"key {path}"
            : path.Length == 0 ? "/"
            : path;
        return new SoakBudget(
            scope,
            SoakLedger.Amount(budget.Limit),
            SoakLedger.Amount(budget.Posted),
            SoakLedger.Amount(budget.Pending),
            budget.Window == "lifetime" ? posted : null,
            billedSum
        );

        bool InScope(SoakEntry entry) =>
            budget.Scope.Kind == "key"
                ? entry.Key == path || entry.Key == budget.Scope.Id
                : path.Length == 0 || entry.AccountPath == path || entry.AccountPath.StartsWith(path + "/", StringComparison.Ordinal);
    }
}
