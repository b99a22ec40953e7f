using System.Buffers.Binary;
using System.IO.Hashing;
using Purser.Simulator.Http;

namespace Purser.Simulator.Bedrock;

/// <summary>
/// AWS's event stream: each message has its length, its headers' length, a checksum of both, headers, a payload, and a checksum of
/// all. Numbers are big-endian, and headers are strings here.
/// </summary>
internal static class EventStream
{
    /// <summary>The type of a body made of such messages.</summary>
    public const string ContentType = "application/vnd.amazon.eventstream";

    private const int PreludeBytes = 12;
    private const int ChecksumBytes = 4;
    private const byte StringType = 7;

    /// <summary>Writes an event with a payload of JSON.</summary>
    public static void WriteEvent(OutputBuffer to, string type, ReadOnlySpan<byte> payload) =>
        Write(to, [(":event-type", type), (":content-type", "application/json"), (":message-type", "event")], payload);

    /// <summary>Writes an exception, which ends a stream.</summary>
    public static void WriteException(OutputBuffer to, string type, ReadOnlySpan<byte> payload) =>
        Write(to, [(":exception-type", type), (":content-type", "application/json"), (":message-type", "exception")], payload);

    private static void Write(OutputBuffer to, ReadOnlySpan<(string Name, string Value)> headers, ReadOnlySpan<byte> payload)
    {
        var head = new OutputBuffer();
        foreach (var (name, value) in headers)
        {
            head.Add([(byte)name.Length]).AddAscii(name);
            head.Add([StringType, (byte)(value.Length >> 8), (byte)value.Length]).AddAscii(value);
        }

        var message = new byte[PreludeBytes + head.Length + payload.Length + ChecksumBytes];
        BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), head.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), Crc32.HashToUInt32(message.AsSpan(0, 8)));
        head.Written.CopyTo(message.AsSpan(PreludeBytes));
        payload.CopyTo(message.AsSpan(PreludeBytes + head.Length));
        var end = message.Length - ChecksumBytes;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(end), Crc32.HashToUInt32(message.AsSpan(0, end)));
        to.Add(message);
    }
}
