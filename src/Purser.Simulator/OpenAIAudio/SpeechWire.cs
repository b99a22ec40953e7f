using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Http;
using Purser.Simulator.OpenAI;
using Purser.Simulator.Record;
using Purser.Simulator.Requests;

namespace Purser.Simulator.OpenAIAudio;

/// <summary>
/// The format of OpenAI's speech: the sound as it is, or as events that end with the usage. Models named <c>tts-1…</c> are billed by the character.
/// It is silence: whole frames in <c>mp3</c>, samples in <c>wav</c> and <c>pcm</c>, and no real sound in other formats.
/// </summary>
internal sealed class SpeechWire : OpenAIWire
{
    /// <summary>How many tokens of sound a token of text takes.</summary>
    public const int TokensAToken = 5;

    // 24 ms of MP3 at 32 kbit/s and 24 kHz: a header, and a body without sound.
    private static readonly byte[] Mp3Header = [0xFF, 0xF3, 0x44, 0xC4];
    private const int Mp3Frame = 96;

    // A token lasts 24 ms; samples are 16 bits at 24 kHz.
    private const int PcmBytes = 1152;

    private bool isEvents;
    private string format = "mp3";

    public override ulong Seed => 22;

    public override string StreamContentType =>
        isEvents
            ? base.StreamContentType
            : format switch
            {
                "mp3" => "audio/mpeg",
                "pcm" => "audio/pcm",
                _ => "audio/" + format,
            };

    public override PromptUsage Meter(PromptCache cache, ChatRequest request) => new(request.PromptTokens, 0, 0, 0);

    // An answer has no id.
    public override string NewId(ref SeededRandom random) => "";

    public override ChatRequest? Read(RequestBody body, out RequestError? error)
    {
        try
        {
            return Read(body, Json.Parse(body.Reader()), out error);
        }
        catch (JsonException)
        {
            error = OpenAIErrors.NotJson;
            return null;
        }
    }

    // An answer is always a stream.
    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        foreach (var _ in Stream(to, exchange)) { }
    }

    public override IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange)
    {
        var tokens = exchange.Request.Media!.OutputTokens!.Value;
        WriteStart(to, tokens);
        for (var i = 0; i < tokens; i++)
        {
            WriteToken(to);
            yield return new Frame(exchange.OutputTokens > 0 ? 1 : 0);
        }

        yield return Frame.Last;
        if (isEvents)
        {
            WriteDone(to, exchange);
        }

        yield return Frame.Free;
    }

    public override void WriteStreamError(OutputBuffer to, Exchange exchange)
    {
        // Sound can't tell an error: it just ends.
        if (isEvents)
        {
            base.WriteStreamError(to, exchange);
        }
    }

    public override void WriteGarbageEvent(OutputBuffer to) =>
        to.Add(isEvents ? "data: {\"type\":\"speech.au<html>502 Bad Gateway</html>\n\n"u8 : "<html>502 Bad Gateway</html>"u8);

    private void WriteStart(OutputBuffer to, int tokens)
    {
        if (isEvents || format != "wav")
        {
            return;
        }

        var header = new byte[44];
        "RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), 36 + tokens * PcmBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(24), 24_000);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(28), 48_000);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(34), 16);
        "data"u8.CopyTo(header.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(40), tokens * PcmBytes);
        to.Add(header);
    }

    private void WriteToken(OutputBuffer to)
    {
        var sound = new byte[format is "wav" or "pcm" ? PcmBytes : Mp3Frame];
        if (format is not ("wav" or "pcm"))
        {
            Mp3Header.CopyTo(sound, 0);
        }

        if (!isEvents)
        {
            to.Add(sound);
            return;
        }

        to.Add("data: {\"type\":\"speech.audio.delta\",\"audio\":\""u8).AddAscii(Convert.ToBase64String(sound)).Add("\"}\n\n"u8);
    }

    private static void WriteDone(OutputBuffer to, Exchange exchange)
    {
        to.Add("data: {\"type\":\"speech.audio.done\""u8);
        if (exchange.SaysUsage)
        {
            var (prompt, output) = (exchange.Prompt.Total, exchange.OutputTokens);
            to.Add(",\"usage\":{\"input_tokens\":"u8).Add(prompt).Add(",\"output_tokens\":"u8).Add(output);
            to.Add(",\"total_tokens\":"u8).Add(prompt + output).Add("}"u8);
        }

        to.Add("}\n\n"u8);
    }

    private ChatRequest? Read(RequestBody body, JsonElement asked, out RequestError? error)
    {
        var (name, input) = (body.Model ?? Json.Text(asked, "model"), Json.Text(asked, "input"));
        isEvents = Json.Text(asked, "stream_format") == "sse";
        format = Json.Text(asked, "response_format") ?? "mp3";
        var isOld = name?.StartsWith("tts-1", StringComparison.Ordinal) == true;
        error =
            name is null or "" ? OpenAIErrors.MissingModel
            : input is null or "" ? OpenAIErrors.MissingParameter("input")
            : Json.Get(asked, "voice") is null ? OpenAIErrors.MissingParameter("voice")
            : format is not ("mp3" or "opus" or "aac" or "flac" or "wav" or "pcm")
                ? new RequestError(
                    400,
                    "invalid_request_error",
                    $"Invalid value: '{format}'. Supported values are: 'mp3', 'opus', 'aac', 'flac', 'wav', and 'pcm'.",
                    "response_format",
                    "invalid_value"
                )
            : isOld && isEvents
                ? new RequestError(
                    400,
                    "invalid_request_error",
                    "SSE is not supported for tts-1 or tts-1-hd.",
                    "stream_format",
                    "unsupported_value"
                )
            : null;
        var facts = error is null ? body.Models.Get(name!) : null;
        error ??= facts!.Exists ? null : OpenAIErrors.NoSuchModel(name!);
        if (error is not null)
        {
            return null;
        }

        var meter = body.Meter(facts!, steps: false);
        var text = Encoding.UTF8.GetBytes(input!);
        meter.Add(text);
        meter.Add(Encoding.UTF8.GetBytes(Json.Text(asked, "instructions") ?? ""));
        return new ChatRequest
        {
            Model = facts!,
            Stream = true,
            Choices = isOld ? 0 : 1,
            ServiceTier = "default",
            PromptTokens = isOld ? 0 : meter.Tokens,
            Units = isOld ? new BilledUnits("characters", input!.EnumerateRunes().Count()) : null,
            Media = new MediaRequest(format, "audio", (int)meter.Tokens * TokensAToken),
            Marker = PromptText.Marker(text),
        };
    }
}
