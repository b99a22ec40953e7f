using System.Buffers;
using Purser.Providers.Bodies;
using Purser.Providers.Streams;

namespace Purser.Providers.Bedrock;

/// <summary>
/// Relays whatever model's events in Bedrock's frames. What is billed is in the last of them (<c>amazon-bedrock-invocationMetrics</c>). How such a
/// stream is ended by its model isn't known for all, so that one that is cut off ends with an exception which says why.
/// </summary>
/// <param name="reading">Takes what is found.</param>
/// <param name="body">Reads the metrics.</param>
/// <param name="model">Whose events they are.</param>
internal sealed class MetricsRelay(UsageReading reading, BodyReader body, string model) : FrameRelay(reading)
{
    private readonly PooledBytes decoded = new();

    /// <inheritdoc/>
    public override void Dispose()
    {
        decoded.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override bool Inspect(ReadOnlySpan<byte> name, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        if (!name.SequenceEqual(ChunkPayload.Type))
        {
            return true;
        }
        if (ChunkPayload.TryDecode(payload, decoded) is not true)
        {
            return false;
        }
        var json = decoded.Written;
        var bytes = ConverseEvents.StringBytes(json);
        Reading.RelayedOutputBytes += bytes;
        Reading.OutputEvents += bytes > 0 ? 1 : 0;
        if (BodyScan.Member(json, InvokeBodyReader.Metrics) is not [(byte)'{', ..] metrics)
        {
            return true;
        }
        var read = BodyReader.NewReading();
        body.ReadInto(json, model, read);
        Reading.TakeUsage(read);
        Reading.SetRaw(metrics);
        Reading.UsageIsFinal = Reading.HasUsage;
        Reading.Terminated = true;
        Reading.MayThinkUnseen = false;
        return true;
    }

    /// <inheritdoc/>
    protected override void WriteEnd(in CutOff cut, IBufferWriter<byte> output) =>
        BedrockError.WriteFrame(new WireError(402, "budget_exceeded", cut.Notice), output);
}
