using System.Text.Json;
using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.Gemini;

/// <summary>
/// Gemini's API and Vertex: <c>usageMetadata</c>, and what a whole answer says of its grounding. Since Gemini 3 each search has a fee; before
/// it, each prompt that was grounded by searches, or with maps.
/// </summary>
internal sealed class GeminiBodyReader : BodyReader
{
    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        var scan = BodyScan.Of(body, "usageMetadata"u8, reading);
        if (scan.Usage.IsEmpty || !GeminiUsage.Read(scan.Usage, reading).TrySplit(reading, out var usage, out var video))
        {
            return default;
        }
        if (scan.IsWhole)
        {
            var (searches, hasMaps) = Grounding(BodyScan.Member(body, "candidates"u8), reading);
            var isByPrompt = HasFeeByPrompt(reading.ServedModel ?? model);
            usage[UsageClass.WebSearch] = isByPrompt ? Math.Min(1, searches) : searches;
            usage[UsageClass.MapsGrounding] = hasMaps ? 1 : 0;
            if (hasMaps && !isByPrompt)
            {
                reading.AddViolation("grounding with maps is billed by the query, and the answer doesn't say how many there were");
            }
        }
        Set(reading, usage);
        return video;
    }

    // The name may be a path: models/gemini-2.5-flash.
    private static bool HasFeeByPrompt(string? path)
    {
        var model = path.AsSpan(path is null ? 0 : path.LastIndexOf('/') + 1);
        return model.StartsWith("gemini-1") || model.StartsWith("gemini-2") || model.StartsWith("gemini-live-2");
    }

    // [{"groundingMetadata":{"webSearchQueries":["…"],"groundingChunks":[{"web":{}},{"maps":{}}]}}]
    private static (long Searches, bool HasMaps) Grounding(ReadOnlySpan<byte> candidates, UsageReading reading)
    {
        if (candidates.IndexOf("groundingMetadata"u8) < 0)
        {
            return (0, false);
        }
        var (searches, hasMaps, inGrounding, inQueries) = (0L, false, false, false);
        var reader = new Utf8JsonReader(candidates, Json);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                inGrounding = reader.CurrentDepth == 2 ? reader.ValueTextEquals("groundingMetadata"u8) : inGrounding;
                inQueries = inGrounding && reader.CurrentDepth == 3 ? reader.ValueTextEquals("webSearchQueries"u8) : inQueries;
                hasMaps |= inGrounding && reader.CurrentDepth == 5 && reader.ValueTextEquals("maps"u8);
                if (inGrounding && reader.CurrentDepth == 3 && reader.ValueTextEquals("imageSearchQueries"u8))
                {
                    reading.AddViolation("the price book has no class for image searches");
                }
            }
            else if (inGrounding && inQueries && reader.TokenType == JsonTokenType.String && !reader.ValueSpan.IsEmpty)
            {
                searches++;
            }
        }
        return (searches, hasMaps);
    }
}
