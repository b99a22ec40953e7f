namespace Purser.Simulator.Tokens;

/// <summary>
/// The simulator's tokenizer, for prompts and answers alike. It is not any model's: it is a rule that a client can apply by hand.
/// <list type="bullet">
/// <item>A run of ASCII letters and digits is one token per five of them, rounded up.</item>
/// <item>ASCII white space (space, tab, line feed, vertical tab, form feed, carriage return) is free and ends a run.</item>
/// <item>Every other byte of the UTF-8 text is one token: a comma is 1, <c>é</c> is 2, an emoji is 4.</item>
/// </list>
/// So a text never has more tokens than it has bytes.
/// </summary>
public static class TokenCounter
{
    /// <summary>How many letters or digits of one run share a token.</summary>
    public const int RunLength = 5;

    // 0: white space, 1: letter or digit, 2: everything else.
    private static readonly byte[] Kinds = CreateKinds();

    /// <summary>How many tokens a UTF-8 text has, 0 to its length in bytes.</summary>
    public static int Count(ReadOnlySpan<byte> utf8)
    {
        var kinds = Kinds;
        var tokens = 0;
        var run = 0;
        foreach (var b in utf8)
        {
            var kind = kinds[b];
            if (kind == 1)
            {
                // The first letter of each group of five opens a token.
                tokens += run == 0 ? 1 : 0;
                run = run == RunLength - 1 ? 0 : run + 1;
            }
            else
            {
                tokens += kind >> 1;
                run = 0;
            }
        }

        return tokens;
    }

    /// <summary>How many tokens a text has; see <see cref="Count(ReadOnlySpan{byte})"/>.</summary>
    public static int Count(string text) => Count(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>
    /// Takes up to <paramref name="limit"/> tokens from the front of a text. White space after the last taken token is left.
    /// </summary>
    /// <param name="utf8">The text. It starts a new run.</param>
    /// <param name="limit">How many tokens to take at most, at least 1.</param>
    /// <param name="tokens">How many were taken, 0 to <paramref name="limit"/>.</param>
    /// <returns>How many bytes they took; the whole text when it has fewer tokens than the limit.</returns>
    public static int Take(ReadOnlySpan<byte> utf8, int limit, out int tokens)
    {
        var kinds = Kinds;
        var run = 0;
        tokens = 0;
        for (var i = 0; i < utf8.Length; i++)
        {
            var kind = kinds[utf8[i]];
            var opens = kind == 2 || (kind == 1 && run == 0);
            if (tokens == limit && (opens || kind == 0))
            {
                return i;
            }

            tokens += opens ? 1 : 0;
            run =
                kind != 1 ? 0
                : run == RunLength - 1 ? 0
                : run + 1;
        }

        return utf8.Length;
    }

    private static byte[] CreateKinds()
    {
        var kinds = new byte[256];
        for (var b = 0; b < kinds.Length; b++)
        {
            kinds[b] =
                char.IsAsciiLetterOrDigit((char)b) ? (byte)1
                : b is ' ' or (>= 9 and <= 13) ? (byte)0
                : (byte)2;
        }

        return kinds;
    }
}
