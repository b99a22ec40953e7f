using System.Buffers;
using System.Globalization;
using System.Text;
using Purser.Providers.Bodies;
using Purser.Providers.Streams;

namespace Purser.Providers.Bedrock;

/// <summary>
/// Writes the events of Anthropic's streams as the frames in which Bedrock has them, the last with what was counted. Comments have no place there.
/// </summary>
internal sealed class ChunkWriter : StreamEvents
{
    private readonly SseFraming framing = new();
    private IBufferWriter<byte> output = new NoWriter();
    private long input;
    private long made;

    /// <inheritdoc/>
    public override bool IsFinal => false;

    /// <summary>Writes what is whole of these server-sent events.</summary>
    public void Write(ReadOnlySpan<byte> events, IBufferWriter<byte> output)
    {
        this.output = output;
        framing.Feed(events, this);
    }

    /// <summary>The events ended.</summary>
    public void End(IBufferWriter<byte> output)
    {
        this.output = output;
        framing.End(this);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        framing.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        if (data is not [(byte)'{', ..])
        {
            return false;
        }
        var type = TypeOf(data, out _);
        if (type.SequenceEqual("error"u8))
        {
            var error = BodyScan.Member(data, "error"u8);
            var status = BodyScan.Text(error, "type"u8) switch
            {
                "rate_limit_error" => 429,
                "overloaded_error" => 503,
                "invalid_request_error" => 400,
                _ => 500,
            };
            BedrockError.WriteFrame(
                new WireError(status, "stream_error", BodyScan.Text(error, "message"u8) ?? "The stream broke off."),
                output
            );
            return true;
        }
        Note(BodyScan.Member(BodyScan.Member(data, "message"u8), "usage"u8));
        Note(BodyScan.Member(data, "usage"u8));
        ChunkPayload.WriteFrame(type.SequenceEqual("message_stop"u8) ? WithMetrics(data) : data, output);
        return true;
    }

    private void Note(ReadOnlySpan<byte> usage)
    {
        input = Count(usage, "input_tokens"u8) ?? input;
        made = Count(usage, "output_tokens"u8) ?? made;
    }

    private static long? Count(ReadOnlySpan<byte> usage, ReadOnlySpan<byte> name) =>
        System.Buffers.Text.Utf8Parser.TryParse(BodyScan.Member(usage, name), out long count, out _) ? count : null;

    private byte[] WithMetrics(ReadOnlySpan<byte> data)
    {
        var metrics = string.Create(
            CultureInfo.InvariantCulture,
            $",\"amazon-bedrock-invocationMetrics\":{{\"inputTokenCount\":{input},\"outputTokenCount\":{made},\"invocationLatency\":0,\"firstByteLatency\":0}}}}"
        );
        return [.. data.TrimEnd(" \t"u8)[..^1], .. Encoding.ASCII.GetBytes(metrics)];
    }
}
