using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.OpenAI;

/// <summary>OpenAI's images, speech, transcriptions and realtime: tokens by modality, cached ones inside them.</summary>
/// <param name="api">Which of them: they differ in what a count without details means.</param>
internal sealed class ModalityBodyReader(ModalityApi api) : BodyReader
{
    // Images and speech say "tokens_details", realtime and transcription "token_details".
    private static readonly FigurePaths Plural = Named("input_tokens_details", "output_tokens_details");
    private static readonly FigurePaths Singular = Named("input_token_details", "output_token_details");

    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        // {"type":"response.done","response":{"usage":{}}}
        var response = api == ModalityApi.Realtime ? BodyScan.Member(body, "response"u8) : default;
        var scan = BodyScan.Of(response is [(byte)'{', ..] ? response : body, "usage"u8, reading);
        // dall-e's answers have none: its images cost by their size and quality, which the request says.
        if (api == ModalityApi.Images && !scan.IsWhole && BodyScan.Member(body, "data"u8) is [(byte)'[', ..])
        {
            ImageListBodyReader.Count(body, reading);
            return default;
        }
        if (scan.Usage.IsEmpty)
        {
            return default;
        }
        var paths = api == ModalityApi.Images ? Plural : Singular;
        Span<long> found = stackalloc long[paths.Count];
        paths.Read(scan.Usage, found, reading);
        var type = api == ModalityApi.Audio ? BodyScan.Text(scan.Usage, "type"u8) : null;
        if (type == "duration")
        {
            SetSeconds(BodyScan.Member(scan.Usage, "seconds"u8), reading);
            return default;
        }
        var isTranscription = type is not null;
        var (input, output, total) = (found[0], found[1], found[2]);
        if (input < 0 || output < 0)
        {
            if (reading.Violation is null)
            {
                reading.AddViolation("the usage lacks input_tokens or output_tokens");
            }
            return default;
        }
        if (total >= 0 && total != input + output)
        {
            reading.AddViolation("the total tokens are not the sum of input and output tokens");
        }
        var usage = default(TokenUsage);
        // Speech is made from text; its usage has no details.
        var isSpeech = api == ModalityApi.Audio && !isTranscription && HasNone(found[3..6]);
        if (TryParts(found[3..6], input, isSpeech ? 0 : null, reading) && TryCached(found[6..10], found[3..6], reading))
        {
            SetInput(found, ref usage);
            if (TryParts(found[10..13], output, Alone(isSpeech), reading))
            {
                SetOutput(found[10..13], ref usage);
                Set(reading, usage);
            }
        }
        return default;
    }

    private static FigurePaths Named(string input, string output) =>
        new(
            "input_tokens",
            "output_tokens",
            "total_tokens",
            $"{input}.text_tokens",
            $"{input}.audio_tokens",
            $"{input}.image_tokens",
            $"{input}.cached_tokens_details.text_tokens",
            $"{input}.cached_tokens_details.audio_tokens",
            $"{input}.cached_tokens_details.image_tokens",
            $"{input}.cached_tokens",
            $"{output}.text_tokens",
            $"{output}.audio_tokens",
            $"{output}.image_tokens"
        );

    // {"type":"duration","seconds":12}
    private static void SetSeconds(ReadOnlySpan<byte> seconds, UsageReading reading)
    {
        if (seconds is not [>= (byte)'0' and <= (byte)'9' or (byte)'-', ..])
        {
            reading.AddViolation("the usage lacks the seconds of audio");
            return;
        }
        var usage = default(TokenUsage);
        usage[UsageClass.AudioSecond] = AudioSeconds.Read(seconds, reading);
        Set(reading, usage);
    }

    // Which modality an output without details is: text 0, audio 1, image 2.
    private int? Alone(bool isSpeech) =>
        api switch
        {
            ModalityApi.Images => 2,
            ModalityApi.Audio => isSpeech ? 1 : 0,
            _ => null,
        };

    private static bool HasNone(ReadOnlySpan<long> parts) => !parts.ContainsAnyExcept(FigurePaths.Absent);

    private static bool TryParts(Span<long> parts, long sum, int? alone, UsageReading reading)
    {
        var hasNone = HasNone(parts);
        for (var index = 0; index < parts.Length; index++)
        {
            parts[index] = Math.Max(0, parts[index]);
        }
        if (hasNone && alone is { } only)
        {
            parts[only] = sum;
        }
        if (parts[0] + parts[1] + parts[2] == sum)
        {
            return true;
        }
        reading.AddViolation(hasNone ? "the tokens are not split by modality" : "the tokens by modality are not their sum");
        return false;
    }

    private static bool TryCached(Span<long> cached, ReadOnlySpan<long> parts, UsageReading reading)
    {
        var sum = Math.Max(0, cached[3]);
        var hasNone = HasNone(cached[..3]);
        for (var index = 0; index < 3; index++)
        {
            // Where all of the input is of one modality, so is the cached part.
            var isAll = hasNone && parts[index] == parts[0] + parts[1] + parts[2];
            cached[index] = isAll ? Math.Min(sum, parts[index]) : Math.Max(0, cached[index]);
            sum -= cached[index];
            if (cached[index] > parts[index])
            {
                reading.AddViolation("the cached tokens of a modality exceed its tokens");
                return false;
            }
        }
        if (sum == 0 || (cached[3] < 0 && !hasNone))
        {
            return true;
        }
        reading.AddViolation(
            hasNone ? "the cached tokens are not split by modality, or exceed the input" : "the cached tokens by modality are not their sum"
        );
        return false;
    }

    private static void SetInput(ReadOnlySpan<long> found, ref TokenUsage usage)
    {
        usage[UsageClass.Input] = found[3] - found[6];
        usage[UsageClass.CacheRead] = found[6];
        usage[UsageClass.AudioInput] = found[4] - found[7];
        usage[UsageClass.AudioCacheRead] = found[7];
        usage[UsageClass.ImageInput] = found[5] - found[8];
        usage[UsageClass.ImageCacheRead] = found[8];
    }

    private static void SetOutput(ReadOnlySpan<long> parts, ref TokenUsage usage)
    {
        usage[UsageClass.Output] = parts[0];
        usage[UsageClass.AudioOutput] = parts[1];
        usage[UsageClass.ImageOutput] = parts[2];
    }
}

/// <summary>Which of OpenAI's APIs by modality.</summary>
internal enum ModalityApi
{
    /// <summary>Images: output without details is all image.</summary>
    Images,

    /// <summary>Speech (text in, audio out) and transcriptions (a <c>type</c>, details of the input, text out).</summary>
    Audio,

    /// <summary>Realtime: always split.</summary>
    Realtime,
}
