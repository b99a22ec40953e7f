using System.Globalization;
using System.Text;

namespace Purser.Routing.Understanding;

/// <summary>
/// A bounded sample of a turn's texts, unescaped: all of it where that fits, else its beginning and its end. Unescapes in one pass;
/// broken escapes and broken UTF-8 are taken as they are.
/// </summary>
/// <param name="headBytes">How much of the beginning is kept.</param>
/// <param name="tailBytes">How much of the end.</param>
internal sealed class TextSample(int headBytes, int tailBytes)
{
    private const int LongestEscaped = 6;

    private readonly byte[] bytes = new byte[headBytes + tailBytes + 64];
    private int length;

    /// <summary>The text, in UTF-8.</summary>
    public ReadOnlySpan<byte> Text => bytes.AsSpan(0, length);

    /// <summary>Whether something in the midst was left out.</summary>
    public bool IsShortened { get; private set; }

    /// <summary>Takes what was said in a turn.</summary>
    public void Take(ReadOnlySpan<byte> body, Turn turn)
    {
        length = 0;
        IsShortened = false;
        var places = turn.Places;
        var total = 0L;
        foreach (var place in places)
        {
            total += place.Kind == TextKind.Said ? place.Length + 1 : 0;
        }
        IsShortened = total > headBytes + tailBytes;
        var head = IsShortened ? headBytes : headBytes + tailBytes;
        var next = 0;
        for (; next < places.Length && length < head; next++)
        {
            Append(Slice(body, places[next]), head - length, places[next].IsEscaped);
        }
        if (IsShortened)
        {
            TakeEnd(body, places);
        }
    }

    /// <summary>Keeps nothing of the request.</summary>
    public void Clear()
    {
        bytes.AsSpan(0, length).Clear();
        length = 0;
    }

    // From the last place back to the one in which the end begins.
    private void TakeEnd(ReadOnlySpan<byte> body, ReadOnlySpan<Place> places)
    {
        var first = places.Length;
        var rest = tailBytes;
        while (first > 0 && rest > 0)
        {
            first--;
            rest -= places[first].Kind == TextKind.Said ? places[first].Length + 1 : 0;
        }
        for (var index = first; index < places.Length; index++)
        {
            var text = Slice(body, places[index]);
            if (index == first && rest < 0)
            {
                text = Behind(text, -rest);
            }
            Append(text, bytes.Length - LongestEscaped - 2 - length, places[index].IsEscaped);
        }
    }

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> body, Place place) =>
        place.Kind == TextKind.Said ? body.Slice(place.Offset, place.Length) : default;

    // From a position on, but not from the midst of an escape: none has a space in it.
    private static ReadOnlySpan<byte> Behind(ReadOnlySpan<byte> text, int from)
    {
        var rest = text[Math.Min(from, text.Length)..];
        var space = rest[..Math.Min(rest.Length, 64)].IndexOf((byte)' ');
        return space < 0 ? rest : rest[space..];
    }

    private void Append(ReadOnlySpan<byte> text, int most, bool isEscaped)
    {
        if (most <= 0 || text.IsEmpty)
        {
            return;
        }
        if (length > 0)
        {
            bytes[length++] = (byte)'\n';
        }
        if (!isEscaped)
        {
            text = text[..Math.Min(text.Length, most)];
            text.CopyTo(bytes.AsSpan(length));
            length += text.Length;
            return;
        }
        var end = length + most;
        while (!text.IsEmpty && length < end)
        {
            var plain = text.IndexOf((byte)'\\');
            plain = Math.Min(plain < 0 ? text.Length : plain, end - length);
            text[..plain].CopyTo(bytes.AsSpan(length));
            length += plain;
            text = text[plain..];
            if (!text.IsEmpty && length < end)
            {
                text = text[Unescape(text)..];
            }
        }
    }

    // Writes what an escape stands for; gives how long it is.
    private int Unescape(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2)
        {
            return text.Length;
        }
        if (text[1] == 'u')
        {
            return UnescapeUnicode(text);
        }
        bytes[length++] = text[1] switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'t' => (byte)'\t',
            (byte)'r' => (byte)'\r',
            (byte)'b' or (byte)'f' => (byte)' ',
            var other => other,
        };
        return 2;
    }

    private int UnescapeUnicode(ReadOnlySpan<byte> text)
    {
        if (!TryUnit(text, out var unit))
        {
            return Math.Min(text.Length, LongestEscaped);
        }
        if (Rune.TryCreate(unit, out var rune))
        {
            length += rune.EncodeToUtf8(bytes.AsSpan(length));
            return LongestEscaped;
        }
        if (TryUnit(text[LongestEscaped..], out var low) && Rune.TryCreate(unit, low, out rune))
        {
            length += rune.EncodeToUtf8(bytes.AsSpan(length));
            return 2 * LongestEscaped;
        }
        return LongestEscaped;
    }

    private static bool TryUnit(ReadOnlySpan<byte> text, out char unit)
    {
        unit = default;
        if (
            text.Length < LongestEscaped
            || text[0] != '\\'
            || text[1] != 'u'
            || !ushort.TryParse(text[2..LongestEscaped], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
        )
        {
            return false;
        }
        unit = (char)value;
        return true;
    }
}
