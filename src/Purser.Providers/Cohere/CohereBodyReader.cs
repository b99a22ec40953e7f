using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.Cohere;

/// <summary>
/// Cohere's own API, which states twice what was used: <c>billed_units</c>, and <c>tokens</c> as the model saw them. It writes whole numbers
/// with or without a fraction.
/// </summary>
/// <param name="counts">Which of the two is priced.</param>
internal sealed class CohereBodyReader(CohereCounts counts) : BodyReader
{
    private static readonly FigurePaths Billed = new(
        "billed_units.input_tokens",
        "billed_units.output_tokens",
        "billed_units.search_units",
        "billed_units.classifications",
        "billed_units.images",
        "billed_units.image_tokens"
    )
    {
        TakesZeroFractions = true,
    };

    private static readonly FigurePaths Tokens = new("tokens.input_tokens", "tokens.output_tokens", "cached_tokens")
    {
        TakesZeroFractions = true,
    };

    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        var scan = BodyScan.Of(body, counts is CohereCounts.EmbeddedUnits or CohereCounts.OtherUnits ? "meta"u8 : "usage"u8, reading);
        if (scan.Usage.IsEmpty)
        {
            return default;
        }
        if (counts == CohereCounts.Tokens)
        {
            ReadTokens(scan.Usage, reading);
        }
        else
        {
            ReadBilled(scan.Usage, reading);
        }
        return default;
    }

    private static void ReadTokens(ReadOnlySpan<byte> json, UsageReading reading)
    {
        Span<long> found = stackalloc long[Tokens.Count];
        Tokens.Read(json, found, reading);
        if (found[0] < 0 || found[1] < 0)
        {
            reading.AddViolation("the usage lacks tokens.input_tokens or tokens.output_tokens");
            return;
        }
        var cached = Math.Max(0, found[2]);
        if (cached > found[0])
        {
            reading.AddViolation("the cached tokens exceed the input tokens");
            return;
        }
        var usage = default(TokenUsage);
        usage[UsageClass.Input] = found[0] - cached;
        usage[UsageClass.CacheRead] = cached;
        usage[UsageClass.Output] = found[1];
        Set(reading, usage);
    }

    private void ReadBilled(ReadOnlySpan<byte> json, UsageReading reading)
    {
        Span<long> found = stackalloc long[Billed.Count];
        Billed.Read(json, found, reading);
        var hasAll = counts switch
        {
            CohereCounts.EmbeddedUnits => found[0] >= 0 || found[4] >= 0 || found[5] >= 0,
            CohereCounts.OtherUnits => found[2] >= 0 || found[3] >= 0,
            _ => found[0] >= 0 && found[1] >= 0,
        };
        if (!hasAll)
        {
            reading.AddViolation(
                counts == CohereCounts.OtherUnits
                    ? "the usage lacks the search units or classifications in billed_units"
                    : "the usage lacks the input or output tokens in billed_units"
            );
            return;
        }
        var usage = default(TokenUsage);
        usage[UsageClass.Input] = Math.Max(0, found[0]);
        usage[UsageClass.Output] = Math.Max(0, found[1]);
        usage[UsageClass.SearchUnit] = Math.Max(0, found[2]);
        usage[UsageClass.Classification] = Math.Max(0, found[3]);
        // Newer models count images in tokens, and bill those.
        usage[UsageClass.ImageInput] = Math.Max(0, found[5]);
        usage[UsageClass.InputImage] = found[5] > 0 ? 0 : Math.Max(0, found[4]);
        Set(reading, usage);
    }
}

/// <summary>Which of Cohere's figures are priced.</summary>
internal enum CohereCounts
{
    /// <summary><c>usage.billed_units</c> of a chat.</summary>
    BilledUnits,

    /// <summary><c>usage.tokens</c> of a chat.</summary>
    Tokens,

    /// <summary><c>meta.billed_units</c> of an embedding.</summary>
    EmbeddedUnits,

    /// <summary><c>meta.billed_units</c> of a reranking or a classification, which are not billed by token.</summary>
    OtherUnits,
}
