using System.Globalization;
using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.OpenAI;

/// <summary>
/// OpenAI's videos: <c>{"object":"video","model":"sora-2-pro","status":"completed","seconds":"8","size":"1280x720"}</c>. They cost by the second and
/// the size.
/// </summary>
internal sealed class VideoBodyReader : BodyReader
{
    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        if (RepeatedMembers.In(body))
        {
            reading.AddViolation("a member of the video is there twice");
        }
        reading.ServedModel = BodyScan.Text(body, "model"u8);
        reading.Variant = BodyScan.Text(body, "size"u8);
        if (BodyScan.Text(body, "status"u8) != "completed")
        {
            reading.AddViolation("the video isn't completed, and no source says what one costs that isn't");
            return default;
        }
        // The API writes a count in a string.
        if (
            !long.TryParse(BodyScan.Text(body, "seconds"u8), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds is 0 or > UsageReading.MaxCount
        )
        {
            reading.AddViolation("the video doesn't say its seconds");
            return default;
        }
        var usage = default(TokenUsage);
        usage[UsageClass.VideoSecond] = seconds;
        Set(reading, usage);
        return default;
    }
}
