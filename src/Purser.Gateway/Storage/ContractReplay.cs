using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Gateway.Storage;

/// <summary>The contracts that reports are made under.</summary>
/// <param name="Contracts">The contracts.</param>
/// <param name="Prices">The price book, in whose entries the ledger's charges are.</param>
/// <param name="Clock">Says which periods are over.</param>
public sealed record Agreements(ContractBook Contracts, PriceBook Prices, TimeProvider Clock);

/// <summary>What a contract came to in a span of time.</summary>
/// <param name="Contract">The contract.</param>
/// <param name="Statement">Its requests and periods in the span.</param>
/// <param name="WithoutClassesUsd">
/// How much of the list cost is of no class of usage (what was posted without usage, corrections, prices that the book doesn't have any
/// more): discounts for some classes alone aren't given on it, and no bundle includes it.
/// </param>
public sealed record ContractSpan(Contract Contract, ContractStatement Statement, decimal WithoutClassesUsd);

/// <summary>An attempt under a contract, with what it names.</summary>
internal readonly record struct AgreedAttempt(
    AttemptId Attempt,
    long Subject,
    long Route,
    long StartedAt,
    int Outcome,
    string? Tier,
    ContractCharge Charge
);

/// <summary>
/// Replays the attempts of the ledger under contracts, each from its contract's first instant on, in the order of time. What a contract makes
/// of them is kept nowhere: it follows from the ledger, the price book and the contract.
/// </summary>
internal sealed class ContractReplay
{
    private const int FirstClass = 10;
    private const int AttemptColumn = FirstClass + TokenUsage.ClassCount;

    private static readonly string Attempts = $"""
        SELECT e.subject_id, e.route_id, e.started_at, e.outcome, e.cost_nanos,
               (SELECT COALESCE(SUM(a.nanos), 0) FROM adjustments a WHERE a.request = e.request AND a.attempt = e.attempt),
               COALESCE(json_extract(e.detail, '$.price_entry'), r.price_entry),
               json_extract(e.detail, '$.service_tier'), json_extract(e.detail, '$.inference_geo'), json_extract(e.detail, '$.speed'),
               {string.Join(", ", Enumerable.Range(0, TokenUsage.ClassCount).Select(i => $"e.{UsageClassNames.All[i]}"))},
               e.request, e.attempt
        FROM usage_events e JOIN routes r ON r.id = e.route_id
        WHERE e.attempt > 0 AND NOT e.marks & 8 AND e.started_at >= $from AND e.started_at < $to
          AND r.price_entry >= $provider || '/' AND r.price_entry < $provider || '0'
        ORDER BY e.started_at, e.request, e.attempt
        """;

    private readonly Agreements agreements;
    private readonly DateTimeOffset from;
    private readonly DateTimeOffset to;
    private readonly DateTimeOffset over;
    private readonly Dictionary<string, SkuPrice> entries;

    /// <param name="agreements">The contracts.</param>
    /// <param name="from">The span's first instant; null for the beginning.</param>
    /// <param name="to">The first instant after it; null for no end. Periods that aren't over by now aren't invoiced yet.</param>
    public ContractReplay(Agreements agreements, DateTimeOffset? from, DateTimeOffset? to)
    {
        this.agreements = agreements;
        var now = agreements.Clock.GetUtcNow();
        this.from = from ?? DateTimeOffset.MinValue;
        this.to = to ?? DateTimeOffset.MaxValue;
        over = this.to < now ? this.to : now;
        entries = agreements.Prices.Models.SelectMany(model => model.Prices).ToDictionary(price => price.Entry, StringComparer.Ordinal);
    }

    /// <summary>Replays all contracts that hold in the span.</summary>
    /// <param name="connection">A connection that has the usage events.</param>
    /// <param name="each">Is given each attempt of the span.</param>
    public IReadOnlyList<ContractSpan> Run(SqliteConnection connection, Action<AgreedAttempt> each)
    {
        var spans = new List<ContractSpan>();
        foreach (var contract in agreements.Contracts.Contracts)
        {
            if (contract.Start < to && contract.Over > from)
            {
                spans.Add(Run(connection, contract, each));
            }
        }

        return spans;
    }

    private ContractSpan Run(SqliteConnection connection, Contract contract, Action<AgreedAttempt> each)
    {
        var (state, statement, withoutClasses) = (ContractState.Begin(contract), ContractStatement.Empty(contract), 0m);
        using var command = connection.CreateCommand();
        command.CommandText = Attempts;
        command.Parameters.AddWithValue("$from", JournalWriter.Microseconds(contract.Start));
        command.Parameters.AddWithValue("$to", JournalWriter.Microseconds(contract.Over < to ? contract.Over : to));
        command.Parameters.AddWithValue("$provider", contract.Provider);
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            var (list, ofNoClass) = ListCharge(row);
            var at = JournalWriter.FromMicroseconds(row.GetInt64(2));
            Add(ContractPricer.Advance(contract, state, at));
            var before = state;
            (var charge, state, _) = ContractPricer.Price(contract, before, PriceEntryName.Of(list.Entry).Model, list, at);
            if (at >= from)
            {
                statement = statement.With(charge, before, state);
                withoutClasses += ofNoClass;
                each(
                    new AgreedAttempt(
                        AttemptOf(row),
                        row.GetInt64(0),
                        row.GetInt64(1),
                        row.GetInt64(2),
                        row.GetInt32(3),
                        LedgerReader.Text(row, 7),
                        charge
                    )
                );
            }
        }

        Add(ContractPricer.Advance(contract, state, over));
        return new ContractSpan(contract, statement, withoutClasses);

        void Add((ContractState State, IReadOnlyList<PeriodCharge> Ended) advanced)
        {
            state = advanced.State;
            foreach (var period in advanced.Ended.Where(period => period.PeriodEnd > from))
            {
                statement = statement.With(period);
            }
        }
    }

    private static AttemptId AttemptOf(SqliteDataReader row) =>
        new(new Guid(row.GetFieldValue<byte[]>(AttemptColumn), bigEndian: true), row.GetByte(AttemptColumn + 1));

    /// <summary>
    /// What an attempt cost as the ledger has it, corrections included. Its lines are worked out from the entry that it was charged by, and
    /// used where they come to the same.
    /// </summary>
    private (Charge List, decimal OfNoClass) ListCharge(SqliteDataReader row)
    {
        var (posted, corrected) = (row.GetInt64(4), row.GetInt64(4) + row.GetInt64(5));
        var entry = row.GetString(6);
        var usage = default(TokenUsage);
        for (var i = 0; i < TokenUsage.ClassCount; i++)
        {
            usage[(UsageClass)i] = row.GetInt64(FirstClass + i);
        }

        var at = JournalWriter.FromMicroseconds(row.GetInt64(2));
        var terms = new PricingTerms(LedgerReader.Text(row, 7), LedgerReader.Text(row, 8), LedgerReader.Text(row, 9), at);
        var worked = entries.TryGetValue(entry, out var price) ? PriceCalculator.Price(price, usage, terms).Charge : null;
        var cost = new Money(corrected);
        if (worked is not null && (worked.Cost.Nanos == posted || worked.Cost == cost))
        {
            return (new Charge(cost, cost.Usd, worked.Lines, entry), cost.Usd - worked.Cost.Usd);
        }

        return (new Charge(cost, cost.Usd, [], entry), cost.Usd);
    }
}
