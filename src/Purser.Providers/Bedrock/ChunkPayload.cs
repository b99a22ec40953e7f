using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Purser.Providers.Bodies;
using Purser.Providers.Streams;
using Purser.Providers.Translation.Converse;

namespace Purser.Providers.Bedrock;

/// <summary>The payload of a frame of InvokeModelWithResponseStream: <c>{"bytes":"eyJ0eXBlIjoi…"}</c>, an event of the model's own in base64.</summary>
internal static class ChunkPayload
{
    /// <summary>The type of such frames.</summary>
    public static ReadOnlySpan<byte> Type => "chunk"u8;

    /// <summary>Decodes a payload. Null: it's no JSON object; false: it holds no base64. May throw what a JSON reader throws.</summary>
    public static bool? TryDecode(ReadOnlySpan<byte> payload, PooledBytes decoded)
    {
        var reader = new Utf8JsonReader(payload, BodyReader.Json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }
        decoded.Clear();
        var isDecoded = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isBytes = reader.ValueTextEquals("bytes"u8);
            reader.Read();
            if (isBytes && reader.TokenType == JsonTokenType.String && !isDecoded)
            {
                isDecoded = Decode(ref reader, decoded);
            }
            reader.Skip();
        }
        // Throws for what follows the object.
        reader.Read();
        return isDecoded;
    }

    /// <summary>Writes the frame of an event.</summary>
    public static void WriteFrame(ReadOnlySpan<byte> json, IBufferWriter<byte> output)
    {
        var start = "{\"bytes\":\""u8;
        var end = "\"}"u8;
        var payload = new byte[start.Length + Base64.GetMaxEncodedToUtf8Length(json.Length) + end.Length];
        start.CopyTo(payload);
        Base64.EncodeToUtf8(json, payload.AsSpan(start.Length), out _, out var written);
        end.CopyTo(payload.AsSpan(start.Length + written));
        FrameWriter.WriteEvent(Type, payload.AsSpan(0, start.Length + written + end.Length), output);
    }

    private static bool Decode(ref Utf8JsonReader reader, PooledBytes decoded)
    {
        var room = decoded.Room(reader.ValueSpan.Length);
        var length = reader.CopyString(room);
        var status = Base64.DecodeFromUtf8InPlace(room[..length], out var written);
        decoded.Advance(status == OperationStatus.Done ? written : 0);
        return status == OperationStatus.Done;
    }
}
