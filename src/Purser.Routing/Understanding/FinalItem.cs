namespace Purser.Routing.Understanding;

/// <summary>Finds the question itself in a text that shows examples first.</summary>
internal static class FinalItem
{
    private const int ShortestText = 400;
    private const int ShortestItem = 30;
    private const int LongestCue = 40;

    /// <summary>
    /// Where the last item begins: after the last blank line, where the text's last line ("Answer:") also ended or began earlier items.
    /// Zero where the text shows no examples.
    /// </summary>
    /// <param name="text">The text, in UTF-8.</param>
    public static int Start(ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd(" \t\r\n"u8);
        if (text.Length < ShortestText)
        {
            return 0;
        }
        var cue = Cue(text);
        if (cue.Length < 2 || text.Count(cue) < 3)
        {
            return 0;
        }
        var start = text[..^ShortestItem].LastIndexOf("\n\n"u8);
        return start < 0 ? 0 : start + 2;
    }

    // The end of the text that asks for the answer: what stands before its last colon, from the last stop on.
    private static ReadOnlySpan<byte> Cue(ReadOnlySpan<byte> text)
    {
        if (text[^1] != ':')
        {
            return [];
        }
        var tail = text[Math.Max(0, text.Length - LongestCue)..];
        var from = tail[..^1].LastIndexOfAny((byte)'\n', (byte)'.', (byte)'?');
        return tail[(from + 1)..].TrimStart((byte)' ');
    }
}
