using System.Buffers;
using System.Text;
using System.Text.Json;
using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.Cohere;

/// <summary>Relays a stream of a chat by Cohere's second API as it is; its last event has the usage.</summary>
internal sealed class CohereRelay(UsageReading reading, RequestFacts facts) : SseRelay(reading)
{
    // English text has about four bytes a token. The figure is for the client's display; nothing is billed by it.
    private const int BytesPerToken = 4;

    private bool hasBegun;
    private bool hadText;
    private bool hadTool;
    private CohereBlock open;
    private long openIndex;
    private long nextIndex;

    /// <inheritdoc/>
    protected override EventVerdict Inspect(ReadOnlySpan<byte> data)
    {
        if (data.Trim(" \t"u8).SequenceEqual("[DONE]"u8))
        {
            return EventVerdict.Keep;
        }
        if (!CohereAnswer.TryWalk(data, Reading, out var found))
        {
            Reading.AddViolation("an event of the stream is not a JSON object");
            Reading.RelayedOutputBytes += data.Length;
            return EventVerdict.Broken;
        }
        Note(found, data);
        // Thinking is shown as it comes.
        Reading.MayThinkUnseen = !Reading.Terminated && Reading.OutputEvents == 0;
        return EventVerdict.Keep;
    }

    private void Note(CohereEvent found, ReadOnlySpan<byte> data)
    {
        switch (found.Type)
        {
            case CohereEventType.MessageStart:
                hasBegun = true;
                Reading.StructureTokens += UsageReading.PartTokens;
                break;
            case CohereEventType.ContentStart:
                (open, openIndex) = (found.Block == CohereBlock.Thinking ? CohereBlock.Thinking : CohereBlock.Text, found.Index);
                nextIndex = Math.Max(nextIndex, Math.Clamp(found.Index, 0, int.MaxValue) + 1);
                hadText |= open == CohereBlock.Text;
                Reading.StructureTokens += UsageReading.PartTokens;
                break;
            case CohereEventType.ToolStart:
                (open, openIndex, hadTool) = (CohereBlock.Tool, found.Index, true);
                break;
            case CohereEventType.ContentEnd:
                if (open == CohereBlock.Text && !facts.TextIsJson && BeginClosing(out var text) is { } writer)
                {
                    WriteText(openIndex, text, writer);
                }
                open = CohereBlock.None;
                break;
            case CohereEventType.ToolEnd:
                open = CohereBlock.None;
                break;
            case CohereEventType.MessageEnd:
                Reading.Terminated = true;
                CohereAnswer.ReadUsage(BodyScan.Member(data, "delta"u8), Reading);
                break;
            default:
                break;
        }
    }

    /// <inheritdoc/>
    protected override void WriteEnd(string? notice, IBufferWriter<byte> output)
    {
        if (!hasBegun)
        {
            WriteStart(output);
        }
        var isSafe = notice is not null && !hadTool && !facts.TextIsJson;
        if (open == CohereBlock.Text && isSafe)
        {
            WriteText(openIndex, $"\n\n[Purser: {notice}]", output);
        }
        if (open != CohereBlock.None)
        {
            WriteBlockEnd(open == CohereBlock.Tool ? "tool-call-end" : "content-end", openIndex, output);
        }
        if (open != CohereBlock.Text && isSafe)
        {
            var writer = BeginContent("content-start", nextIndex, output);
            writer.WriteString("type"u8, "text"u8);
            writer.WriteString("text"u8, ""u8);
            EndContent(writer, output);
            WriteText(nextIndex, hadText ? $"\n\n[Purser: {notice}]" : $"[Purser: {notice}]", output);
            WriteBlockEnd("content-end", nextIndex, output);
        }
        WriteMessageEnd(output);
    }

    private static Utf8JsonWriter BeginContent(string type, long index, IBufferWriter<byte> output)
    {
        var writer = Begin(type, output);
        writer.WriteNumber("index"u8, index);
        writer.WriteStartObject("delta"u8);
        writer.WriteStartObject("message"u8);
        writer.WriteStartObject("content"u8);
        return writer;
    }

    private static void EndContent(Utf8JsonWriter writer, IBufferWriter<byte> output)
    {
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
        EndEvent(writer, output);
    }

    private static Utf8JsonWriter Begin(string type, IBufferWriter<byte> output)
    {
        var writer = BeginEvent(Encoding.ASCII.GetBytes($"event: {type}\n"), output);
        writer.WriteString("type"u8, type);
        return writer;
    }

    private static void WriteText(long index, string text, IBufferWriter<byte> output)
    {
        var writer = BeginContent("content-delta", index, output);
        writer.WriteString("text"u8, text);
        EndContent(writer, output);
    }

    private static void WriteBlockEnd(string type, long index, IBufferWriter<byte> output)
    {
        var writer = Begin(type, output);
        writer.WriteNumber("index"u8, index);
        EndEvent(writer, output);
    }

    private void WriteStart(IBufferWriter<byte> output)
    {
        var writer = Begin("message-start", output);
        writer.WriteString("id"u8, Reading.ResponseId ?? "purser");
        writer.WriteStartObject("delta"u8);
        writer.WriteStartObject("message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        writer.WriteStartArray("content"u8);
        writer.WriteEndArray();
        writer.WriteString("tool_plan"u8, ""u8);
        writer.WriteStartArray("tool_calls"u8);
        writer.WriteEndArray();
        writer.WriteStartArray("citations"u8);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
        EndEvent(writer, output);
    }

    private void WriteMessageEnd(IBufferWriter<byte> output)
    {
        var shown = (Reading.RelayedOutputBytes + BytesPerToken - 1) / BytesPerToken;
        var writer = Begin("message-end", output);
        writer.WriteStartObject("delta"u8);
        writer.WriteString("finish_reason"u8, "MAX_TOKENS"u8);
        writer.WriteStartObject("usage"u8);
        foreach (var name in (ReadOnlySpan<string>)["billed_units", "tokens"])
        {
            writer.WriteStartObject(name);
            writer.WriteNumber("input_tokens"u8, Reading.Usage[UsageClass.Input]);
            writer.WriteNumber("output_tokens"u8, shown);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
        EndEvent(writer, output);
    }

    /// <inheritdoc/>
    protected override void WriteErrorEvent(in WireError error, IBufferWriter<byte> output)
    {
        Write(output, "event: error\ndata: "u8);
        CohereError.Write(output, error);
        Write(output, "\n\n"u8);
    }
}
