using Purser.Providers.Bodies;

namespace Purser.Providers.OpenAI;

/// <summary>OpenAI's moderations. They count nothing, and only a price that says <c>free: true</c> prices them.</summary>
internal sealed class ModerationBodyReader : BodyReader
{
    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        // There is no such member: what the body names is taken over.
        BodyScan.Of(body, "usage"u8, reading);
        if (BodyScan.Member(body, "results"u8) is not [(byte)'[', ..])
        {
            reading.AddViolation("this is no answer of the moderations");
            return default;
        }
        reading.CountsNothing = true;
        Set(reading, default);
        return default;
    }
}
