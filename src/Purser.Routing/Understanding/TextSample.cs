namespace Purser.Routing.Understanding;

/// <summary>
/// A bounded sample of a turn's texts, unescaped: all of it where that fits, else its beginning and its end. A text gives the same
/// sample however it is escaped.
/// </summary>
/// <param name="headBytes">How much of the beginning is kept.</param>
/// <param name="tailBytes">How much of the end.</param>
internal sealed class TextSample(int headBytes, int tailBytes)
{
    private const int LongestWord = 64;

    private readonly byte[] bytes = new byte[headBytes + tailBytes + 1 + EscapedText.Overhang];

    // A byte of the end may be escaped as six; and the texts in it may each be a little too much.
    private readonly byte[] end = new byte[(EscapedText.LongestEscape * (tailBytes + 1)) + (Turn.MaxPlaces * (1 + EscapedText.Overhang))];
    private int length;

    /// <summary>The text, in UTF-8.</summary>
    public ReadOnlySpan<byte> Text => bytes.AsSpan(0, length);

    /// <summary>Takes what was said in a turn.</summary>
    public void Take(ReadOnlySpan<byte> body, Turn turn)
    {
        length = 0;
        var isWhole = true;
        foreach (var place in turn.Places)
        {
            if (isWhole && place.Kind == TextKind.Said && place.Length > 0)
            {
                isWhole = Append(bytes, ref length, headBytes + tailBytes, body.Slice(place.Offset, place.Length), place.IsEscaped);
            }
        }
        if (!isWhole)
        {
            length = CharacterAt(bytes, headBytes);
            TakeEnd(body, turn.Places);
        }
    }

    /// <summary>Keeps nothing of the request.</summary>
    public void Clear()
    {
        bytes.AsSpan(0, length).Clear();
        length = 0;
    }

    private static bool Append(byte[] onto, ref int length, int most, ReadOnlySpan<byte> text, bool isEscaped)
    {
        if (length >= most)
        {
            return false;
        }
        if (length > 0)
        {
            onto[length++] = (byte)'\n';
        }
        length += EscapedText.Copy(text, isEscaped, onto.AsSpan(length), most - length, out var isWhole);
        return isWhole;
    }

    // From the last place back to the one in which the end begins, of which no more is read than it can take.
    private void TakeEnd(ReadOnlySpan<byte> body, ReadOnlySpan<Place> places)
    {
        var first = places.Length;
        var (rest, needed) = (tailBytes, 0);
        while (first > 0 && rest > 0)
        {
            var place = places[--first];
            needed = rest;
            rest -=
                place.Kind != TextKind.Said || place.Length == 0
                    ? 0
                    : (place.Length / (place.IsEscaped ? EscapedText.LongestEscape : 1)) + 1;
        }
        var taken = 0;
        for (var index = first; index < places.Length; index++)
        {
            var place = places[index];
            if (place.Kind != TextKind.Said || place.Length == 0)
            {
                continue;
            }
            var text = body.Slice(place.Offset, place.Length);
            var enough = place.IsEscaped ? needed * EscapedText.LongestEscape : needed;
            if (index == first && text.Length > enough)
            {
                var from = text.Length - enough;
                text = text[(place.IsEscaped ? EscapedText.Boundary(text, from) : from)..];
            }
            Append(end, ref taken, end.Length - EscapedText.Overhang, text, place.IsEscaped);
        }
        var tail = FromWord(end.AsSpan(Math.Max(0, taken - tailBytes), Math.Min(taken, tailBytes)));
        bytes[length++] = (byte)'\n';
        tail.CopyTo(bytes.AsSpan(length));
        length += tail.Length;
        end.AsSpan(0, taken).Clear();
    }

    // Where the character begins that a place is in.
    private static int CharacterAt(ReadOnlySpan<byte> text, int place)
    {
        var from = place;
        while (from > Math.Max(0, place - EscapedText.Overhang) && (text[from] & 0xC0) == 0x80)
        {
            from--;
        }
        return from;
    }

    // Without the end of the word that it begins in, or of the character.
    private static ReadOnlySpan<byte> FromWord(ReadOnlySpan<byte> text)
    {
        var space = text[..Math.Min(text.Length, LongestWord)].IndexOf((byte)' ');
        if (space >= 0)
        {
            return text[space..];
        }
        while (!text.IsEmpty && (text[0] & 0xC0) == 0x80)
        {
            text = text[1..];
        }
        return text;
    }
}
