using System.Buffers;

namespace Purser.Providers.Anthropic;

/// <summary>Relays a stream of message events as it is, and reads the usage in it.</summary>
internal sealed class AnthropicRelay(UsageReading reading, RequestFacts facts) : SseRelay(reading)
{
    // English text has about four bytes a token. The figure is for the client's display; nothing is billed by it.
    private const int BytesPerToken = 4;

    private readonly AnthropicUsage usage = new();
    private readonly AnthropicBlocks blocks = new();

    /// <inheritdoc/>
    protected override EventVerdict Inspect(ReadOnlySpan<byte> data)
    {
        var openText = blocks.OpenText;
        if (!AnthropicAnswer.TryWalk(data, Reading, usage, blocks))
        {
            Reading.AddViolation("an event of the stream is not a JSON object");
            Reading.RelayedOutputBytes += data.Length;
            return EventVerdict.Broken;
        }
        if (openText is { } index && blocks.OpenText != index && !facts.TextIsJson && BeginClosing(out var text) is { } writer)
        {
            WriteTextDelta(index, text, writer);
        }
        Reading.MayThinkUnseen = !Reading.Terminated && !blocks.SaidStop && (Reading.OutputEvents == 0 || !blocks.ShowsAll);
        return EventVerdict.Keep;
    }

    /// <inheritdoc/>
    protected override void WriteEnd(string? notice, IBufferWriter<byte> output)
    {
        if (!blocks.Started)
        {
            WriteStart(output);
        }
        if (!blocks.SaidStop)
        {
            WriteBlockEnds(facts.TextIsJson ? null : notice, output);
            WriteMessageDelta(output);
        }
        Write(output, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"u8);
    }

    private void WriteBlockEnds(string? notice, IBufferWriter<byte> output)
    {
        var openText = blocks.OpenText;
        if (notice is not null && openText is { } index)
        {
            WriteTextDelta(index, $"\n\n[Purser: {notice}]", output);
        }
        foreach (var block in blocks.Open)
        {
            WriteBlockStop(block.Index, output);
        }
        // Where no text is open, the notice gets a block of its own; but not after a tool call, which it would follow in the
        // next turn, where only results may.
        if (notice is not null && openText is null && !blocks.HadMoreThanText)
        {
            var text = blocks.HadText ? $"\n\n[Purser: {notice}]" : $"[Purser: {notice}]";
            var writer = BeginEvent("event: content_block_start\n"u8, output);
            writer.WriteString("type"u8, "content_block_start"u8);
            writer.WriteNumber("index"u8, blocks.NextIndex);
            writer.WriteStartObject("content_block"u8);
            writer.WriteString("type"u8, "text"u8);
            writer.WriteString("text"u8, ""u8);
            writer.WriteEndObject();
            EndEvent(writer, output);
            WriteTextDelta(blocks.NextIndex, text, output);
            WriteBlockStop(blocks.NextIndex, output);
        }
    }

    private static void WriteTextDelta(long index, string text, IBufferWriter<byte> output)
    {
        var writer = BeginEvent("event: content_block_delta\n"u8, output);
        writer.WriteString("type"u8, "content_block_delta"u8);
        writer.WriteNumber("index"u8, index);
        writer.WriteStartObject("delta"u8);
        writer.WriteString("type"u8, "text_delta"u8);
        writer.WriteString("text"u8, text);
        writer.WriteEndObject();
        EndEvent(writer, output);
    }

    private static void WriteBlockStop(long index, IBufferWriter<byte> output)
    {
        var writer = BeginEvent("event: content_block_stop\n"u8, output);
        writer.WriteString("type"u8, "content_block_stop"u8);
        writer.WriteNumber("index"u8, index);
        EndEvent(writer, output);
    }

    private void WriteStart(IBufferWriter<byte> output)
    {
        var writer = BeginEvent("event: message_start\n"u8, output);
        writer.WriteString("type"u8, "message_start"u8);
        writer.WriteStartObject("message"u8);
        writer.WriteString("id"u8, Reading.ResponseId ?? "msg_purser");
        writer.WriteString("type"u8, "message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        writer.WriteString("model"u8, Reading.ServedModel ?? facts.Model);
        writer.WriteStartArray("content"u8);
        writer.WriteEndArray();
        writer.WriteNull("stop_reason"u8);
        writer.WriteNull("stop_sequence"u8);
        writer.WriteStartObject("usage"u8);
        writer.WriteNumber("input_tokens"u8, 0);
        writer.WriteNumber("output_tokens"u8, 0);
        writer.WriteEndObject();
        writer.WriteEndObject();
        EndEvent(writer, output);
    }

    private void WriteMessageDelta(IBufferWriter<byte> output)
    {
        var estimate = Math.Max(Reading.Usage.OutputTokens, (Reading.RelayedOutputBytes + BytesPerToken - 1) / BytesPerToken);
        var writer = BeginEvent("event: message_delta\n"u8, output);
        writer.WriteString("type"u8, "message_delta"u8);
        writer.WriteStartObject("delta"u8);
        writer.WriteString("stop_reason"u8, "max_tokens"u8);
        writer.WriteNull("stop_sequence"u8);
        writer.WriteEndObject();
        writer.WriteStartObject("usage"u8);
        writer.WriteNumber("output_tokens"u8, estimate);
        writer.WriteEndObject();
        EndEvent(writer, output);
    }

    /// <inheritdoc/>
    protected override void WriteErrorEvent(in WireError error, IBufferWriter<byte> output)
    {
        Write(output, "event: error\ndata: "u8);
        ProviderCatalog.Messages.WriteError(output, error);
        Write(output, "\n\n"u8);
    }
}
