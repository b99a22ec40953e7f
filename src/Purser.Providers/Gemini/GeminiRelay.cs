using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.Gemini;

/// <summary>
/// Relays a stream of Gemini's answers as it is, and reads the usage in it. Each answer states the usage until then; the last word is what comes with
/// or after the reason why each candidate ends.
/// </summary>
internal sealed class GeminiRelay(UsageReading reading, RequestFacts facts) : SseRelay(reading)
{
    // English text has about four bytes a token. The figure is for the client's display; nothing is billed by it.
    private const int BytesPerToken = 4;

    private readonly GeminiCandidates candidates = new();
    private readonly GeminiStream usage = new(GeminiFormat.Usage, facts.Model);

    /// <summary>Google's own library takes each event for an answer, and fails at a comment: its parser wants <c>data:</c>.</summary>
    protected override bool HasComments => false;

    /// <inheritdoc/>
    protected override EventVerdict Inspect(ReadOnlySpan<byte> data)
    {
        if (!GeminiAnswer.TryWalk(data, Reading, candidates, out var found))
        {
            Reading.AddViolation("an event of the stream is not a JSON object");
            Reading.RelayedOutputBytes += data.Length;
            return EventVerdict.Broken;
        }
        usage.Take(default, data, isCut: false);
        TakeUsage(data.Slice(found.Usage.Offset, found.Usage.Length));
        Reading.Terminated = candidates.AllFinished;
        // Thoughts are shown in part, or not at all; a tool of the provider's may be followed by more of them.
        var mayThink = Reading.OutputEvents == 0 || !candidates.AllWrite || facts.HostedToolCalls > 0;
        Reading.MayThinkUnseen = !Reading.Terminated && mayThink;
        return found.EndsFirst && !facts.TextIsJson ? CloseText(found) : EventVerdict.Keep;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        usage.Dispose();
        base.Dispose();
    }

    private void TakeUsage(ReadOnlySpan<byte> stated)
    {
        if (stated.IsEmpty)
        {
            return;
        }
        Reading.SetRaw(stated);
        if (usage.IsFinal)
        {
            Reading.Video = usage.End();
            Reading.TakeUsage(usage.Reading);
            Reading.UsageIsFinal = Reading.HasUsage;
            return;
        }
        // Until then a figure may be missing, and says nothing of the answer's end.
        var interim = BodyReader.NewReading();
        if (!RepeatedMembers.In(stated) && GeminiUsage.Read(stated, interim).TrySplit(interim, out var split, out var fresh))
        {
            Reading.Usage = split;
            Reading.Video = fresh;
            Reading.HasUsage = true;
        }
        Reading.UsageIsFinal = false;
    }

    // The closing text goes into the last piece of text where that comes with the reason why it ends; else before that reason.
    private EventVerdict CloseText(in GeminiEvent found)
    {
        if (!candidates.HadText(0) || BeginClosing(out var text) is not { } writer)
        {
            return EventVerdict.Keep;
        }
        if (found.TextEnd > 0)
        {
            var encoded = JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
            return new EventVerdict(EventAction.Cut, found.TextEnd, 1, [.. encoded.EncodedUtf8Bytes, (byte)'"']);
        }
        WriteAnswer(0, 1, text, isLast: false, writer);
        return EventVerdict.Keep;
    }

    /// <inheritdoc/>
    protected override void WriteEnd(string? notice, IBufferWriter<byte> output)
    {
        notice = facts.TextIsJson ? null : notice;
        if (candidates.Count == 0)
        {
            WriteAnswer(0, 1, notice is null ? null : $"[Purser: {notice}]", isLast: true, output);
            return;
        }
        var running = Enumerable.Range(0, candidates.Count).Where(index => !IsOver(candidates[index])).ToList();
        foreach (var index in running)
        {
            var hasNotice = notice is not null && candidates[index] != CandidatePhase.Other;
            var text =
                !hasNotice ? null
                : candidates.HadText(index) ? $"\n\n[Purser: {notice}]"
                : $"[Purser: {notice}]";
            WriteAnswer(index, running.Count, text, isLast: true, output);
        }
    }

    private static bool IsOver(CandidatePhase phase) => phase is CandidatePhase.Finished or CandidatePhase.Unseen;

    private void WriteAnswer(int index, int running, string? text, bool isLast, IBufferWriter<byte> output)
    {
        var writer = BeginEvent(default, output);
        writer.WriteStartArray("candidates"u8);
        writer.WriteStartObject();
        writer.WriteStartObject("content"u8);
        writer.WriteStartArray("parts"u8);
        writer.WriteStartObject();
        writer.WriteString("text"u8, text ?? "");
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteString("role"u8, "model"u8);
        writer.WriteEndObject();
        if (isLast)
        {
            writer.WriteString("finishReason"u8, "MAX_TOKENS"u8);
        }
        writer.WriteNumber("index"u8, index);
        writer.WriteEndObject();
        writer.WriteEndArray();
        if (isLast && running > 0)
        {
            WriteUsage(writer);
        }
        writer.WriteString("modelVersion"u8, Reading.ServedModel ?? facts.Model);
        if (Reading.ResponseId is { } id)
        {
            writer.WriteString("responseId"u8, id);
        }
        EndEvent(writer, output);
    }

    private void WriteUsage(Utf8JsonWriter writer)
    {
        var stated = Reading.Usage;
        var video = Reading.Video.GetValueOrDefault();
        var input = stated.InputTokens + video.Fresh + video.CacheRead;
        var thoughts = stated[UsageClass.ReasoningOutput];
        var shown = (Reading.RelayedOutputBytes + BytesPerToken - 1) / BytesPerToken;
        var output = Math.Max(stated.OutputTokens - thoughts, shown);
        writer.WriteStartObject("usageMetadata"u8);
        writer.WriteNumber("promptTokenCount"u8, input);
        writer.WriteNumber("candidatesTokenCount"u8, output);
        if (thoughts > 0)
        {
            writer.WriteNumber("thoughtsTokenCount"u8, thoughts);
        }
        writer.WriteNumber("totalTokenCount"u8, input + output + thoughts);
        writer.WriteEndObject();
    }

    /// <inheritdoc/>
    protected override void WriteErrorEvent(in WireError error, IBufferWriter<byte> output)
    {
        Write(output, "data: "u8);
        GeminiError.Write(output, error);
        Write(output, "\n\n"u8);
    }
}
