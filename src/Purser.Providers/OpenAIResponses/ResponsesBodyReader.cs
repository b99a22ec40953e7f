using System.Text.Json;
using Purser.Core.Usage;
using Purser.Providers.Bodies;
using Purser.Providers.OpenAI;

namespace Purser.Providers.OpenAIResponses;

/// <summary>OpenAI's responses: the usage, and, in a whole answer, the calls of hosted tools that have a fee.</summary>
/// <param name="hasOwnTools">Whether the vendor's tools are its own (x-ai), so that only its usage says which calls are billed.</param>
internal sealed class ResponsesBodyReader(bool hasOwnTools = false) : BodyReader
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
            var counted = usage;
            HostedTools.Add(body, reading, ref counted);
            if (hasOwnTools && counted != usage)
            {
                reading.AddViolation("the calls of the provider's own tools are not told apart");
            }
            usage = counted;
        }
        Set(reading, usage);
        return default;
    }
}
