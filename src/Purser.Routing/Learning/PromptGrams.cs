namespace Purser.Routing.Learning;

/// <summary>
/// Counts the words of a prompt, their pairs and their stems, each as a place in a hashed space. Examples shown before the
/// question ("few shots") count little: they are the same for every question of an application.
/// </summary>
internal sealed class PromptGrams
{
    /// <summary>How many places there are, as a power of two.</summary>
    public const int Bits = 18;

    /// <summary>Of a long prompt, this much of its head and of its tail is read, in characters.</summary>
    private const int Head = 4096;
    private const int Tail = 12288;
    private const int StemLength = 5;
    private const float EarlierWeight = 0.15f;
    private const uint PairSalt = 0x9E3779B9;
    private const uint StemSalt = 0x85EBCA6B;
    private const uint OpeningSalt = 0xC2B2AE35;

    private readonly Dictionary<int, float> _counts = [];

    /// <summary>The places, ascending, and how much each counts: one and the logarithm of its count.</summary>
    /// <param name="prompt">The prompt's text.</param>
    public static (int[] Places, float[] Weights) Of(string prompt)
    {
        var grams = new PromptGrams();
        var text = prompt.AsSpan();
        var item = FinalItem.Start(prompt);
        if (text.Length > Head + Tail)
        {
            grams.Read(text[..Head], EarlierWeight);
            item = Math.Max(item, text.Length - Tail);
        }
        else if (item > 0)
        {
            grams.Read(text[..item], EarlierWeight);
        }

        grams.Read(text[item..], 1);
        var places = grams._counts.Keys.ToArray();
        Array.Sort(places);
        return (places, Array.ConvertAll(places, place => Damped(grams._counts[place])));
    }

    /// <summary>A count's weight: the count itself below one, and growing with its logarithm above.</summary>
    private static float Damped(float count) => count <= 1 ? count : 1 + MathF.Log(count);

    private void Read(ReadOnlySpan<char> text, float weight)
    {
        uint before = 0;
        var words = 0;
        for (var at = 0; at < text.Length; )
        {
            var symbol = text[at];
            if (char.IsWhiteSpace(symbol))
            {
                at++;
                continue;
            }

            var end = at + 1;
            var hash = Mix(2166136261, symbol);
            if (char.IsLetter(symbol))
            {
                var stem = 0u;
                for (; end < text.Length && char.IsLetter(text[end]); end++)
                {
                    stem = end - at == StemLength ? hash : stem;
                    hash = Mix(hash, text[end]);
                }

                Add((stem == 0 ? hash : stem) ^ StemSalt, weight);
            }
            else if (char.IsDigit(symbol))
            {
                // A number's size and form say more than its digits.
                hash = Mix(2166136261, '0');
                for (; end < text.Length && (char.IsDigit(text[end]) || text[end] is '.' or ','); end++)
                {
                    hash = Mix(hash, char.IsDigit(text[end]) ? '0' : text[end]);
                }
            }

            Add(hash, weight);
            Add((before * 31 + hash) ^ PairSalt, weight);
            if (words++ < 3)
            {
                Add(hash * 7 + (uint)words + OpeningSalt, weight);
            }

            before = hash;
            at = end;
        }
    }

    private void Add(uint hash, float weight)
    {
        // The upper bits of the product are the best mixed ones.
        var place = (int)((hash * 2654435769u) >> (32 - Bits));
        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_counts, place, out _) += weight;
    }

    private static uint Mix(uint hash, char symbol) => (hash ^ char.ToLowerInvariant(symbol)) * 16777619;
}
