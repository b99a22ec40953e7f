using System.Collections.Immutable;

namespace Purser.Core.Pricing;

/// <summary>
/// What a request costs under a contract, in the meanings of FOCUS, all in exact USD.
/// </summary>
/// <param name="ListUsd">At the list price.</param>
/// <param name="ContractedUsd">At the agreed rates: after discounts on rates and volume tiers, before commitments, bundles and credits.</param>
/// <param name="EffectiveUsd">
/// What it really costs: its share of commitments and fees that were paid beforehand, and what is paid beside. Credits are not taken off:
/// they are charges of their own.
/// </param>
/// <param name="BilledUsd">What is invoiced because of it, credits not taken off: nothing for what a commitment or a bundle covers.</param>
/// <param name="CreditsUsd">How much of that credits pay.</param>
public sealed record ContractCharge(decimal ListUsd, decimal ContractedUsd, decimal EffectiveUsd, decimal BilledUsd, decimal CreditsUsd)
{
    /// <summary>What this request, and no other, adds to what is paid.</summary>
    public decimal MarginalUsd => BilledUsd - CreditsUsd;
}

/// <summary>Prices requests under a contract. Pure: what has been used is passed in, and the next state given back.</summary>
public static class ContractPricer
{
    private const decimal Hundred = 100m;
    private const int ShareDecimals = 12;

    /// <summary>Prices a request.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="state">What was used of it before.</param>
    /// <param name="model">The model's id, as the price book has it.</param>
    /// <param name="list">The request at the list price.</param>
    /// <param name="at">When it was made. One before the state's latest instant counts in the state's periods.</param>
    /// <exception cref="ArgumentOutOfRangeException">The contract isn't in force then.</exception>
    public static (ContractCharge Charge, ContractState State, IReadOnlyList<PeriodCharge> Ended) Price(
        Contract contract,
        ContractState state,
        string model,
        Charge list,
        DateTimeOffset at
    )
    {
        if (!contract.HoldsAt(at))
        {
            throw new ArgumentOutOfRangeException(nameof(at), at, $"The contract {contract.Id} isn't in force then.");
        }
        (state, var ended) = Advance(contract, state, at);
        var (bundled, bundledContracted, discounted, bundles) = Split(contract, state, model, list);
        var tiered = Tiered(contract, state.Volume, discounted);
        var covered = contract.Commitment is { } commitment ? Math.Min(tiered, commitment.Usd - state.Drawn) : 0m;
        var above = tiered - covered;
        var billed = contract.Commitment is { } with ? above * (1m + (with.OveragePercent / Hundred)) : above;
        var (credits, used) = Credits(contract, state, model, billed, at);
        var charge = new ContractCharge(list.ExactUsd, bundledContracted + tiered, bundled + covered + billed, billed, credits);
        state = state with { Volume = state.Volume + discounted, Drawn = state.Drawn + covered, CreditsUsed = used, BundlesUsed = bundles };
        return (charge, state, ended);
    }

    /// <summary>Ends the periods that are over at an instant, and says what is billed for them.</summary>
    public static (ContractState State, IReadOnlyList<PeriodCharge> Ended) Advance(
        Contract contract,
        ContractState state,
        DateTimeOffset at
    )
    {
        if (at <= state.At)
        {
            return (state, []);
        }
        var ended = new List<PeriodCharge>();
        if (contract.Commitment is { } commitment)
        {
            foreach (var start in EndedPeriods(contract, commitment.Period, state.At, at))
            {
                ended.Add(new(PeriodChargeKind.Commitment, contract.Id, start, commitment.Usd, commitment.Usd - state.Drawn));
                state = state with { Drawn = 0m };
            }
        }
        foreach (var bundle in contract.Bundles)
        {
            foreach (var start in EndedPeriods(contract, bundle.Period, state.At, at))
            {
                var used = state.BundlesUsed.GetValueOrDefault(bundle.Id).Usd;
                ended.Add(new(PeriodChargeKind.Bundle, bundle.Id, start, bundle.FeeUsd, bundle.FeeUsd - used));
                state = state with { BundlesUsed = state.BundlesUsed.Remove(bundle.Id) };
            }
        }
        if (contract.Tiers is { } tiers && EndedPeriods(contract, tiers.Period, state.At, at).Any())
        {
            state = state with { Volume = 0m };
        }
        return (state with { At = at }, ended);
    }

    private static IEnumerable<DateTimeOffset> EndedPeriods(
        Contract contract,
        ContractPeriod period,
        DateTimeOffset from,
        DateTimeOffset to
    )
    {
        DateTimeOffset? start = contract.PeriodStart(period, from);
        while (start is { } present && contract.PeriodEnd(period, present) is { } end && end <= to)
        {
            yield return present;
            start = contract.HoldsAt(end) ? end : null;
        }
    }

    /// <summary>Takes from bundles what they include, and gives the rest after discounts on rates.</summary>
    private static (decimal Bundled, decimal BundledContracted, decimal Discounted, ImmutableDictionary<string, BundleUse> Used) Split(
        Contract contract,
        ContractState state,
        string model,
        Charge list
    )
    {
        var (bundled, bundledContracted, discounted, used) = (0m, 0m, 0m, state.BundlesUsed);
        foreach (var line in list.Lines)
        {
            var left = line.Quantity;
            foreach (var bundle in contract.Bundles.Where(bundle => bundle.Scope.Covers(model, line.Class)))
            {
                var before = used.GetValueOrDefault(bundle.Id);
                var taken = Math.Min(left, bundle.Quantity - before.Quantity);
                if (taken <= 0)
                {
                    continue;
                }
                var after = before.Quantity + taken;
                // A share is cut at a thousandth of a nano-dollar, so that sums stay exact; the last one takes what is left of the fee.
                var usd =
                    after == bundle.Quantity
                        ? bundle.FeeUsd - before.Usd
                        : decimal.Round(bundle.FeeUsd * taken / bundle.Quantity, ShareDecimals, MidpointRounding.ToZero);
                used = used.SetItem(bundle.Id, new BundleUse(after, before.Usd + usd));
                bundled += usd;
                bundledContracted += Discounted(contract, model, line, taken);
                left -= taken;
            }
            discounted += Discounted(contract, model, line, left);
        }
        return (bundled, bundledContracted, discounted, used);
    }

    /// <summary>What a part of a line costs at the agreed rate.</summary>
    private static decimal Discounted(Contract contract, string model, ChargeLine line, long quantity)
    {
        if (contract.Discounts.FirstOrDefault(discount => discount.Scope.Covers(model, line.Class)) is not { } given)
        {
            return PriceUnits.Usd(quantity, line.UsdPerUnit, line.Unit);
        }
        // An amount off may be more than a rate is; nobody is paid for using a model.
        var agreed = Math.Max(0m, (line.UsdPerUnit * (1m - (given.Percent / Hundred))) - given.UsdOffPerUnit);
        return PriceUnits.Usd(quantity, agreed, line.Unit);
    }

    private static decimal Tiered(Contract contract, decimal before, decimal usd)
    {
        if (contract.Tiers is not { } tiers)
        {
            return usd;
        }
        var (from, to, off) = (before, before + usd, 0m);
        for (var i = 0; i < tiers.Steps.Count; i++)
        {
            var begin = Math.Max(from, tiers.Steps[i].FromUsd);
            var end = i + 1 < tiers.Steps.Count ? Math.Min(to, tiers.Steps[i + 1].FromUsd) : to;
            off += end > begin ? (end - begin) * tiers.Steps[i].Percent / Hundred : 0m;
        }
        return usd - off;
    }

    private static (decimal Paid, ImmutableDictionary<string, decimal> Used) Credits(
        Contract contract,
        ContractState state,
        string model,
        decimal due,
        DateTimeOffset at
    )
    {
        var (paid, used) = (0m, state.CreditsUsed);
        var inForce = contract
            .Credits.Where(credit => at >= credit.Start && (credit.Expires is null || at < credit.Expires))
            .Where(credit => credit.Scope.Models.Count == 0 || credit.Scope.Models.Contains(model))
            .OrderBy(credit => credit.Priority)
            .ThenBy(credit => credit.Expires ?? DateTimeOffset.MaxValue)
            .ThenBy(credit => credit.Id, StringComparer.Ordinal);
        foreach (var credit in inForce)
        {
            var before = used.GetValueOrDefault(credit.Id);
            var pays = Math.Min(due - paid, credit.Usd - before);
            if (pays > 0m)
            {
                used = used.SetItem(credit.Id, before + pays);
                paid += pays;
            }
        }
        return (paid, used);
    }
}
