using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Purser.Providers.Tests.Bedrock;

/// <summary>A frame of AWS's event stream, made and read by the tests' own eyes.</summary>
internal sealed record Frame(string Kind, string Type, string Payload)
{
    /// <summary>The bytes of an event.</summary>
    public static byte[] Event(string type, string payload) => Bytes([(":event-type", type), (":message-type", "event")], payload);

    /// <summary>The bytes of an exception.</summary>
    public static byte[] Exception(string type, string payload) =>
        Bytes([(":exception-type", type), (":message-type", "exception")], payload);

    /// <summary>The bytes of an event of a model's own, in base64 as InvokeModel has it.</summary>
    public static byte[] Chunk(string json) =>
        Event("chunk", $$"""{"bytes":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(json))}}","p":"abcdefg"}""");

    /// <summary>What is within such a frame.</summary>
    public string Inner =>
        Encoding.UTF8.GetString(System.Text.Json.JsonDocument.Parse(Payload).RootElement.GetProperty("bytes").GetBytesFromBase64());

    /// <summary>Reads a stream to its end; its sums must be right, and nothing may be left.</summary>
    public static List<Frame> ReadAll(ReadOnlySpan<byte> stream)
    {
        var frames = new List<Frame>();
        while (!stream.IsEmpty)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(stream);
            var headers = BinaryPrimitives.ReadInt32BigEndian(stream[4..]);
            Assert.Equal(Crc32.HashToUInt32(stream[..8]), BinaryPrimitives.ReadUInt32BigEndian(stream[8..]));
            Assert.Equal(Crc32.HashToUInt32(stream[..(length - 4)]), BinaryPrimitives.ReadUInt32BigEndian(stream[(length - 4)..]));
            var found = Headers(stream.Slice(12, headers));
            var kind = found[":message-type"];
            frames.Add(new Frame(kind, found[$":{kind}-type"], Encoding.UTF8.GetString(stream[(12 + headers)..(length - 4)])));
            stream = stream[length..];
        }
        return frames;
    }

    private static Dictionary<string, string> Headers(ReadOnlySpan<byte> bytes)
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

    private static byte[] Bytes((string Name, string Value)[] headers, string payload)
    {
        using var head = new MemoryStream();
        foreach (var (name, value) in headers)
        {
            head.WriteByte((byte)name.Length);
            head.Write(Encoding.ASCII.GetBytes(name));
            head.WriteByte(7);
            head.WriteByte(0);
            head.WriteByte((byte)value.Length);
            head.Write(Encoding.ASCII.GetBytes(value));
        }
        var (first, body) = (head.ToArray(), Encoding.UTF8.GetBytes(payload));
        var frame = new byte[12 + first.Length + body.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), first.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(8), Crc32.HashToUInt32(frame.AsSpan(0, 8)));
        first.CopyTo(frame.AsSpan(12));
        body.CopyTo(frame.AsSpan(12 + first.Length));
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(frame.Length - 4), Crc32.HashToUInt32(frame.AsSpan(0, frame.Length - 4)));
        return frame;
    }
}
