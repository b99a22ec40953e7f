using System.Text.Json;
using Purser.Core.Usage;
using Purser.Providers.Bodies;
using Purser.Providers.OpenAI;

namespace Purser.Providers.OpenAIResponses;

/// <summary>OpenAI's responses: the usage, and, in a whole answer, the calls of hosted tools that have a fee.</summary>
internal sealed class ResponsesBodyReader : BodyReader
{
    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        var scan = BodyScan.Of(body, "usage"u8, reading);
        if (scan.Usage.IsEmpty)
        {
            return default;
        }
        var reader = new Utf8JsonReader(scan.Usage, Json);
        reader.Read();
        var figures = OpenAIUsage.Read(ref reader, reading, inResponses: true);
        var vendor = VendorFigures.Read(scan.Usage, reading);
        figures.Add(vendor, ReasoningPlace.Inside, reading);
        if (!figures.TrySplit(reading, out var usage))
        {
            return default;
        }
        usage[UsageClass.SearchSource] = Math.Max(0, vendor.Sources);
        // Where the usage itself tells the tools apart, their items are the same calls.
        if (!ServerTools.Add(scan.Usage, vendor.ServerTools, reading, ref usage) && scan.IsWhole)
        {
            HostedTools.Add(body, reading, ref usage);
        }
        Set(reading, usage);
        return default;
    }
}
