using System.Buffers.Binary;
using System.IO.Hashing;
using Purser.Providers.Streams;

namespace Purser.Providers.Bedrock;

/// <summary>
/// AWS's binary event stream (<c>application/vnd.amazon.eventstream</c>). A frame is its length, the length of its headers, the CRC-32 of these
/// eight bytes, headers, payload, and the CRC-32 of all before; numbers are big-endian. After a damaged frame nothing can be found any more.
/// </summary>
internal sealed class FrameFraming : EventFraming
{
    /// <summary>How many bytes say how long a frame is.</summary>
    public const int PreludeBytes = 12;

    private const int LeastBytes = PreludeBytes + 4;

    private int frameLength;
    private bool isBroken;

    /// <summary>Whether a frame was damaged or too long, after which nothing is read any more.</summary>
    public bool IsBroken => isBroken;

    /// <summary>How many bytes a frame has, as its sound prelude states it; null where that is damaged, or more than one may have.</summary>
    /// <param name="prelude">The prelude, and what follows it.</param>
    public static int? LengthOf(ReadOnlySpan<byte> prelude)
    {
        var (length, headers) = (BinaryPrimitives.ReadUInt32BigEndian(prelude), BinaryPrimitives.ReadUInt32BigEndian(prelude[4..]));
        var isSound = BinaryPrimitives.ReadUInt32BigEndian(prelude[8..]) == Crc32.HashToUInt32(prelude[..8]);
        return isSound && length is >= LeastBytes and <= StreamRelay.MaxEventBytes && headers <= length - LeastBytes ? (int)length : null;
    }

    /// <inheritdoc/>
    public override void Feed(ReadOnlySpan<byte> chunk, StreamEvents events)
    {
        while (!chunk.IsEmpty && !isBroken)
        {
            if (Held.Length == 0 && chunk.Length >= PreludeBytes)
            {
                if (!TryPrelude(chunk, events))
                {
                    return;
                }
                if (chunk.Length >= frameLength)
                {
                    TakeFrame(chunk[..frameLength], events);
                    chunk = chunk[frameLength..];
                    continue;
                }
            }
            chunk = Hold(chunk, events);
        }
    }

    /// <inheritdoc/>
    public override void End(StreamEvents events)
    {
        if (Held.Length > 0 && !isBroken)
        {
            NoteCut(events);
        }
    }

    // Holds bytes up to the end of the prelude, or of the frame, and gives back the rest.
    private ReadOnlySpan<byte> Hold(ReadOnlySpan<byte> chunk, StreamEvents events)
    {
        var inPrelude = Held.Length < PreludeBytes;
        var taken = Math.Min(chunk.Length, (inPrelude ? PreludeBytes : frameLength) - Held.Length);
        Held.TryAppend(chunk[..taken]);
        if (inPrelude && Held.Length == PreludeBytes)
        {
            TryPrelude(Held.Written, events);
        }
        if (Held.Length >= PreludeBytes && Held.Length == frameLength && !isBroken)
        {
            TakeFrame(Held.Written, events);
            Held.Clear();
        }
        return chunk[taken..];
    }

    private bool TryPrelude(ReadOnlySpan<byte> bytes, StreamEvents events)
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var headers = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]) != Crc32.HashToUInt32(bytes[..8]))
        {
            return Break(events, "a frame of the event stream is damaged");
        }
        if (length < LeastBytes || headers > length - LeastBytes)
        {
            return Break(events, "a frame of the event stream states lengths that can't be");
        }
        if (length > StreamRelay.MaxEventBytes)
        {
            isBroken = true;
            NoteTooLong(events);
            return false;
        }
        frameLength = (int)length;
        return true;
    }

    private void TakeFrame(ReadOnlySpan<byte> frame, StreamEvents events)
    {
        if (BinaryPrimitives.ReadUInt32BigEndian(frame[^4..]) != Crc32.HashToUInt32(frame[..^4]))
        {
            Break(events, "a frame of the event stream is damaged");
            return;
        }
        var headersLength = (int)BinaryPrimitives.ReadUInt32BigEndian(frame[4..]);
        if (!TryHeaders(frame.Slice(PreludeBytes, headersLength), out var messageType, out var eventType))
        {
            Break(events, "a frame of the event stream has broken headers");
            return;
        }
        var payload = frame[(PreludeBytes + headersLength)..^4];
        if (!messageType.IsEmpty && !messageType.SequenceEqual("event"u8))
        {
            // An exception, or an error.
            events.TakeError(eventType, payload);
            return;
        }
        if (!payload.IsEmpty)
        {
            events.Take(eventType, payload, isCut: false);
        }
    }

    private bool Break(StreamEvents events, string violation)
    {
        isBroken = true;
        events.Reading.AddViolation(violation);
        return false;
    }

    private static bool TryHeaders(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> messageType, out ReadOnlySpan<byte> eventType)
    {
        messageType = default;
        eventType = default;
        while (!bytes.IsEmpty)
        {
            var nameLength = bytes[0];
            if (bytes.Length < nameLength + 2)
            {
                return false;
            }
            var name = bytes.Slice(1, nameLength);
            var type = bytes[nameLength + 1];
            bytes = bytes[(nameLength + 2)..];
            if (!TryLength(type, ref bytes, out var length) || bytes.Length < length)
            {
                return false;
            }
            const byte text = 7;
            if (type == text && name.SequenceEqual(":message-type"u8))
            {
                messageType = bytes[..length];
            }
            else if (type == text && (name.SequenceEqual(":event-type"u8) || name.SequenceEqual(":exception-type"u8)))
            {
                eventType = bytes[..length];
            }
            bytes = bytes[length..];
        }
        return true;
    }

    // How long a value of a type is. Bytes and strings state their length before.
    private static bool TryLength(byte type, ref ReadOnlySpan<byte> bytes, out int length)
    {
        length = type switch
        {
            0 or 1 => 0,
            2 => 1,
            3 => 2,
            4 => 4,
            5 or 8 => 8,
            9 => 16,
            _ => -1,
        };
        if (type is 6 or 7 && bytes.Length >= 2)
        {
            length = BinaryPrimitives.ReadUInt16BigEndian(bytes);
            bytes = bytes[2..];
        }
        return length >= 0;
    }
}
