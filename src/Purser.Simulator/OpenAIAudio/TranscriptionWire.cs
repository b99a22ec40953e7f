using System.Globalization;
using System.Text;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Http;
using Purser.Simulator.OpenAI;
using Purser.Simulator.Record;
using Purser.Simulator.Requests;

namespace Purser.Simulator.OpenAIAudio;

/// <summary>
/// The format of OpenAI's transcriptions and translations. Models named <c>whisper…</c> are billed by the second, others by tokens: those of the sound
/// and of the prompt, and those of the text.
/// </summary>
/// <param name="translates">Whether the text is to be English.</param>
/// <param name="contentType">The type of the request's body.</param>
internal sealed class TranscriptionWire(bool translates, string? contentType) : OpenAIWire
{
    private bool isText;

    public override ulong Seed => translates ? 24UL : 23UL;

    // Errors are JSON, whatever the answer is asked to be.
    public override string ContentType => isText ? "text/plain; charset=utf-8" : base.ContentType;

    public override PromptUsage Meter(PromptCache cache, ChatRequest request) => new(request.PromptTokens, 0, 0, 0);

    // An answer has no id.
    public override string NewId(ref SeededRandom random) => "";

    public override ChatRequest? Read(RequestBody body, out RequestError? error)
    {
        var form = MultipartForm.Parse(contentType, body.Bytes);
        if (form is null)
        {
            error = new RequestError(400, "invalid_request_error", "Could not parse multipart form");
            return null;
        }

        return Read(body, form, out error);
    }

    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        var (media, answer) = (exchange.Request.Media!, exchange.Answers[0]);
        isText = media.Format is "text" or "srt" or "vtt";
        switch (media.Format)
        {
            case "text":
                to.Add(answer.Text).Add("\n"u8);
                break;
            case "srt":
                to.Add("1\n00:00:00,000 --> "u8).AddAscii(Time(media.Seconds, ',')).Add("\n"u8).Add(answer.Text).Add("\n\n"u8);
                break;
            case "vtt":
                to.Add("WEBVTT\n\n00:00:00.000 --> "u8).AddAscii(Time(media.Seconds, '.')).Add("\n"u8).Add(answer.Text).Add("\n\n"u8);
                break;
            case "verbose_json":
                WriteVerbose(to, exchange, answer);
                break;
            default:
                to.Add("{\"text\":\""u8).AddJsonInner(answer.Text).Add("\""u8);
                WriteUsage(to, exchange);
                to.Add("}"u8);
                break;
        }
    }

    public override IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange)
    {
        var answer = exchange.Answers[0];
        for (var position = 0; position < answer.Text.Length; )
        {
            position += WriteDelta(to, answer, answer.Text.AsSpan(position), out var tokens);
            yield return new Frame(tokens);
        }

        yield return Frame.Last;
        to.Add("data: {\"type\":\"transcript.text.done\",\"text\":\""u8).AddJsonInner(answer.Text).Add("\""u8);
        WriteUsage(to, exchange);
        to.Add("}\n\ndata: [DONE]\n\n"u8);
        yield return Frame.Free;
    }

    public override void WriteGarbageEvent(OutputBuffer to) => to.Add("data: {\"type\":\"transcript.te<html>502 Bad Gateway</html>\n\n"u8);

    private static int WriteDelta(OutputBuffer to, Answer answer, ReadOnlySpan<byte> rest, out int tokens)
    {
        var length = answer.NextPiece(rest, out tokens);
        to.Add("data: {\"type\":\"transcript.text.delta\",\"delta\":\""u8).AddJsonInner(rest[..length]).Add("\"}\n\n"u8);
        return length;
    }

    private void WriteVerbose(OutputBuffer to, Exchange exchange, Answer answer)
    {
        var media = exchange.Request.Media!;
        to.Add("{\"task\":\""u8).Add(translates ? "translate"u8 : "transcribe"u8).Add("\",\"language\":\"english\",\"duration\":"u8);
        to.AddAscii(Number(media.Seconds)).Add(",\"text\":\""u8).AddJsonInner(answer.Text).Add("\""u8);
        if (media.TimesWords)
        {
            WriteWords(to.Add(",\"words\":["u8), Encoding.ASCII.GetString(answer.Text).Split(' '), media.Seconds);
        }
        else
        {
            to.Add(",\"segments\":[{\"id\":0,\"seek\":0,\"start\":0.0,\"end\":"u8).AddAscii(Number(media.Seconds)).Add(",\"text\":\" "u8);
            to.AddJsonInner(answer.Text).Add("\",\"tokens\":[50364,50464],\"temperature\":0.0,\"avg_logprob\":-0.25,"u8);
            to.Add("\"compression_ratio\":1.0,\"no_speech_prob\":0.01}"u8);
        }

        to.Add("]"u8);
        WriteUsage(to, exchange);
        to.Add("}"u8);
    }

    private static void WriteWords(OutputBuffer to, string[] words, double seconds)
    {
        for (var i = 0; i < words.Length; i++)
        {
            to.Add(i == 0 ? ""u8 : ","u8).Add("{\"word\":"u8).AddJson(words[i]).Add(",\"start\":"u8);
            to.AddAscii(Number(seconds * i / words.Length))
                .Add(",\"end\":"u8)
                .AddAscii(Number(seconds * (i + 1) / words.Length))
                .Add("}"u8);
        }
    }

    private static void WriteUsage(OutputBuffer to, Exchange exchange)
    {
        if (!exchange.SaysUsage)
        {
            return;
        }

        if (exchange.Request.Units is { } units)
        {
            to.Add(",\"usage\":{\"type\":\"duration\",\"seconds\":"u8).Add(units.Count).Add("}"u8);
            return;
        }

        var (prompt, output, tokens) = (exchange.Prompt.Total, exchange.OutputTokens, exchange.Request.Modalities!);
        to.Add(",\"usage\":{\"type\":\"tokens\",\"total_tokens\":"u8).Add(prompt + output).Add(",\"input_tokens\":"u8).Add(prompt);
        to.Add(",\"input_token_details\":{\"text_tokens\":"u8).Add(tokens[0]).Add(",\"audio_tokens\":"u8).Add(tokens[2]);
        to.Add("},\"output_tokens\":"u8).Add(output).Add("}"u8);
    }

    private static ChatRequest? Read(RequestBody body, MultipartForm form, out RequestError? error)
    {
        var name = body.Model ?? form.Text("model");
        var file = form.Files.FirstOrDefault(part => part.Name == "file");
        var format = form.Text("response_format") ?? "json";
        var isWhisper = name?.StartsWith("whisper", StringComparison.Ordinal) == true;
        error =
            name is null or "" ? OpenAIErrors.MissingModel
            : file is null ? OpenAIErrors.MissingParameter("file")
            : format is "json" || isWhisper && format is "text" or "srt" or "vtt" or "verbose_json" ? null
            : new RequestError(
                400,
                "invalid_request_error",
                $"response_format '{format}' is not compatible with model '{name}'. Use 'json' or 'text' instead.",
                "response_format",
                "unsupported_value"
            );
        var facts = error is null ? body.Models.Get(name!) : null;
        error ??= facts!.Exists ? null : OpenAIErrors.NoSuchModel(name!);
        if (error is not null)
        {
            return null;
        }

        var (meter, tokens, seconds) = (body.Meter(facts!, steps: false), new ModalityTokens(), Sound.Seconds(file!.Content));
        var prompt = Encoding.UTF8.GetBytes(form.Text("prompt") ?? "");
        meter.Add(prompt);
        tokens.AddText(meter.Tokens);
        var sound = (int)Math.Ceiling(seconds * Sound.TokensASecond);
        meter.AddFlat(sound, file.Content);
        tokens.AddFile("audio/", sound);
        return new ChatRequest
        {
            Model = facts!,
            Stream = form.IsTrue("stream") && !isWhisper,
            ServiceTier = "default",
            PromptTokens = isWhisper ? 0 : meter.Tokens,
            Modalities = tokens,
            Units = isWhisper ? new BilledUnits("seconds", (long)Math.Ceiling(seconds)) : null,
            Media = new MediaRequest(format, "text", null)
            {
                Seconds = seconds,
                TimesWords = form.Texts("timestamp_granularities").Contains("word"),
            },
            Marker = PromptText.Marker(prompt),
        };
    }

    private static string Number(double seconds) => seconds.ToString("0.0##", CultureInfo.InvariantCulture);

    private static string Time(double seconds, char point) =>
        TimeSpan.FromSeconds(seconds).ToString(@"hh\:mm\:ss\.fff", CultureInfo.InvariantCulture).Replace('.', point);
}
