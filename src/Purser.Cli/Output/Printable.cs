using System.Text;

namespace Purser.Cli.Output;

/// <summary>
/// Makes text from elsewhere (names, messages of a server) safe to print: a control character could move the cursor or recolour
/// the terminal, so each is shown as its escape.
/// </summary>
internal static class Printable
{
    /// <summary>One line: every control character, line breaks too, is shown as an escape.</summary>
    public static string Line(string text) => Escape(text, keepLineBreaks: false);

    /// <summary>Text of more than one line: line breaks stay.</summary>
    public static string Block(string text) => Escape(text, keepLineBreaks: true);

    private static string Escape(string text, bool keepLineBreaks)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u0000', '\u001f') && !text.AsSpan().ContainsAnyInRange('\u007f', '\u009f'))
        {
            return text;
        }

        var printable = new StringBuilder(text.Length + 8);
        foreach (var character in text)
        {
            if (!char.IsControl(character) || (keepLineBreaks && character == '\n'))
            {
                printable.Append(character);
            }
            else
            {
                printable.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
        }

        return printable.ToString();
    }
}
