using System.Collections.Immutable;

namespace Purser.Core.Pricing;

/// <summary>What has been used of a contract, up to a request. A value: pricing takes one and gives the next.</summary>
/// <param name="At">The latest instant that it knows of.</param>
/// <param name="Volume">What was spent in the present period of the tiers, after discounts on rates and before tiers, USD.</param>
/// <param name="Drawn">What was drawn from the commitment of the present period, USD.</param>
/// <param name="CreditsUsed">What each credit has paid, USD.</param>
/// <param name="BundlesUsed">What was taken from each bundle in its present period.</param>
public sealed record ContractState(
    DateTimeOffset At,
    decimal Volume,
    decimal Drawn,
    ImmutableDictionary<string, decimal> CreditsUsed,
    ImmutableDictionary<string, BundleUse> BundlesUsed
)
{
    /// <summary>Nothing used.</summary>
    public static ContractState Begin(Contract contract) =>
        new(contract.Start, 0m, 0m, ImmutableDictionary<string, decimal>.Empty, ImmutableDictionary<string, BundleUse>.Empty);
}

/// <summary>What was taken from a bundle.</summary>
/// <param name="Quantity">How many tokens or calls.</param>
/// <param name="Usd">How much of the fee that was.</param>
public readonly record struct BundleUse(long Quantity, decimal Usd);

/// <summary>What is billed at the end of a period beside requests.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Id">The bundle, or the contract.</param>
/// <param name="PeriodStart">The first instant of the period.</param>
/// <param name="PeriodEnd">The first instant after it, at which it's invoiced.</param>
/// <param name="BilledUsd">What is invoiced for the period: the commitment or the fee, whole.</param>
/// <param name="UnusedUsd">How much of it no request used.</param>
public sealed record PeriodCharge(
    PeriodChargeKind Kind,
    string Id,
    DateTimeOffset PeriodStart,
    DateTimeOffset PeriodEnd,
    decimal BilledUsd,
    decimal UnusedUsd
);

/// <summary>What a <see cref="PeriodCharge"/> is for.</summary>
public enum PeriodChargeKind
{
    /// <summary>A commitment; what is unused of it is the shortfall.</summary>
    Commitment,

    /// <summary>A bundle's fee.</summary>
    Bundle,
}
