using System.Globalization;
using System.Text;

namespace Purser.Routing.Checks;

/// <summary>
/// What is kept of a turn to know it again: a hash of its words, and how many they are. Case, spaces and punctuation don't count.
/// </summary>
/// <param name="Hash">The hash.</param>
/// <param name="Words">How many words; 0 where there are too few to tell a turn by.</param>
public readonly record struct TurnPrint(ulong Hash, int Words)
{
    // "Go on", "yes", "next one please" are said again and again, and nothing failed.
    private const int FewestLetters = 12;

    // "Please try again:" before the same.
    private const int MostAdded = 6;
    private const int FewestWordsAddedTo = 4;

    private const ulong Base = 0x9E3779B97F4A7C15;

    /// <summary>The print of a turn.</summary>
    /// <param name="text">All that it says.</param>
    public static TurnPrint Of(string text)
    {
        var prefixes = Prefixes(text, out var letters);
        return letters < FewestLetters ? default : new TurnPrint(prefixes[^1], prefixes.Count - 1);
    }

    /// <summary>Whether a turn says the same as the one of this print: the same words, or those with up to six before or after them.</summary>
    /// <param name="text">All that the later turn says.</param>
    public bool IsSaidAgainBy(string text)
    {
        if (Words == 0)
        {
            return false;
        }

        var prefixes = Prefixes(text, out _);
        var added = prefixes.Count - 1 - Words;
        if (added < 0 || added > (Words < FewestWordsAddedTo ? 0 : MostAdded))
        {
            return false;
        }

        var power = Power(Words);
        for (var from = 0; from <= added; from++)
        {
            if (unchecked(prefixes[from + Words] - (prefixes[from] * power)) == Hash)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>For each number of words from the beginning, the hash of these: any part's can be had of two.</summary>
    private static List<ulong> Prefixes(string text, out int letters)
    {
        var prefixes = new List<ulong> { 0 };
        letters = 0;
        var word = 0UL;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark)
            {
                // FNV-1a over code points; a word is never 0.
                word = unchecked(((word == 0 ? 0xCBF29CE484222325 : word) ^ (uint)Rune.ToLowerInvariant(rune).Value) * 0x100000001B3);
                letters++;
            }
            else if (word != 0)
            {
                prefixes.Add(unchecked((prefixes[^1] * Base) + word));
                word = 0;
            }
        }

        if (word != 0)
        {
            prefixes.Add(unchecked((prefixes[^1] * Base) + word));
        }

        return prefixes;
    }

    private static ulong Power(int exponent)
    {
        var (result, factor) = (1UL, Base);
        for (; exponent > 0; exponent >>= 1)
        {
            result = (exponent & 1) != 0 ? unchecked(result * factor) : result;
            factor = unchecked(factor * factor);
        }

        return result;
    }
}
