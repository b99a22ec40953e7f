using System.Collections.Immutable;

namespace Purser.Core.Pricing;

/// <summary>What a line of a statement is for.</summary>
public enum StatementLineKind
{
    /// <summary>What the span's requests effectively cost, credits not taken off.</summary>
    Requests,

    /// <summary>What no request used of the commitments of periods that ended in the span.</summary>
    CommitmentUnused,

    /// <summary>The same of a bundle's fee.</summary>
    BundleUnused,

    /// <summary>What a credit paid; not positive.</summary>
    Credit,

    /// <summary>
    /// What was used in one span and is invoiced, at its period's end, in another: taken off here, added there. Nothing in a span of whole
    /// periods.
    /// </summary>
    OtherSpan,
}

/// <summary>A line of a statement.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Id">The bundle, the credit, or the contract.</param>
/// <param name="Period">The charge of the period that it is of; null where it's of none.</param>
/// <param name="Usd">How much.</param>
public sealed record StatementLine(StatementLineKind Kind, string Id, PeriodCharge? Period, decimal Usd);

/// <summary>
/// What a contract comes to in a span of time: a value, which takes one charge after another. Its lines' sum is what is invoiced.
/// </summary>
/// <param name="Contract">The contract's id.</param>
/// <param name="ListUsd">The span's requests at the list price, USD.</param>
/// <param name="ContractedUsd">At the agreed rates.</param>
/// <param name="EffectiveUsd">What they effectively cost, credits not taken off.</param>
/// <param name="BilledUsd">What is invoiced because of them, credits not taken off.</param>
/// <param name="Credits">What each credit paid of that.</param>
/// <param name="Periods">The charges of periods that ended in the span.</param>
public sealed record ContractStatement(
    string Contract,
    decimal ListUsd,
    decimal ContractedUsd,
    decimal EffectiveUsd,
    decimal BilledUsd,
    ImmutableDictionary<string, decimal> Credits,
    ImmutableList<PeriodCharge> Periods
)
{
    /// <summary>What credits paid, USD.</summary>
    public decimal CreditsUsd => Credits.Values.Sum();

    /// <summary>What is invoiced for periods that ended in the span, USD.</summary>
    public decimal PeriodsUsd => Periods.Sum(period => period.BilledUsd);

    /// <summary>What is invoiced in the span, USD.</summary>
    public decimal InvoiceUsd => BilledUsd - CreditsUsd + PeriodsUsd;

    /// <summary>Nothing yet.</summary>
    public static ContractStatement Empty(Contract contract) =>
        new(contract.Id, 0m, 0m, 0m, 0m, ImmutableDictionary<string, decimal>.Empty, []);

    /// <summary>Adds a request of the span.</summary>
    /// <param name="charge">The request.</param>
    /// <param name="before">The contract's state before it.</param>
    /// <param name="after">The state after it.</param>
    public ContractStatement With(ContractCharge charge, ContractState before, ContractState after)
    {
        var credits = Credits;
        if (charge.CreditsUsd > 0m)
        {
            foreach (var (id, used) in after.CreditsUsed)
            {
                var paid = used - before.CreditsUsed.GetValueOrDefault(id);
                credits = paid > 0m ? credits.SetItem(id, credits.GetValueOrDefault(id) + paid) : credits;
            }
        }
        return this with
        {
            ListUsd = ListUsd + charge.ListUsd,
            ContractedUsd = ContractedUsd + charge.ContractedUsd,
            EffectiveUsd = EffectiveUsd + charge.EffectiveUsd,
            BilledUsd = BilledUsd + charge.BilledUsd,
            Credits = credits,
        };
    }

    /// <summary>Adds a period that ended in the span.</summary>
    public ContractStatement With(PeriodCharge period) => this with { Periods = Periods.Add(period) };

    /// <summary>The lines, whose sum is <see cref="InvoiceUsd"/>. What is nothing is left out, but for the requests.</summary>
    public IReadOnlyList<StatementLine> Lines()
    {
        var lines = new List<StatementLine> { new(StatementLineKind.Requests, Contract, null, EffectiveUsd) };
        foreach (var period in Periods.Where(period => period.UnusedUsd != 0m))
        {
            var isBundle = period.Kind == PeriodChargeKind.Bundle;
            var kind = isBundle ? StatementLineKind.BundleUnused : StatementLineKind.CommitmentUnused;
            lines.Add(new(kind, period.Id, period, period.UnusedUsd));
        }
        foreach (var (id, paid) in Credits.OrderBy(credit => credit.Key, StringComparer.Ordinal))
        {
            lines.Add(new(StatementLineKind.Credit, id, null, -paid));
        }
        var invoicedHere = Periods.Sum(period => period.BilledUsd - period.UnusedUsd);
        var usedHere = EffectiveUsd - BilledUsd;
        if (invoicedHere != usedHere)
        {
            lines.Add(new(StatementLineKind.OtherSpan, Contract, null, invoicedHere - usedHere));
        }
        return lines;
    }
}
