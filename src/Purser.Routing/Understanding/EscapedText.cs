using System.Globalization;
using System.Text;

namespace Purser.Routing.Understanding;

/// <summary>Text as it stands in JSON, unescaped in one pass. Broken escapes and broken UTF-8 are taken as they are.</summary>
internal static class EscapedText
{
    /// <summary>The most bytes that stand for one character, of at least one byte.</summary>
    public const int LongestEscape = 6;

    /// <summary>How many bytes more than asked for may be written: the rest of the last character.</summary>
    public const int Overhang = 3;

    /// <summary>Copies what a text says.</summary>
    /// <param name="text">The text, between its quotes.</param>
    /// <param name="isEscaped">Whether there are escapes in it.</param>
    /// <param name="onto">Where to; it has room for <paramref name="most"/> and <see cref="Overhang"/>.</param>
    /// <param name="most">After how many bytes to stop.</param>
    /// <param name="isWhole">Whether all was copied in no more than so many.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Copy(ReadOnlySpan<byte> text, bool isEscaped, Span<byte> onto, int most, out bool isWhole)
    {
        if (!isEscaped)
        {
            isWhole = text.Length <= most;
            text[..Math.Min(text.Length, most)].CopyTo(onto);
            return Math.Min(text.Length, most);
        }
        var length = 0;
        while (!text.IsEmpty && length < most)
        {
            var plain = text.IndexOf((byte)'\\');
            plain = Math.Min(plain < 0 ? text.Length : plain, most - length);
            text[..plain].CopyTo(onto[length..]);
            length += plain;
            text = text[plain..];
            if (!text.IsEmpty && length < most)
            {
                text = text[Unescape(text, onto, ref length)..];
            }
        }
        isWhole = text.IsEmpty && length <= most;
        return length;
    }

    /// <summary>The first place, from one on, that isn't in the midst of an escape.</summary>
    public static int Boundary(ReadOnlySpan<byte> text, int from)
    {
        // An escape's backslash stands at most five bytes before what still belongs to it.
        for (var at = Math.Max(0, from - LongestEscape + 1); at < from; at++)
        {
            if (text[at] == '\\' && Backslashes(text[..at]) % 2 == 0)
            {
                var end = at + (at + 1 < text.Length && text[at + 1] == 'u' ? LongestEscape : 2);
                if (end > from)
                {
                    return Math.Min(end, text.Length);
                }
            }
        }
        return from;
    }

    private static int Backslashes(ReadOnlySpan<byte> before) => before.Length - before.TrimEnd((byte)'\\').Length;

    // Writes what an escape stands for; gives how long it is.
    private static int Unescape(ReadOnlySpan<byte> text, Span<byte> onto, ref int length)
    {
        if (text.Length < 2)
        {
            return text.Length;
        }
        if (text[1] == 'u')
        {
            return UnescapeUnicode(text, onto, ref length);
        }
        onto[length++] = text[1] switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'t' => (byte)'\t',
            (byte)'r' => (byte)'\r',
            (byte)'b' => (byte)'\b',
            (byte)'f' => (byte)'\f',
            var other => other,
        };
        return 2;
    }

    private static int UnescapeUnicode(ReadOnlySpan<byte> text, Span<byte> onto, ref int length)
    {
        if (!TryUnit(text, out var unit))
        {
            return Math.Min(text.Length, LongestEscape);
        }
        if (Rune.TryCreate(unit, out var rune))
        {
            length += rune.EncodeToUtf8(onto[length..]);
            return LongestEscape;
        }
        if (TryUnit(text[LongestEscape..], out var low) && Rune.TryCreate(unit, low, out rune))
        {
            length += rune.EncodeToUtf8(onto[length..]);
            return 2 * LongestEscape;
        }
        return LongestEscape;
    }

    private static bool TryUnit(ReadOnlySpan<byte> text, out char unit)
    {
        unit = default;
        if (
            text.Length < LongestEscape
            || text[0] != '\\'
            || text[1] != 'u'
            || !ushort.TryParse(text[2..LongestEscape], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
        )
        {
            return false;
        }
        unit = (char)value;
        return true;
    }
}
