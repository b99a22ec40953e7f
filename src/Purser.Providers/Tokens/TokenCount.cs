using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Purser.Providers.Tokens;

/// <summary>
/// Counts the tokens of text, on the safe side, in time that grows with the text's length alone. The merging of a piece takes
/// time that grows with the square of its length, and a piece is a run of letters, of white space or of signs: what
/// belongs to a run of more than <see cref="LongestRun"/> is counted by its bytes instead.
/// </summary>
internal static class TokenCount
{
    /// <summary>The longest run that is tokenized, in UTF-16 units.</summary>
    public const int LongestRun = 128;

    private enum Run
    {
        Any,
        Letters,
        Digits,
        Spaces,
        Signs,
    }

    /// <summary>The tokens of a text that no message frames.</summary>
    public static long Of(Tokenizer tokenizer, ReadOnlySpan<char> text)
    {
        long tokens = 0;
        // What comes before `from` is counted; what follows it up to `start` is to be tokenized in one piece.
        int from = 0,
            start = 0;
        while (start < text.Length)
        {
            var end = RunEnd(text, start);
            if (end - start > LongestRun || char.IsSurrogate(text[start]))
            {
                // Pairs of surrogates are letters to the provider's tokenizer and none to .NET's.
                tokens += Ordinary(tokenizer, text[from..start]) + Encoding.UTF8.GetByteCount(text[start..end]);
                from = end;
            }
            start = end;
        }
        return tokens + Ordinary(tokenizer, text[from..]);
    }

    // "<|endoftext|>" in a client's text is text to the provider, though the tokenizer knows it as one token.
    private static long Ordinary(Tokenizer tokenizer, ReadOnlySpan<char> text)
    {
        long tokens = 0;
        while (!text.IsEmpty)
        {
            var at = text.IndexOf("<|");
            var part = at < 0 ? text : text[..(at + 1)];
            tokens += tokenizer.CountTokens(part);
            text = text[part.Length..];
        }
        return tokens;
    }

    private static int RunEnd(ReadOnlySpan<char> text, int start)
    {
        var end = start;
        if (char.IsSurrogate(text[start]))
        {
            while (end < text.Length && char.IsSurrogate(text[end]))
            {
                end++;
            }
            return end;
        }
        var run = Run.Any;
        for (; end < text.Length && !char.IsSurrogate(text[end]); end++)
        {
            var kind = KindOf(text[end]);
            if (kind != Run.Any && run != Run.Any && kind != run)
            {
                break;
            }
            run = kind == Run.Any ? run : kind;
        }
        return end;
    }

    // Marks belong to words and to signs; line ends and slashes to white space, and to signs that they follow.
    private static Run KindOf(char character)
    {
        if (character is '\r' or '\n' or '/')
        {
            return Run.Any;
        }
        if (char.IsWhiteSpace(character))
        {
            return Run.Spaces;
        }
        return char.GetUnicodeCategory(character) switch
        {
            <= UnicodeCategory.OtherLetter => Run.Letters,
            <= UnicodeCategory.EnclosingMark => Run.Any,
            <= UnicodeCategory.OtherNumber => Run.Digits,
            _ => Run.Signs,
        };
    }
}
