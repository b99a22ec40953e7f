using System.Text.Json;
using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.Gemini;

/// <summary>
/// The <c>usageMetadata</c> of Gemini's API and of Vertex. Cached tokens are inside the prompt's; what tools put into the prompt is outside it,
/// and so are thoughts outside the candidates'.
/// </summary>
internal struct GeminiUsage
{
    private long? prompt;
    private long? candidates;

    // What live sessions say for candidates.
    private long? response;
    private long? thoughts;
    private long? tools;
    private long? cached;
    private long? total;
    private ModalityCounts promptParts;
    private ModalityCounts toolParts;
    private ModalityCounts cachedParts;
    private ModalityCounts candidateParts;

    /// <summary>Reads an object.</summary>
    public static GeminiUsage Read(ReadOnlySpan<byte> json, UsageReading reading)
    {
        var usage = default(GeminiUsage);
        var reader = new Utf8JsonReader(json, BodyReader.Json);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (!usage.TryCount(ref reader, reading) && !usage.TryParts(ref reader, reading))
            {
                ReadTier(ref reader, reading);
            }
        }
        return usage;
    }

    /// <summary>Splits the figures into disjoint classes; video input is apart, for what it is billed as depends on the price. False where it can't be done.</summary>
    public readonly bool TrySplit(UsageReading reading, out TokenUsage usage, out VideoInput video)
    {
        (usage, video) = (default, default);
        if (prompt is not { } promptTokens)
        {
            reading.AddViolation("the usage lacks promptTokenCount");
            return false;
        }
        var toolTokens = tools ?? 0;
        var output = candidates ?? response ?? 0;
        if ((response ?? output) != output)
        {
            reading.AddViolation("the tokens are stated by two names, and differ");
        }
        var thought = thoughts ?? 0;
        var read = cached ?? 0;
        if (total is { } all && all != promptTokens + toolTokens + output + thought)
        {
            reading.AddViolation("the total tokens are not the sum of their parts");
        }
        if (promptParts.Sum > promptTokens || toolParts.Sum > toolTokens || cachedParts.Sum > read || candidateParts.Sum > output)
        {
            reading.AddViolation("the tokens by modality exceed their sum");
            return false;
        }
        reading.CachedTextOrAudio = 0;
        if (!TryCached(promptTokens, reading, out var cachedAudio, out var cachedImage, out var cachedVideo))
        {
            return false;
        }
        var cachedText = read - cachedAudio - cachedImage - cachedVideo;
        usage[UsageClass.Input] = promptTokens - promptParts.Other - cachedText + toolTokens - toolParts.Other;
        usage[UsageClass.CacheRead] = cachedText;
        usage[UsageClass.AudioInput] = promptParts.Audio - cachedAudio + toolParts.Audio;
        usage[UsageClass.AudioCacheRead] = cachedAudio;
        usage[UsageClass.ImageInput] = promptParts.Image - cachedImage + toolParts.Image;
        usage[UsageClass.ImageCacheRead] = cachedImage;
        usage[UsageClass.Output] = output - candidateParts.Other;
        usage[UsageClass.AudioOutput] = candidateParts.Audio;
        usage[UsageClass.ImageOutput] = candidateParts.Image;
        usage[UsageClass.VideoOutput] = candidateParts.Video;
        usage[UsageClass.ReasoningOutput] = thought;
        video = new VideoInput(promptParts.Video - cachedVideo + toolParts.Video, cachedVideo);
        return true;
    }

    private readonly bool TryCached(long promptTokens, UsageReading reading, out long audio, out long image, out long video)
    {
        (audio, image, video) = (cachedParts.Audio, cachedParts.Image, cachedParts.Video);
        var read = cached ?? 0;
        if (read > promptTokens)
        {
            reading.AddViolation("the cached tokens exceed the prompt tokens");
            return false;
        }
        var text = promptTokens - promptParts.Other;
        if (!cachedParts.IsStated && read > 0 && promptParts.Other > 0)
        {
            // Text, images and video have one rate. Whether audio has another is the price's business: it comes last.
            image = Math.Min(promptParts.Image, Math.Max(0, read - text));
            video = Math.Min(promptParts.Video, Math.Max(0, read - text - image));
            audio = Math.Max(0, read - text - image - video);
            var unknown = Math.Min(read, promptParts.Audio) - audio;
            reading.CachedTextOrAudio = Math.Min(unknown, Math.Min(read, text));
            if (reading.CachedTextOrAudio == 0 && unknown > 0)
            {
                reading.AddViolation("the cached tokens are not split by modality, and audio may have a rate of its own");
                return false;
            }
        }
        if (audio > promptParts.Audio || image > promptParts.Image || video > promptParts.Video || read - audio - image - video > text)
        {
            reading.AddViolation("the cached tokens of a modality exceed its prompt tokens");
            return false;
        }
        return true;
    }

    private bool TryCount(ref Utf8JsonReader reader, UsageReading reading)
    {
        ref var count = ref prompt;
        if (reader.ValueTextEquals("promptTokenCount"u8)) { }
        else if (reader.ValueTextEquals("candidatesTokenCount"u8))
        {
            count = ref candidates;
        }
        else if (reader.ValueTextEquals("responseTokenCount"u8))
        {
            count = ref response;
        }
        else if (reader.ValueTextEquals("thoughtsTokenCount"u8))
        {
            count = ref thoughts;
        }
        else if (reader.ValueTextEquals("toolUsePromptTokenCount"u8))
        {
            count = ref tools;
        }
        else if (reader.ValueTextEquals("cachedContentTokenCount"u8))
        {
            count = ref cached;
        }
        else if (reader.ValueTextEquals("totalTokenCount"u8))
        {
            count = ref total;
        }
        else
        {
            return false;
        }
        reader.Read();
        count = JsonReading.Count(ref reader, reading);
        return true;
    }

    private bool TryParts(ref Utf8JsonReader reader, UsageReading reading)
    {
        ref var parts = ref promptParts;
        // Embeddings have the second name.
        if (reader.ValueTextEquals("promptTokensDetails"u8) || reader.ValueTextEquals("promptTokenDetails"u8)) { }
        else if (reader.ValueTextEquals("toolUsePromptTokensDetails"u8))
        {
            parts = ref toolParts;
        }
        else if (reader.ValueTextEquals("cacheTokensDetails"u8))
        {
            parts = ref cachedParts;
        }
        else if (reader.ValueTextEquals("candidatesTokensDetails"u8) || reader.ValueTextEquals("responseTokensDetails"u8))
        {
            parts = ref candidateParts;
        }
        else
        {
            return false;
        }
        reader.Read();
        var stated = ModalityCounts.Read(ref reader, reading);
        parts = stated.IsStated ? stated : parts;
        return true;
    }

    private static void ReadTier(ref Utf8JsonReader reader, UsageReading reading)
    {
        if (reader.ValueTextEquals("trafficType"u8))
        {
            reader.Read();
            reading.ServiceTier = JsonReading.Term(ref reader, null, reading) switch
            {
                null or "ON_DEMAND" or "TRAFFIC_TYPE_UNSPECIFIED" => reading.ServiceTier,
                "ON_DEMAND_PRIORITY" => "priority",
                "ON_DEMAND_FLEX" => "flex",
                "PROVISIONED_THROUGHPUT" => "provisioned_throughput",
                var other => other,
            };
        }
        else if (reader.ValueTextEquals("serviceTier"u8))
        {
            reader.Read();
            var tier = JsonReading.Term(ref reader, null, reading)?.ToLowerInvariant();
            reading.ServiceTier = tier is null or "unspecified" or "service_tier_unspecified" ? reading.ServiceTier : tier;
        }
        else
        {
            reader.Read();
            reader.Skip();
        }
    }
}
