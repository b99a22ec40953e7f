using System.Text.Json;

namespace Purser.Providers.Gemini;

/// <summary>
/// A list of <c>{"modality","tokenCount"}</c>. Pages of documents are seen as images. What a count has beyond its details is text.
/// </summary>
internal struct ModalityCounts
{
    private long text;

    public long Audio;
    public long Image;
    public long Video;

    /// <summary>Whether there was a list.</summary>
    public bool IsStated;

    /// <summary>All that isn't text.</summary>
    public readonly long Other => Audio + Image + Video;

    /// <summary>What all modalities sum to.</summary>
    public readonly long Sum => text + Other;

    /// <summary>Reads the value that the reader is on, to its end.</summary>
    public static ModalityCounts Read(ref Utf8JsonReader reader, UsageReading reading)
    {
        var counts = default(ModalityCounts);
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            if (reader.TokenType != JsonTokenType.Null)
            {
                reading.AddViolation("a part of the usage is no list");
            }
            reader.Skip();
            return counts;
        }
        counts.IsStated = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                counts.Add(ref reader, reading);
            }
            else
            {
                reading.AddViolation("a modality of the usage is no object");
                reader.Skip();
            }
        }
        return counts;
    }

    private void Add(ref Utf8JsonReader reader, UsageReading reading)
    {
        string? modality = null;
        var count = 0L;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("modality"u8))
            {
                reader.Read();
                modality = ReadModality(ref reader);
            }
            else if (reader.ValueTextEquals("tokenCount"u8))
            {
                reader.Read();
                count = JsonReading.Count(ref reader, reading) ?? 0;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        switch (modality)
        {
            case "TEXT":
                text += count;
                break;
            case "AUDIO":
                Audio += count;
                break;
            case "IMAGE" or "DOCUMENT":
                Image += count;
                break;
            case "VIDEO":
                Video += count;
                break;
            default:
                if (count > 0)
                {
                    reading.AddViolation("the price book has no class for a modality of the usage");
                }
                break;
        }
    }

    // The known ones without an allocation.
    private static string? ReadModality(ref Utf8JsonReader reader) =>
        reader.TokenType != JsonTokenType.String ? JsonReading.Text(ref reader, null)
        : reader.ValueTextEquals("TEXT"u8) ? "TEXT"
        : reader.ValueTextEquals("AUDIO"u8) ? "AUDIO"
        : reader.ValueTextEquals("IMAGE"u8) ? "IMAGE"
        : reader.ValueTextEquals("DOCUMENT"u8) ? "DOCUMENT"
        : reader.ValueTextEquals("VIDEO"u8) ? "VIDEO"
        : null;
}
