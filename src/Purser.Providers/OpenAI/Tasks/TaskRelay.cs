using System.Buffers;
using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.OpenAI.Tasks;

/// <summary>Relays a stream of images, speech or a transcription as it is; the event that ends it has the usage.</summary>
internal sealed class TaskRelay(UsageReading reading, OpenAITask task, IReadOnlyList<string> endTypes) : SseRelay(reading)
{
    /// <inheritdoc/>
    protected override EventVerdict Inspect(ReadOnlySpan<byte> data)
    {
        Reading.RelayedOutputBytes += data.Length;
        if (data.Trim(" \t"u8).SequenceEqual("[DONE]"u8))
        {
            return EventVerdict.Keep;
        }
        try
        {
            Read(data);
            return EventVerdict.Keep;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON; or bytes that are no UTF-8, met in a comparison.
            Reading.AddViolation("an event of the stream is not a JSON object");
            return EventVerdict.Broken;
        }
    }

    private void Read(ReadOnlySpan<byte> data)
    {
        var type = BodyScan.Text(data, "type"u8);
        Reading.OutputEvents++;
        Reading.SawError |= type == "error" || BodyScan.Member(data, "error"u8) is [(byte)'{', ..];
        if (type is null || !endTypes.Contains(type))
        {
            return;
        }
        if (Reading.HasUsage)
        {
            Reading.AddViolation("the stream states its usage twice");
        }
        task.ReadFigures(data, Reading);
        Reading.Terminated = true;
        Reading.MayThinkUnseen = false;
        Reading.UsageIsFinal = Reading.HasUsage;
    }

    /// <summary>There is no shorter end: the client is told why it gets none.</summary>
    protected override void WriteEnd(string? notice, IBufferWriter<byte> output) =>
        WriteErrorEvent(new WireError(402, "budget_exceeded", notice ?? "The budget is used up."), output);

    /// <inheritdoc/>
    protected override void WriteErrorEvent(in WireError error, IBufferWriter<byte> output)
    {
        Write(output, "event: error\ndata: "u8);
        task.WriteError(output, error);
        Write(output, "\n\n"u8);
    }
}
