using System.Text;

namespace Purser.Gateway.Pipeline;

/// <summary>A message for people as the reason phrase of a status line: one line of printable ASCII, of at most 2,000 characters.</summary>
internal static class ReasonPhrase
{
    private const int Longest = 2000;

    /// <summary>The message as it can stand there. Names in it may be anyone's: a line break would begin a header.</summary>
    public static string Of(string message)
    {
        var phrase = new StringBuilder(message.Length + 8);
        foreach (var letter in message)
        {
            phrase.Append(
                letter switch
                {
                    '…' => "...",
                    >= ' ' and <= '~' => letter.ToString(),
                    _ => "?",
                }
            );
        }

        return phrase.Length <= Longest ? phrase.ToString() : phrase.ToString(0, Longest);
    }
}
