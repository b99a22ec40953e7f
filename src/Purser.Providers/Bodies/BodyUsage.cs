using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Providers.Bodies;

/// <summary>What a body, or the usage object of one, says that is billed.</summary>
/// <param name="Usage">In disjoint classes; meaningless where there is an <paramref name="Error"/>.</param>
/// <param name="Terms">What the body says of its service tier, geography and speed, in the price book's words.</param>
/// <param name="ServedModel">The model that the body names; null where it names none.</param>
/// <param name="Video">Video input, which isn't in <paramref name="Usage"/>: what it is billed as depends on the price.</param>
/// <param name="Error">Why it can't be billed exactly, in words that quote nothing of the body; null where it can.</param>
public readonly record struct BodyUsage(TokenUsage Usage, PricingTerms Terms, string? ServedModel, VideoInput Video, string? Error);

/// <summary>Video input. It is billed at its own rate where the price has one, and as text where the vendor lists one rate for text, images and video.</summary>
/// <param name="Fresh">Tokens that were not read from a cache.</param>
/// <param name="CacheRead">Tokens read from a cache.</param>
public readonly record struct VideoInput(long Fresh, long CacheRead);
