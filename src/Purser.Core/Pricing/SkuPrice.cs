using Purser.Core.Usage;

namespace Purser.Core.Pricing;

/// <summary>
/// What one model costs during one span of time: an entry of the price book, never changed once it was charged by. A later price is a
/// later entry.
/// </summary>
public sealed class SkuPrice
{
    /// <summary>A stable id: provider, model and start, such as <c>anthropic/claude-sonnet-5@2026-09-01</c> or <c>…@unknown</c>.</summary>
    public required string Entry { get; init; }

    /// <summary>The first instant of the price; null where it isn't known, so that it holds for any earlier time.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>The first instant after the price: its own end or the start of the next entry; null where none is known.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>Where the figures come from.</summary>
    public required string Source { get; init; }

    /// <summary>What a reader should know about the entry, if anything.</summary>
    public string? Note { get; init; }

    /// <summary>Whether the file says that the model is free (<c>free: true</c>): every class but those of the provider's tools.</summary>
    public bool Free { get; init; }

    /// <summary>The currency that the file's figures are in; null for USD. Rates are in USD in any case.</summary>
    public PriceCurrency? Currency { get; init; }

    /// <summary>The rates where no tier and no speed was asked for.</summary>
    public required RateCard Standard { get; init; }

    /// <summary>
    /// Hours with rates of their own, the first that holds; empty where the time of day makes no difference. A price with hours has neither
    /// service tiers nor speeds.
    /// </summary>
    public IReadOnlyList<PriceHours> Hours { get; init; } = [];

    /// <summary>The rates of each service tier (<c>batch</c>, <c>flex</c>, <c>priority</c>, …), by its name on the wire; case is ignored.</summary>
    public required IReadOnlyDictionary<string, RateCard> ServiceTiers { get; init; }

    /// <summary>The rates of each speed (<c>fast</c>), by its name on the wire; case is ignored.</summary>
    public required IReadOnlyDictionary<string, RateCard> Speeds { get; init; }

    /// <summary>
    /// The rates of each variant of what is made, by its name: an image's size and quality (<c>1024x1024 hd</c>), a video's resolution and sound
    /// (<c>720p silent</c>); case is ignored. Empty where the price is the same for all; else images and videos without one can't be priced.
    /// </summary>
    public IReadOnlyDictionary<string, RateCard> Variants { get; init; } = new Dictionary<string, RateCard>();

    /// <summary>What all token rates are multiplied by where inference stays in a place (<c>us</c>: 1.1); case is ignored.</summary>
    public required IReadOnlyDictionary<string, decimal> GeoUplift { get; init; }

    /// <summary>
    /// Whether the model searches the web for each request, asked or not, so that a usage that says nothing of a search doesn't say all that is
    /// billed.
    /// </summary>
    public bool AlwaysSearches { get; init; }

    /// <summary>
    /// The class of a request that doesn't name the size of its search's context, where the provider documents a default; else null.
    /// </summary>
    public UsageClass? DefaultContextRequest { get; init; }

    /// <summary>Whether each request has searches that cost by the search: how many, only the usage can say.</summary>
    public bool SearchesUncounted => AlwaysSearches && !Standard.Rates.ChargesRequestsByContext;

    /// <summary>Whether the time that a machine works on a request is the price (<c>compute_per_hour</c>).</summary>
    public bool ChargesTime => Standard.Rates.ChargesTime;

    /// <summary>Whether what a request is about is billed by the piece, so that its tokens need no price.</summary>
    public bool IsByPiece(in PieceBounds pieces) => pieces.ArePriced(Standard.Rates) || (pieces.Images > 0 && Variants.Count > 0);

    /// <summary>
    /// All pieces that a request can use at most, as a usage: what is charged where an answer doesn't say what it used. Empty where tokens are the price.
    /// </summary>
    public TokenUsage AllPieces(in PieceBounds pieces) =>
        Variants.Count > 0 && pieces.Images > 0 ? pieces.Usage(Variants.Values.First().Rates) : pieces.Usage(Standard.Rates);

    /// <summary>Whether the price holds at an instant.</summary>
    public bool HoldsAt(DateTimeOffset at) => (Start is null || at >= Start) && (End is null || at < End);

    /// <summary>The rates where no tier and no speed was asked for, at an instant of this price.</summary>
    public RateCard StandardAt(DateTimeOffset at)
    {
        foreach (var hours in Hours)
        {
            if (hours.HoldAt(at))
            {
                return hours.Card;
            }
        }
        return Standard;
    }

    /// <inheritdoc/>
    public override string ToString() => Entry;
}
