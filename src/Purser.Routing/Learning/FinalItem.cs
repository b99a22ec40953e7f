namespace Purser.Routing.Learning;

/// <summary>Finds the question itself in a prompt that shows examples first.</summary>
internal static class FinalItem
{
    private const int ShortestPrompt = 400;
    private const int ShortestItem = 30;
    private const int LongestCue = 40;

    /// <summary>
    /// Where the last item begins: after the last blank line, where the prompt's last line ("Answer:") also ended or began earlier items.
    /// Zero where the prompt shows no examples.
    /// </summary>
    /// <param name="prompt">The prompt's text.</param>
    public static int Start(string prompt)
    {
        var text = prompt.AsSpan().TrimEnd();
        if (text.Length < ShortestPrompt)
        {
            return 0;
        }

        var cue = Cue(text);
        if (cue.Length < 2 || Count(text, cue) < 3)
        {
            return 0;
        }

        var start = text[..^ShortestItem].LastIndexOf("\n\n");
        return start < 0 ? 0 : start + 2;
    }

    /// <summary>The end of the prompt that asks for the answer: what stands before its last colon, from the last stop on.</summary>
    private static ReadOnlySpan<char> Cue(ReadOnlySpan<char> text)
    {
        if (text[^1] != ':')
        {
            return [];
        }

        var tail = text[Math.Max(0, text.Length - LongestCue)..];
        var from = tail[..^1].LastIndexOfAny('\n', '.', '?');
        return tail[(from + 1)..].TrimStart();
    }

    private static int Count(ReadOnlySpan<char> text, ReadOnlySpan<char> cue)
    {
        var count = 0;
        for (var at = text.IndexOf(cue); at >= 0; count++)
        {
            text = text[(at + cue.Length)..];
            at = text.IndexOf(cue);
        }

        return count;
    }
}
