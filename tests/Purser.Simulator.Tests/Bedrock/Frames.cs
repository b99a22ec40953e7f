using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Purser.Simulator.Tests.Bedrock;

/// <summary>A message of AWS's event stream, read by the test's own eyes.</summary>
internal sealed record Message(Dictionary<string, string> Headers, byte[] Payload)
{
    public JsonElement Json => JsonDocument.Parse(Payload).RootElement;

    public string Type => Headers.GetValueOrDefault(":event-type") ?? Headers[":exception-type"];

    /// <summary>Reads a stream to its end; its checksums must be right.</summary>
    public static List<Message> ReadAll(byte[] stream)
    {
        var messages = new List<Message>();
        for (var at = 0; at < stream.Length; )
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(stream.AsSpan(at));
            var headers = BinaryPrimitives.ReadInt32BigEndian(stream.AsSpan(at + 4));
            Assert.Equal(Crc(stream.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32BigEndian(stream.AsSpan(at + 8)));
            Assert.Equal(Crc(stream.AsSpan(at, length - 4)), BinaryPrimitives.ReadUInt32BigEndian(stream.AsSpan(at + length - 4)));
            messages.Add(new Message(ReadHeaders(stream.AsSpan(at + 12, headers)), stream[(at + 12 + headers)..(at + length - 4)]));
            at += length;
        }

        return messages;
    }

    /// <summary>Each event's JSON under its type.</summary>
    public static List<JsonElement> Named(IEnumerable<Message> messages) =>
        [
            .. messages.Select(message =>
                JsonDocument.Parse($"{{\"{message.Type}\":{Encoding.UTF8.GetString(message.Payload)}}}").RootElement
            ),
        ];

    /// <summary>The JSON within the frames of <c>invoke-with-response-stream</c>.</summary>
    public static List<JsonElement> Chunks(IEnumerable<Message> messages) =>
        [.. messages.Select(message => JsonDocument.Parse(message.Json.GetProperty("bytes").GetBytesFromBase64()).RootElement)];

    private static Dictionary<string, string> ReadHeaders(ReadOnlySpan<byte> bytes)
    {
        var headers = new Dictionary<string, string>();
        while (!bytes.IsEmpty)
        {
            var name = Encoding.ASCII.GetString(bytes.Slice(1, bytes[0]));
            bytes = bytes[(1 + bytes[0])..];
            Assert.Equal(7, bytes[0]);
            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]);
            headers[name] = Encoding.UTF8.GetString(bytes.Slice(3, length));
            bytes = bytes[(3 + length)..];
        }

        return headers;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var i = 0; i < 8; i++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
            }
        }

        return ~crc;
    }
}
