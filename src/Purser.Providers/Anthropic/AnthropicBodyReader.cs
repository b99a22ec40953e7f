using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.Anthropic;

/// <summary>Anthropic's messages, at Anthropic or at a host, whole or their usage alone.</summary>
internal sealed class AnthropicBodyReader : BodyReader
{
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
        return default;
    }
}
