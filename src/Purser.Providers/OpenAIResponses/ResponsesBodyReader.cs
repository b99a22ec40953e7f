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
        if (TryRead(scan.IsWhole ? body : default, scan.Usage, reading, out var usage, out _))
        {
            Set(reading, usage);
        }
        return default;
    }

    /// <summary>Splits the usage object of a response into disjoint classes, with the calls of hosted tools. False where that can't be done.</summary>
    /// <param name="response">The whole response; empty where there is the usage alone.</param>
    /// <param name="json">The usage object in it.</param>
    /// <param name="reading">Takes what is odd.</param>
    /// <param name="usage">The usage.</param>
    /// <param name="tells">Whether the usage itself says which of the provider's tools ran, so that no item of the output counts.</param>
    internal bool TryRead(ReadOnlySpan<byte> response, ReadOnlySpan<byte> json, UsageReading reading, out TokenUsage usage, out bool tells)
    {
        tells = false;
        var reader = new Utf8JsonReader(json, Json);
        reader.Read();
        var figures = OpenAIUsage.Read(ref reader, reading, inResponses: true);
        var vendor = VendorFigures.Read(json, reading);
        figures.Add(vendor, ReasoningPlace.Inside, reading);
        if (!figures.TrySplit(reading, out usage))
        {
            return false;
        }
        usage[UsageClass.SearchSource] = Math.Max(0, vendor.Sources);
        // Where the usage itself tells the tools apart, their items are the same calls.
        tells = ServerTools.Add(json, vendor.ServerTools, reading, ref usage);
        if (!tells && !response.IsEmpty)
        {
            var counted = usage;
            HostedTools.Add(response, reading, ref counted);
            if (hasOwnTools && counted != usage)
            {
                reading.AddViolation("the calls of the provider's own tools are not told apart");
            }
            usage = counted;
        }
        return true;
    }
}
