using System.Text;

namespace Purser.Routing.Understanding;

/// <summary>The languages that stop words tell apart.</summary>
internal enum Language
{
    None,
    English,
    German,
    French,
    Spanish,
    Portuguese,
    Italian,
}

/// <summary>What a word or a pair of words is known for.</summary>
internal readonly record struct Meaning(Cue Cue, Language Language);

/// <summary>Finds words and pairs of words by their hashes. Its tables are in <see cref="LexiconWords"/>.</summary>
internal static class Lexicon
{
    private static readonly Dictionary<ulong, Meaning> Meanings = Create();

    /// <summary>What a word, or a pair of words, is known for.</summary>
    public static bool TryFind(ulong hash, out Meaning meaning) => Meanings.TryGetValue(hash, out meaning);

    private static readonly HashSet<ulong> Openers = [.. Split(LexiconWords.Openers).Select(HashOf)];

    /// <summary>Whether an order may follow a word: 'please', 'you', 'to' and the like.</summary>
    public static bool IsOpener(ulong hash) => Openers.Contains(hash);

    private static Dictionary<ulong, Meaning> Create()
    {
        var meanings = new Dictionary<ulong, Meaning>();
        foreach (var (language, words) in LexiconWords.StopWords)
        {
            foreach (var word in Split(words))
            {
                // A word of two languages tells neither.
                var hash = HashOf(word);
                meanings[hash] = new Meaning(Cue.None, meanings.ContainsKey(hash) ? Language.None : language);
            }
        }
        foreach (var (cue, words) in LexiconWords.Cues)
        {
            foreach (var word in Split(words))
            {
                var hash = HashOf(word);
                var language = meanings.GetValueOrDefault(hash).Language;
                if (meanings.TryGetValue(hash, out var other) && other.Cue != Cue.None)
                {
                    throw new InvalidOperationException($"'{word}' stands for {cue} and for {other.Cue}.");
                }
                meanings[hash] = new Meaning(cue, language);
            }
        }
        return meanings;
    }

    private static IEnumerable<string> Split(string words) =>
        words.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal);

    private static ulong HashOf(string entry)
    {
        var words = new Words(Encoding.UTF8.GetBytes(entry.Replace('_', ' ')));
        var hash = 0UL;
        var count = 0;
        while (words.Next() == Word.Letters)
        {
            hash = ++count == 1 ? words.Hash : Words.Pair(hash, words.Hash);
        }
        return count is 1 or 2 ? hash : throw new InvalidOperationException($"'{entry}' has {count} words; an entry has one or two.");
    }
}
