using Purser.Simulator.Answers;

namespace Purser.Simulator.Skills;

/// <summary>
/// What an answer carries of whether it's good, for those alone who know the plan's seed: in words, the first eight are a code, of which four are drawn and four
/// follow from them and the truth; in JSON, the white space after its first brace is. Nothing else tells a good answer from a bad one that looks like it.
/// </summary>
public static class AnswerMark
{
    /// <summary>How many words of an answer are its mark.</summary>
    public const int MarkedWords = 8;

    private const int Half = MarkedWords / 2;
    private const int Blanks = 18;
    private const int DrawnBlanks = 6;

    /// <summary>What is said of the answers in a text, in the order in which they stand there.</summary>
    /// <param name="text">One answer, or a text that quotes several. An answer of fewer than eight words has no mark.</param>
    /// <param name="seed">The plan's seed.</param>
    /// <returns>For each mark that is found, whether the answer is good.</returns>
    public static IReadOnlyList<bool> Read(string text, ulong seed)
    {
        var found = new List<(int At, bool IsGood)>();
        FindWords(text, seed, found);
        FindBlanks(text, seed, found);
        found.Sort((left, right) => left.At.CompareTo(right.At));
        return [.. found.Select(mark => mark.IsGood)];
    }

    /// <summary>Eight words that say it.</summary>
    internal static byte[] Words(bool isGood, ulong seed, ref SeededRandom random)
    {
        var drawn = (uint)random.Next();
        var follow = Follow(drawn, isGood, seed);
        using var text = new MemoryStream();
        for (var i = 0; i < MarkedWords; i++)
        {
            text.Write(i > 0 ? " "u8 : ""u8);
            text.Write(Answers.Words.At((byte)((i < Half ? drawn : follow) >> (8 * (i % Half)))));
        }

        return text.ToArray();
    }

    /// <summary>White space that says it.</summary>
    internal static byte[] Space(bool isGood, ulong seed, ref SeededRandom random)
    {
        var drawn = (uint)random.Below(1 << DrawnBlanks);
        var code = drawn | (Follow(drawn, isGood, seed) << DrawnBlanks);
        return [.. Enumerable.Range(0, Blanks).Select(i => (byte)((code >> i & 1) == 0 ? ' ' : '\n'))];
    }

    private static uint Follow(uint drawn, bool isGood, ulong seed) =>
        (uint)SeededRandom.Mix(SeededRandom.Mix(seed + 0x5EA1) ^ ((ulong)drawn << 1) ^ (isGood ? 1UL : 0));

    private static void FindWords(string text, ulong seed, List<(int At, bool IsGood)> found)
    {
        var words = new List<(int At, int Place)>();
        for (var i = 0; i < text.Length; )
        {
            var start = i;
            while (i < text.Length && char.IsAsciiLetter(text[i]))
            {
                i++;
            }

            if (i > start)
            {
                words.Add((start, i - start > Answers.Words.MostBytes ? -1 : Answers.Words.PlaceOf(text[start..i])));
            }

            i = i == start ? i + 1 : i;
        }

        for (var i = 0; i + MarkedWords <= words.Count; i++)
        {
            var (drawn, follow, known) = (0u, 0u, true);
            for (var k = 0; k < Half; k++)
            {
                known &= words[i + k].Place >= 0 && words[i + k + Half].Place >= 0;
                drawn |= (uint)(words[i + k].Place & 0xFF) << (8 * k);
                follow |= (uint)(words[i + k + Half].Place & 0xFF) << (8 * k);
            }

            if (known && Said(drawn, follow, seed) is { } isGood)
            {
                found.Add((words[i].At, isGood));
                i += MarkedWords - 1;
            }
        }
    }

    private static void FindBlanks(string text, ulong seed, List<(int At, bool IsGood)> found)
    {
        for (var at = text.IndexOf('{', StringComparison.Ordinal); at >= 0; at = text.IndexOf('{', at + 1))
        {
            var code = 0u;
            var length = 0;
            for (var next = at + 1; length < Blanks && next < text.Length; length++)
            {
                // Within a JSON string a line feed is an escape.
                var isEscaped = text[next] == '\\' && next + 1 < text.Length && text[next + 1] == 'n';
                if (!isEscaped && text[next] is not (' ' or '\n'))
                {
                    break;
                }

                code |= (text[next] == ' ' ? 0 : 1u) << length;
                next += isEscaped ? 2 : 1;
            }

            const uint Low = (1u << DrawnBlanks) - 1;
            const int Kept = Blanks - DrawnBlanks;
            if (length == Blanks && Said(code & Low, code >> DrawnBlanks, seed, (1u << Kept) - 1) is { } isGood)
            {
                found.Add((at, isGood));
            }
        }
    }

    private static bool? Said(uint drawn, uint follow, ulong seed, uint mask = uint.MaxValue) =>
        (Follow(drawn, true, seed) & mask) == follow ? true
        : (Follow(drawn, false, seed) & mask) == follow ? false
        : null;
}
