using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Purser.Providers.Translation;

/// <summary>
/// The plain text in the arguments of a freeform tool's call (<see cref="FreeformTools"/>), which come in pieces of JSON: <c>{"input":"…"}</c>.
/// Arguments of another form are given as they are.
/// </summary>
internal sealed class FreeformText
{
    private readonly ArrayBufferWriter<byte> held = new();
    private readonly ArrayBufferWriter<byte> text = new();
    private State state;

    private enum State
    {
        Before,
        Within,
        After,
        Other,
    }

    /// <summary>Takes the next piece, and gives the text that is whole with it, valid until the next call.</summary>
    public ReadOnlySpan<byte> Take(ReadOnlySpan<byte> piece)
    {
        text.ResetWrittenCount();
        if (state == State.Other)
        {
            return piece;
        }
        held.Write(piece);
        var rest = held.WrittenSpan;
        if (state == State.Before)
        {
            state = Begins(ref rest);
        }
        if (state == State.Within)
        {
            rest = Unescape(rest);
        }
        if (state == State.Other)
        {
            text.Write(rest);
            rest = default;
        }
        var kept = state == State.After ? [] : rest.ToArray();
        held.ResetWrittenCount();
        held.Write(kept);
        return text.WrittenSpan;
    }

    /// <summary>The call ended: what was held back, where it never was of the form.</summary>
    public ReadOnlySpan<byte> End() => state == State.Before ? held.WrittenSpan : default;

    // Before, and nothing consumed: more is needed.
    private static State Begins(ref ReadOnlySpan<byte> bytes)
    {
        var rest = bytes;
        foreach (var token in (string[])["{", $"\"{FreeformTools.Argument}\"", ":", "\""])
        {
            rest = rest.TrimStart(" \t\r\n"u8);
            var expected = Encoding.ASCII.GetBytes(token);
            if (rest.Length < expected.Length)
            {
                return expected.AsSpan().StartsWith(rest) ? State.Before : State.Other;
            }
            if (!rest.StartsWith(expected))
            {
                return State.Other;
            }
            rest = rest[expected.Length..];
        }
        bytes = rest;
        return State.Within;
    }

    // Gives back what can't be read before more has come.
    private ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var at = bytes.IndexOfAny((byte)'\\', (byte)'"');
            text.Write(at < 0 ? bytes : bytes[..at]);
            if (at < 0)
            {
                return default;
            }
            bytes = bytes[at..];
            if (bytes[0] == (byte)'"')
            {
                state = State.After;
                return default;
            }
            var length = Escape(bytes);
            if (length == 0)
            {
                return bytes;
            }
            bytes = bytes[length..];
        }
        return default;
    }

    // Writes the character of an escape; 0 where more bytes are needed.
    private int Escape(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2)
        {
            return 0;
        }
        if (bytes[1] != (byte)'u')
        {
            text.Write(
                bytes[1] switch
                {
                    (byte)'n' => "\n"u8,
                    (byte)'t' => "\t"u8,
                    (byte)'r' => "\r"u8,
                    (byte)'b' => "\b"u8,
                    (byte)'f' => "\f"u8,
                    _ => bytes.Slice(1, 1),
                }
            );
            return 2;
        }
        if (!TryUnit(bytes, out var unit))
        {
            return 0;
        }
        if (char.IsHighSurrogate(unit) && (bytes.Length < 7 || bytes[6] == (byte)'\\'))
        {
            if (!TryUnit(bytes[6..], out var low))
            {
                return 0;
            }
            if (char.IsLowSurrogate(low))
            {
                Write(new Rune(unit, low));
                return 12;
            }
        }
        Write(Rune.TryCreate(unit, out var rune) ? rune : Rune.ReplacementChar);
        return 6;
    }

    private static bool TryUnit(ReadOnlySpan<byte> escape, out char unit)
    {
        unit = '\uFFFD';
        if (escape.Length < 6)
        {
            return false;
        }
        if (escape[1] == (byte)'u' && Utf8Parser.TryParse(escape.Slice(2, 4), out ushort value, out var read, 'x') && read == 4)
        {
            unit = (char)value;
        }
        return true;
    }

    private void Write(Rune rune)
    {
        Span<byte> utf8 = stackalloc byte[4];
        text.Write(utf8[..rune.EncodeToUtf8(utf8)]);
    }
}
