using Purser.Core.Usage;

namespace Purser.Core.Pricing;

/// <summary>What one class of a request's usage cost.</summary>
/// <param name="Class">The class.</param>
/// <param name="Quantity">How many tokens, calls, pages, seconds, …</param>
/// <param name="UsdPerUnit">The rate charged, uplift included, in USD per <paramref name="Unit"/>.</param>
/// <param name="Unit">What the rate is for one of.</param>
/// <param name="Usd">The exact cost in USD, not rounded.</param>
public readonly record struct ChargeLine(UsageClass Class, long Quantity, decimal UsdPerUnit, PriceUnit Unit, decimal Usd);

/// <summary>What a request cost, and by which price.</summary>
/// <param name="Cost">The sum, rounded once, up, to a nano-dollar: what enters the ledger.</param>
/// <param name="ExactUsd">The sum of the lines in USD, not rounded.</param>
/// <param name="Lines">A line a class that was used, in the order of <see cref="UsageClass"/>; several where marginal tiers have several rates.</param>
/// <param name="Entry">The id of the price book's entry.</param>
public sealed record Charge(Money Cost, decimal ExactUsd, IReadOnlyList<ChargeLine> Lines, string Entry);

/// <summary>Why a usage can't be priced.</summary>
public enum PricingFailureKind
{
    /// <summary>Nothing failed.</summary>
    None,

    /// <summary>A class of the usage has no rate in the entry.</summary>
    ClassUnpriced,

    /// <summary>The entry has no price for the service tier.</summary>
    ServiceTierUnpriced,

    /// <summary>The entry has no price for the speed.</summary>
    SpeedUnpriced,

    /// <summary>The entry has no price for a speed and a service tier at once.</summary>
    CombinationUnpriced,

    /// <summary>The entry has no uplift for the geography.</summary>
    GeoUnpriced,

    /// <summary>The standard price changes for long contexts, and the service tier or speed doesn't say to what.</summary>
    LongContextUnpriced,

    /// <summary>The price depends on the time of day, and the terms don't say when it was.</summary>
    TimeUnknown,

    /// <summary>The fee of a request depends on the size of its search's context, and the usage doesn't say that.</summary>
    RequestFeeUnknown,

    /// <summary>The model searches for each request, which has a fee, and the usage doesn't count its searches.</summary>
    SearchUnknown,

    /// <summary>The same for a request: nothing says what its searches can cost, so that it has no ceiling.</summary>
    SearchUnbounded,

    /// <summary>The price is by the machine's hour, and the usage doesn't say how long the request took.</summary>
    DurationUnknown,

    /// <summary>The price depends on the variant that was made (size, quality, sound), and nothing says which that was.</summary>
    VariantUnknown,

    /// <summary>The entry has no price for the variant.</summary>
    VariantUnpriced,

    /// <summary>What is billed of a class isn't bounded by anything that a request says, so that it has no ceiling.</summary>
    Unbounded,

    /// <summary>A quantity or an amount is beyond what money can count.</summary>
    AmountOutOfRange,
}

/// <summary>A named reason why a usage can't be priced. Nothing is free because it has no price.</summary>
/// <param name="Kind">The reason.</param>
/// <param name="Class">The class without a rate, or without a bound; null for other reasons.</param>
/// <param name="Term">The tier, speed, geography or variant without a price; null for other reasons.</param>
public readonly record struct PricingFailure(PricingFailureKind Kind, UsageClass? Class = null, string? Term = null)
{
    /// <summary>The reason in words, for the entry that was asked.</summary>
    public string Describe(SkuPrice price) =>
        Kind switch
        {
            PricingFailureKind.None => "priced",
            PricingFailureKind.ClassUnpriced => $"{price.Entry} has no {RateKey.Of(Class ?? default).Name}",
            PricingFailureKind.ServiceTierUnpriced => $"{price.Entry} has no price for the service tier '{Term}'",
            PricingFailureKind.SpeedUnpriced => $"{price.Entry} has no price for the speed '{Term}'",
            PricingFailureKind.CombinationUnpriced => $"{price.Entry} has no price for {Term}",
            PricingFailureKind.GeoUnpriced => $"{price.Entry} has no price for inference in '{Term}'",
            PricingFailureKind.LongContextUnpriced => $"{price.Entry} has no long-context price for '{Term}'",
            PricingFailureKind.RequestFeeUnknown =>
                $"{price.Entry} has a fee for each request by the size of its search's context, which the usage doesn't say",
            PricingFailureKind.SearchUnknown =>
                $"{price.Entry} is of a model that always searches the web, which has a fee, and the usage doesn't count its searches",
            PricingFailureKind.SearchUnbounded =>
                $"{price.Entry} is of a model that always searches the web, and no fee of a request by the size of its search's context is known",
            PricingFailureKind.VariantUnknown =>
                $"{price.Entry} costs by {Variants(price)}, and nothing says which was made; state the size, quality and sound",
            PricingFailureKind.VariantUnpriced => $"{price.Entry} has no price for '{Term}'; it has {Variants(price)}",
            PricingFailureKind.DurationUnknown => $"{price.Entry} is by the machine's hour, and the usage doesn't say how long it took",
            PricingFailureKind.Unbounded =>
                $"{price.Entry} has a {RateKey.Of(Class ?? default).Name}, and nothing in a request bounds how much of that it can use",
            PricingFailureKind.TimeUnknown => $"{price.Entry} depends on the time of day, which isn't known",
            _ => $"the cost is more than can be counted ({price.Entry})",
        };

    private static string Variants(SkuPrice price) =>
        string.Join(", ", price.Variants.Keys.Order(StringComparer.Ordinal).Select(name => $"'{name}'"));
}

/// <summary>A charge, or a named failure.</summary>
/// <param name="Charge">What it cost; null where it can't be priced.</param>
/// <param name="Failure">Why not; <see cref="PricingFailureKind.None"/> where there is a charge.</param>
public readonly record struct ChargeResult(Charge? Charge, PricingFailure Failure);

/// <summary>A ceiling, or a named failure.</summary>
/// <param name="Ceiling">The most that it can cost; null where that can't be said.</param>
/// <param name="Failure">Why not; <see cref="PricingFailureKind.None"/> where there is a ceiling.</param>
public readonly record struct CeilingResult(Money? Ceiling, PricingFailure Failure);
