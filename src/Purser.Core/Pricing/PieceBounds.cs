using Purser.Core.Usage;

namespace Purser.Core.Pricing;

/// <summary>What a request can use at most of what some models bill by the piece, and others by its tokens. Quantities are never negative.</summary>
public readonly record struct PieceBounds
{
    private static readonly UsageClass[] Classes =
    [
        UsageClass.GeneratedImage,
        UsageClass.InputImage,
        UsageClass.SpeechCharacter,
        UsageClass.AudioSecond,
    ];

    /// <summary>The most images that are made.</summary>
    public long Images { get; init; }

    /// <summary>Which variant of them, in the price book's words; null where that isn't known, so that it may be the dearest.</summary>
    public string? Variant { get; init; }

    /// <summary>The images in the input.</summary>
    public long InputImages { get; init; }

    /// <summary>The characters that are spoken.</summary>
    public long Characters { get; init; }

    /// <summary>The most seconds that the audio in the input can last.</summary>
    public long AudioSeconds { get; init; }

    /// <summary>The most pieces of a class; 0 of all others.</summary>
    public long Of(UsageClass usageClass) =>
        usageClass switch
        {
            UsageClass.GeneratedImage => Images,
            UsageClass.InputImage => InputImages,
            UsageClass.SpeechCharacter => Characters,
            UsageClass.AudioSecond => AudioSeconds,
            _ => 0,
        };

    /// <summary>
    /// Whether rates are for the pieces that the request is about, so that its tokens need no rate. An image in the input is never all of it.
    /// </summary>
    internal bool ArePriced(RateSet rates) =>
        (Images > 0 && rates.IsPriced(UsageClass.GeneratedImage))
        || (Characters > 0 && rates.IsPriced(UsageClass.SpeechCharacter))
        || (AudioSeconds > 0 && rates.IsPriced(UsageClass.AudioSecond));

    /// <summary>What all pieces that have a rate cost at most, in USD.</summary>
    internal decimal Usd(RateSet rates)
    {
        var usd = 0m;
        foreach (var usageClass in Classes)
        {
            usd += PriceUnits.Usd(Of(usageClass), rates.Rate(usageClass), RateKey.UnitOf(usageClass));
        }
        return usd;
    }

    /// <summary>All pieces that have a rate, as a usage: what is charged where an answer doesn't say what it used.</summary>
    internal TokenUsage Usage(RateSet rates)
    {
        var usage = default(TokenUsage);
        foreach (var usageClass in Classes)
        {
            usage[usageClass] = rates.IsPriced(usageClass) ? Of(usageClass) : 0;
        }
        return usage;
    }
}
