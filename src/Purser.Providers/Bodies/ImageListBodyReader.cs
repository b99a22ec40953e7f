using System.Text.Json;
using Purser.Core.Usage;

namespace Purser.Providers.Bodies;

/// <summary>Whole answers that list the images they made, where each has the model's fee, or that of its size and quality.</summary>
internal sealed class ImageListBodyReader : BodyReader
{
    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        reading.ServedModel = BodyScan.Text(body, "model"u8);
        Count(body, reading);
        return default;
    }

    /// <summary>Counts the images of an answer into a reading.</summary>
    internal static void Count(ReadOnlySpan<byte> body, UsageReading reading)
    {
        var list = BodyScan.Member(body, "data"u8);
        list = list.IsEmpty ? BodyScan.Member(body, "predictions"u8) : list;
        if (list is not [(byte)'[', ..])
        {
            reading.AddViolation("the answer lists no images");
            return;
        }
        var images = 0L;
        var reader = new Utf8JsonReader(list, Json);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var item = list[start..(int)reader.BytesConsumed];
            if (IsImage(item))
            {
                images++;
            }
            else if (item is not [(byte)'{', ..] || BodyScan.Member(item, "raiFilteredReason"u8).IsEmpty)
            {
                reading.AddViolation("an item of the answer is no image, and none that was filtered out");
            }
        }
        var usage = default(TokenUsage);
        usage[UsageClass.GeneratedImage] = images;
        Set(reading, usage);
    }

    // What was filtered out has a reason in its place, and isn't billed.
    private static bool IsImage(ReadOnlySpan<byte> item) =>
        item is [(byte)'{', ..]
        && (
            BodyScan.Member(item, "url"u8) is [(byte)'"', ..]
            || BodyScan.Member(item, "b64_json"u8) is [(byte)'"', ..]
            || BodyScan.Member(item, "bytesBase64Encoded"u8) is [(byte)'"', ..]
            || BodyScan.Member(item, "gcsUri"u8) is [(byte)'"', ..]
        );
}
