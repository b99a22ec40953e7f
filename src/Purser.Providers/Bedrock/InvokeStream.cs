using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Purser.Providers.Bodies;
using Purser.Providers.Streams;

namespace Purser.Providers.Bedrock;

/// <summary>
/// A stream of InvokeModelWithResponseStream: each frame holds an event of the model's own format, <c>{"bytes":"eyJ0eXBlIjoi…"}</c>, in base64.
/// </summary>
/// <param name="events">Reads those events.</param>
internal sealed class InvokeStream(StreamEvents events) : StreamEvents(events.Reading)
{
    private readonly PooledBytes decoded = new();

    /// <inheritdoc/>
    public override bool IsFinal => events.IsFinal;

    /// <inheritdoc/>
    public override string WhyNotFinal => events.WhyNotFinal;

    /// <inheritdoc/>
    public override VideoInput End() => events.End();

    /// <inheritdoc/>
    public override void Dispose()
    {
        decoded.Dispose();
        events.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        // Server-sent events hold the model's events as they are.
        if (!name.SequenceEqual("chunk"u8))
        {
            events.Take(name, data, isCut: false);
            return true;
        }
        var reader = new Utf8JsonReader(data, BodyReader.Json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }
        decoded.Clear();
        var isDecoded = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isBytes = reader.ValueTextEquals("bytes"u8);
            reader.Read();
            if (isBytes && reader.TokenType == JsonTokenType.String && !isDecoded)
            {
                isDecoded = Decode(ref reader);
            }
            reader.Skip();
        }
        // Throws for what follows the object.
        reader.Read();
        if (!isDecoded)
        {
            Reading.AddViolation("a frame of the event stream holds no base64");
            return true;
        }
        events.Take(default, decoded.Written, isCut: false);
        return true;
    }

    private bool Decode(ref Utf8JsonReader reader)
    {
        var room = decoded.Room(reader.ValueSpan.Length);
        var length = reader.CopyString(room);
        var status = Base64.DecodeFromUtf8InPlace(room[..length], out var written);
        decoded.Advance(status == OperationStatus.Done ? written : 0);
        return status == OperationStatus.Done;
    }
}
