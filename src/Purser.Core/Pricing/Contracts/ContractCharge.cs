namespace Purser.Core.Pricing;

/// <summary>
/// What a request costs under a contract, in the meanings of FOCUS, all in USD. Steps are rounded to 15 decimals, a millionth of a
/// nano-dollar, so that sums are exact.
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
    /// <summary>What volume tiers take off.</summary>
    public decimal TierUsd { get; init; }

    /// <summary>What is in bundles, at the agreed rates.</summary>
    public decimal IncludedUsd { get; init; }

    /// <summary>What is drawn from the commitment.</summary>
    public decimal CoveredUsd { get; init; }

    /// <summary>What is added because the commitment is used up; negative where that is cheaper.</summary>
    public decimal OverageUsd { get; init; }

    /// <summary>What discounts on rates take off.</summary>
    public decimal DiscountUsd => ListUsd - TierUsd - ContractedUsd;

    /// <summary>Its share of the bundles' fees.</summary>
    public decimal FeeShareUsd => EffectiveUsd - CoveredUsd - BilledUsd;

    /// <summary>What this request, and no other, adds to what is paid.</summary>
    public decimal MarginalUsd => BilledUsd - CreditsUsd;
}
