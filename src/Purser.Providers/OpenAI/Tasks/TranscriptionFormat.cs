using Purser.Core.Pricing;
using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.OpenAI.Tasks;

/// <summary>
/// Transcriptions and translations of audio. How long it is, the request doesn't say: its bytes bound it, at the lowest rate that a codec of the
/// formats taken has. Answers in tokens or by time state what they used; plain texts and subtitles don't, and cost what was held.
/// </summary>
/// <param name="isTranslation">Whether the text is in English whatever is spoken.</param>
/// <param name="vendor">Whose usage is read.</param>
public sealed class TranscriptionFormat(bool isTranslation, string vendor = "openai")
    : OpenAITask(
        isTranslation ? "translations" : "transcriptions",
        isTranslation ? "/audio/translations" : "/audio/transcriptions",
        vendor,
        "audio"
    )
{
    // 6 kbit/s: Opus has none lower, and MP3, AAC, FLAC and WAV are above.
    private const long LeastBytesPerSecond = 750;

    // OpenAI's fastest model counts ten tokens a second of audio; twice that.
    private const long AudioTokensPerSecond = 20;

    // Nobody speaks so fast: five words a second are seven tokens.
    private const long TextTokensPerSecond = 10;

    // The frame of an answer.
    private const long LeastTextTokens = 256;

    private static readonly string[] Fields = ["model", "file", "url", "file_url", "file_id", "stream", "prompt", "response_format"];

    private protected override IReadOnlyList<string> EndTypes => ["transcript.text.done"];

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default)
    {
        var result = FormFacts.Read(body.Span, target, Fields, ReadPart);
        if (result.Facts is not { } facts)
        {
            return result;
        }
        if (facts.NonTextParts == 0)
        {
            return new UnderstandResult(null, FormFacts.Invalid("file", "a file of audio"));
        }
        var seconds = (facts.FileBytes + LeastBytesPerSecond - 1) / LeastBytesPerSecond;
        facts.Pieces = new PieceBounds { AudioSeconds = Math.Max(1, seconds) };
        facts.MaxInputTokens = (seconds * AudioTokensPerSecond) + facts.TextBytes + LeastTextTokens;
        facts.MaxOutputTokens = (seconds * TextTokensPerSecond) + LeastTextTokens;
        return result;
    }

    private static RequestFault? ReadPart(RequestFacts facts, FormPart part, string? text)
    {
        switch (part.Name)
        {
            case "url" or "file_url" or "file_id":
                return new RequestFault(
                    RequestFaults.Unsupported,
                    "How long audio is that the provider fetches itself isn't in the request, so it can't be priced. Send the file.",
                    part.Name
                );
            case "stream":
                facts.Stream = text is not ("false" or "False" or "0" or "");
                break;
            default:
                break;
        }
        if (part.IsFile)
        {
            facts.NonTextParts++;
            facts.FileBytes += part.Content.Length;
        }
        else
        {
            facts.TextBytes += part.Content.Length;
        }
        return null;
    }

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading)
    {
        // A plain text, or subtitles: an answer, which doesn't say what it used.
        if (body.TrimStart(" \t\r\n"u8) is not [(byte)'{', ..])
        {
            reading.MayThinkUnseen = false;
            return !body.IsEmpty;
        }
        return base.ReadResponse(body, reading);
    }

    internal override void ReadFigures(ReadOnlySpan<byte> body, UsageReading reading)
    {
        if (BodyScan.Member(body, "usage"u8) is [(byte)'{', ..])
        {
            base.ReadFigures(body, reading);
            return;
        }
        // Servers that state no usage say how long the audio was, where they are asked for a verbose answer.
        var duration = BodyScan.Member(body, "duration"u8);
        if (duration is [>= (byte)'0' and <= (byte)'9', ..] && AudioSeconds.Read(duration, reading) is > 0 and var seconds)
        {
            var usage = default(TokenUsage);
            usage[UsageClass.AudioSecond] = seconds;
            reading.Usage = usage;
            reading.HasUsage = true;
        }
    }
}
