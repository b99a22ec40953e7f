using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.Anthropic;

/// <summary>Anthropic's messages, at Anthropic or at a host, whole or their usage alone.</summary>
internal sealed class AnthropicBodyReader : BodyReader
{
    private static readonly FigurePaths OpenAINames = new("prompt_tokens", "completion_tokens");

    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        var scan = BodyScan.Of(body, "usage"u8, reading);
        if (scan.Usage.IsEmpty)
        {
            return default;
        }
        var usage = new AnthropicUsage();
        var reader = new Utf8JsonReader(scan.Usage, Json);
        reader.Read();
        usage.Read(ref reader, reading);
        usage.Commit(reading);
        NoteOtherNames(scan.Usage, reading);
        // Null at the start of a stream alone, where the output is not yet known.
        if (scan.IsWhole && BodyScan.Member(body, "stop_reason"u8).SequenceEqual("null"u8))
        {
            reading.AddViolation("the answer has not ended");
        }
        return default;
    }

    private static void NoteOtherNames(ReadOnlySpan<byte> usage, UsageReading reading)
    {
        Span<long> found = stackalloc long[OpenAINames.Count];
        OpenAINames.Read(usage, found, reading);
        if (reading.HasUsage && (found[0] > reading.Usage.InputTokens || found[1] > reading.Usage.OutputTokens))
        {
            reading.AddViolation("the tokens are stated by two names, and differ");
        }
    }
}
