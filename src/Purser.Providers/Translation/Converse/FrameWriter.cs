using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;

namespace Purser.Providers.Translation.Converse;

/// <summary>
/// Writes frames of AWS's binary event stream: length, length of the headers, the CRC-32 of these eight bytes, headers, payload, and the CRC-32 of
/// all before; numbers are big-endian. Each header is its name, the type 7 for text, and its value, with their lengths.
/// </summary>
internal static class FrameWriter
{
    private const int PreludeBytes = 12;
    private const int CrcBytes = 4;
    private const byte TextType = 7;

    /// <summary>Writes an event.</summary>
    /// <param name="type">The event's type.</param>
    /// <param name="payload">Its JSON.</param>
    /// <param name="output">Takes the frame.</param>
    public static void WriteEvent(ReadOnlySpan<byte> type, ReadOnlySpan<byte> payload, IBufferWriter<byte> output) =>
        Write("event"u8, ":event-type"u8, type, payload, output);

    /// <summary>Writes an exception, which ends the stream.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="payload">Its JSON.</param>
    /// <param name="output">Takes the frame.</param>
    public static void WriteException(ReadOnlySpan<byte> type, ReadOnlySpan<byte> payload, IBufferWriter<byte> output) =>
        Write("exception"u8, ":exception-type"u8, type, payload, output);

    private static void Write(
        ReadOnlySpan<byte> messageType,
        ReadOnlySpan<byte> typeHeader,
        ReadOnlySpan<byte> type,
        ReadOnlySpan<byte> payload,
        IBufferWriter<byte> output
    )
    {
        var headers = Length(typeHeader, type) + Length(":content-type"u8, "application/json"u8) + Length(":message-type"u8, messageType);
        var length = PreludeBytes + headers + payload.Length + CrcBytes;
        var frame = output.GetSpan(length)[..length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)length);
        BinaryPrimitives.WriteUInt32BigEndian(frame[4..], (uint)headers);
        BinaryPrimitives.WriteUInt32BigEndian(frame[8..], Crc32.HashToUInt32(frame[..8]));
        var rest = frame[PreludeBytes..];
        WriteHeader(ref rest, typeHeader, type);
        WriteHeader(ref rest, ":content-type"u8, "application/json"u8);
        WriteHeader(ref rest, ":message-type"u8, messageType);
        payload.CopyTo(rest);
        BinaryPrimitives.WriteUInt32BigEndian(frame[^CrcBytes..], Crc32.HashToUInt32(frame[..^CrcBytes]));
        output.Advance(length);
    }

    private static int Length(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => 1 + name.Length + 1 + 2 + value.Length;

    private static void WriteHeader(ref Span<byte> rest, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        rest[0] = (byte)name.Length;
        name.CopyTo(rest[1..]);
        rest = rest[(1 + name.Length)..];
        rest[0] = TextType;
        BinaryPrimitives.WriteUInt16BigEndian(rest[1..], (ushort)value.Length);
        value.CopyTo(rest[3..]);
        rest = rest[(3 + value.Length)..];
    }
}
