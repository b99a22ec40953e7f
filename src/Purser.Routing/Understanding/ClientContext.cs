namespace Purser.Routing.Understanding;

/// <summary>
/// What coding agents put into the user's turns by themselves: surroundings, reminders, house rules. It's no one's question, so it's
/// seen as the system's text.
/// </summary>
internal static class ClientContext
{
    private static readonly byte[][] Beginnings =
    [
        "<system-reminder>"u8.ToArray(),
        "<environment_context>"u8.ToArray(),
        "<environment_details>"u8.ToArray(),
        "<user_instructions>"u8.ToArray(),
        "<permissions"u8.ToArray(),
        "<skills_instructions>"u8.ToArray(),
        "<session_context>"u8.ToArray(),
        "<ide_"u8.ToArray(),
        "<local-command"u8.ToArray(),
        "# AGENTS.md instructions"u8.ToArray(),
        "This is the Gemini CLI"u8.ToArray(),
        "This is the Qwen Code"u8.ToArray(),
    ];

    private static readonly int Longest = Beginnings.Max(beginning => beginning.Length);

    /// <summary>Whether a text begins as such ones do.</summary>
    /// <param name="text">As it stands in the body.</param>
    /// <param name="isEscaped">Whether there are escapes in it.</param>
    public static bool Is(ReadOnlySpan<byte> text, bool isEscaped)
    {
        var most = 2 * Longest;
        Span<byte> start = stackalloc byte[most + EscapedText.Overhang];
        start = start[..EscapedText.Copy(text, isEscaped, start, most, out _)].TrimStart((byte)'\n');
        foreach (var beginning in Beginnings)
        {
            if (start.StartsWith(beginning))
            {
                return true;
            }
        }
        return false;
    }
}
