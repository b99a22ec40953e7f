using System.Buffers;
using System.Text.Json;
using Purser.Providers.Translation.Converse;

namespace Purser.Providers.Bedrock;

/// <summary>Relays a ConverseStream as it is, and reads the usage in it.</summary>
internal sealed class ConverseRelay(UsageReading reading, RequestFacts facts) : FrameRelay(reading)
{
    // English text has about four bytes a token. The figure is for the client's display; nothing is billed by it.
    private const int BytesPerToken = 4;

    private readonly ConverseEvents events = new(reading);
    private readonly ArrayBufferWriter<byte> payload = new(256);

    /// <inheritdoc/>
    protected override bool Inspect(ReadOnlySpan<byte> name, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        var openText = events.OpenText;
        if (!events.TryRead(name, payload))
        {
            return false;
        }
        if (openText is { } index && events.OpenText != index && !facts.TextIsJson && TakeClosing() is { } text)
        {
            WriteText(index, text, output);
        }
        return true;
    }

    /// <summary>Some models leave the usage out: then the stop is the last event.</summary>
    protected override void OnEnd() => Reading.Terminated |= events.SaidStop;

    /// <inheritdoc/>
    protected override void WriteEnd(in CutOff cut, IBufferWriter<byte> output)
    {
        if (!events.Started)
        {
            WriteEvent("messageStart"u8, output, json => json.WriteString("role", "assistant"));
        }
        if (!events.SaidStop)
        {
            WriteBlockEnds(cut.InAnswer && !facts.TextIsJson ? cut.Notice : "", output);
            WriteEvent("messageStop"u8, output, json => json.WriteString("stopReason", "max_tokens"));
        }
        WriteEvent("metadata"u8, output, WriteEstimate);
    }

    private void WriteBlockEnds(string notice, IBufferWriter<byte> output)
    {
        var openText = events.OpenText;
        if (notice.Length > 0 && openText is { } index)
        {
            WriteText(index, $"\n\n[Purser: {notice}]", output);
        }
        foreach (var block in events.Open)
        {
            WriteStop(block.Index, output);
        }
        // Where no text is open, the notice gets a block of its own; but not after a tool call, which it would follow in the next turn, where only
        // results may.
        if (notice.Length > 0 && openText is null && !events.HadMoreThanText)
        {
            WriteText(events.NextIndex, events.HadText ? $"\n\n[Purser: {notice}]" : $"[Purser: {notice}]", output);
            WriteStop(events.NextIndex, output);
        }
    }

    private void WriteText(long index, string text, IBufferWriter<byte> output) =>
        WriteEvent(
            "contentBlockDelta"u8,
            output,
            json =>
            {
                json.WriteNumber("contentBlockIndex", index);
                json.WriteStartObject("delta");
                json.WriteString("text", text);
                json.WriteEndObject();
            }
        );

    private void WriteStop(long index, IBufferWriter<byte> output) =>
        WriteEvent("contentBlockStop"u8, output, json => json.WriteNumber("contentBlockIndex", index));

    private void WriteEstimate(Utf8JsonWriter json)
    {
        var (input, output) = (
            Reading.Usage.InputTokens,
            Math.Max(Reading.Usage.OutputTokens, (Reading.RelayedOutputBytes + BytesPerToken - 1) / BytesPerToken)
        );
        json.WriteStartObject("usage");
        json.WriteNumber("inputTokens", input);
        json.WriteNumber("outputTokens", output);
        json.WriteNumber("totalTokens", input + output);
        json.WriteEndObject();
        json.WriteStartObject("metrics");
        json.WriteNumber("latencyMs", 0);
        json.WriteEndObject();
    }

    private void WriteEvent(ReadOnlySpan<byte> name, IBufferWriter<byte> output, Action<Utf8JsonWriter> write)
    {
        payload.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(payload, ErrorJson.Options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        FrameWriter.WriteEvent(name, payload.WrittenSpan, output);
    }
}
