using System.Collections.Immutable;

namespace Purser.Core.Pricing;

/// <summary>Prices requests under a contract. Pure: what has been used is passed in, and the next state given back.</summary>
/// <remarks>
/// Requests come in the order of time. Which usage a bundle, the commitment or a credit takes, where there isn't enough of it for all, is
/// the order's doing; so those of the same instant need a fixed one.
/// </remarks>
public static class ContractPricer
{
    private const decimal Hundred = 100m;
    private const int Decimals = 15;

    /// <summary>Prices a request.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="state">What was used of it before.</param>
    /// <param name="model">The model's id, as the price book has it.</param>
    /// <param name="list">
    /// The request at the list price. What its sum has beyond its lines (a correction, a rounding) is of no class: only discounts for all
    /// classes are given on it, and no bundle includes it.
    /// </param>
    /// <param name="at">When it was made. One before the state's latest instant counts in the state's periods.</param>
    /// <exception cref="ArgumentOutOfRangeException">The contract isn't in force then, or its last period was invoiced before.</exception>
    public static (ContractCharge Charge, ContractState State, IReadOnlyList<PeriodCharge> Ended) Price(
        Contract contract,
        ContractState state,
        string model,
        Charge list,
        DateTimeOffset at
    )
    {
        if (!contract.HoldsAt(at) || IsOver(contract, state))
        {
            throw new ArgumentOutOfRangeException(nameof(at), at, $"The contract {contract.Id} isn't in force then, or is over.");
        }
        (state, var ended) = Advance(contract, state, at);
        var (shares, included, discounted, bundles) = Split(contract, state, model, list);
        var tierOff = Tiers(contract, state.Volume, discounted);
        var tiered = discounted - tierOff;
        var covered = contract.Commitment is { } commitment ? Math.Min(tiered, commitment.Usd - state.Drawn) : 0m;
        var above = tiered - covered;
        var overage = contract.Commitment is { } with ? Rounded(above * with.OveragePercent / Hundred) : 0m;
        var billed = above + overage;
        var (credits, used) = Credits(contract, state, model, billed, at);
        var charge = new ContractCharge(list.ExactUsd, included + tiered, shares + covered + billed, billed, credits)
        {
            TierUsd = tierOff,
            IncludedUsd = included,
            CoveredUsd = covered,
            OverageUsd = overage,
        };
        state = state with { Volume = state.Volume + discounted, Drawn = state.Drawn + covered, CreditsUsed = used, BundlesUsed = bundles };
        return (charge, state, ended);
    }

    /// <summary>Whether the contract has ended and all of its periods with it: nothing can be priced any more.</summary>
    public static bool IsOver(Contract contract, ContractState state) => contract.Over <= state.At;

    /// <summary>Ends the periods that are over at an instant, and says what is billed for them, the earliest first.</summary>
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
            foreach (var (start, end) in EndedPeriods(contract, commitment.Period, state.At, at))
            {
                ended.Add(new(PeriodChargeKind.Commitment, contract.Id, start, end, commitment.Usd, commitment.Usd - state.Drawn));
                state = state with { Drawn = 0m };
            }
        }
        foreach (var bundle in contract.Bundles)
        {
            foreach (var (start, end) in EndedPeriods(contract, bundle.Period, state.At, at))
            {
                var used = state.BundlesUsed.GetValueOrDefault(bundle.Id).Usd;
                ended.Add(new(PeriodChargeKind.Bundle, bundle.Id, start, end, bundle.FeeUsd, bundle.FeeUsd - used));
                state = state with { BundlesUsed = state.BundlesUsed.Remove(bundle.Id) };
            }
        }
        if (contract.Tiers is { } tiers && EndedPeriods(contract, tiers.Period, state.At, at).Any())
        {
            state = state with { Volume = 0m };
        }
        return (state with { At = at }, [.. ended.OrderBy(charge => charge.PeriodEnd)]);
    }

    private static IEnumerable<(DateTimeOffset Start, DateTimeOffset End)> EndedPeriods(
        Contract contract,
        ContractPeriod period,
        DateTimeOffset from,
        DateTimeOffset to
    )
    {
        // What ended with the contract has been invoiced: there is no period after it.
        DateTimeOffset? start = contract.HoldsAt(from) ? contract.PeriodStart(period, from) : null;
        while (start is { } present && contract.PeriodEnd(period, present) is { } end && end <= to)
        {
            yield return (present, end);
            start = contract.HoldsAt(end) ? end : null;
        }
    }

    /// <summary>Takes from bundles what they include, and gives the rest after discounts on rates.</summary>
    private static (decimal Shares, decimal Included, decimal Discounted, ImmutableDictionary<string, BundleUse> Used) Split(
        Contract contract,
        ContractState state,
        string model,
        Charge list
    )
    {
        var (shares, included, used) = (0m, 0m, state.BundlesUsed);
        var (discounted, ofNoClass) = (0m, list.ExactUsd);
        foreach (var line in list.Lines)
        {
            ofNoClass -= line.Usd;
            var (left, leftUsd) = (line.Quantity, line.Usd);
            foreach (var bundle in contract.Bundles)
            {
                var before = used.GetValueOrDefault(bundle.Id);
                var taken = bundle.Covers(model, line) ? Math.Min(left, bundle.Quantity - before.Quantity) : 0;
                if (taken <= 0)
                {
                    continue;
                }
                var after = before.Quantity + taken;
                // The last one takes what is left of the fee.
                var share = after == bundle.Quantity ? bundle.FeeUsd - before.Usd : Rounded(bundle.FeeUsd * taken / bundle.Quantity);
                used = used.SetItem(bundle.Id, new BundleUse(after, before.Usd + share));
                shares += share;
                var takenUsd = taken == left ? leftUsd : Rounded(line.Usd * taken / line.Quantity);
                included += Discounted(contract, model, line, taken, takenUsd);
                (left, leftUsd) = (left - taken, leftUsd - takenUsd);
            }
            discounted += Discounted(contract, model, line, left, leftUsd);
        }
        discounted += OfNoClass(contract, model, ofNoClass);
        // A correction may take off more than is left beside bundles; nobody is paid for using a model.
        return (shares, included, Math.Max(0m, discounted), used);
    }

    /// <summary>What a part of a line costs at the agreed rate.</summary>
    private static decimal Discounted(Contract contract, string model, in ChargeLine line, long quantity, decimal usd)
    {
        foreach (var discount in contract.Discounts)
        {
            if (discount.Covers(model, line))
            {
                var left = (usd * (1m - (discount.Percent / Hundred))) - PriceUnits.Usd(quantity, discount.UsdOffPerUnit, line.Unit);
                // An amount off may be more than a rate is.
                return Math.Max(0m, Rounded(left));
            }
        }
        return Rounded(usd);
    }

    private static decimal OfNoClass(Contract contract, string model, decimal usd)
    {
        var given = contract.Discounts.FirstOrDefault(discount =>
            discount is { UsdOffPerUnit: 0m, Scope.Classes.Count: 0 }
            && (discount.Scope.Models.Count == 0 || discount.Scope.Models.Contains(model))
        );
        return Rounded(usd * (1m - ((given?.Percent ?? 0m) / Hundred)));
    }

    private static decimal Tiers(Contract contract, decimal before, decimal usd)
    {
        if (contract.Tiers is not { } tiers)
        {
            return 0m;
        }
        var (from, to, off) = (before, before + usd, 0m);
        for (var i = 0; i < tiers.Steps.Count; i++)
        {
            var begin = Math.Max(from, tiers.Steps[i].FromUsd);
            var end = i + 1 < tiers.Steps.Count ? Math.Min(to, tiers.Steps[i + 1].FromUsd) : to;
            off += end > begin ? (end - begin) * tiers.Steps[i].Percent / Hundred : 0m;
        }
        return Rounded(off);
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

    // Down, so that parts never come to more than the whole.
    private static decimal Rounded(decimal usd) => decimal.Round(usd, Decimals, MidpointRounding.ToZero);
}
