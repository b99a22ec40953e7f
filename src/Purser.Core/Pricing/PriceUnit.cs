namespace Purser.Core.Pricing;

/// <summary>What a rate is for one of.</summary>
public enum PriceUnit
{
    /// <summary>A million tokens; the key of such a rate ends in <c>_per_mtok</c>.</summary>
    MillionTokens,

    /// <summary>One call; the key of such a rate ends in <c>_per_call</c>.</summary>
    Call,
}
