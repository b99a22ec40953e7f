using System.Runtime.InteropServices;

namespace Purser.Routing.Learning;

/// <summary>The terms of the training prompts, and how rare each is (TF-IDF). Immutable.</summary>
internal sealed class TermSpace
{
    private readonly Dictionary<int, int> terms;
    private readonly float[] rarity;
    private readonly float rarest;

    /// <summary>Restores a space.</summary>
    /// <param name="places">The hashed places that are terms, in the order of the terms.</param>
    /// <param name="rarity">Each term's inverse document frequency.</param>
    public TermSpace(int[] places, float[] rarity)
    {
        Places = places;
        this.rarity = rarity;
        rarest = rarity.Length > 0 ? rarity.Max() : 0;
        this.terms = new Dictionary<int, int>(places.Length);
        for (var term = 0; term < places.Length; term++)
        {
            this.terms.Add(places[term], term);
        }
    }

    /// <summary>The hashed place of each term.</summary>
    public int[] Places { get; }

    /// <summary>Each term's inverse document frequency.</summary>
    public IReadOnlyList<float> Rarity => rarity;

    /// <summary>How many terms there are.</summary>
    public int Count => rarity.Length;

    /// <summary>Whether a term is in as few training prompts as a term may be: without one of them it were none.</summary>
    public bool IsRarest(int term) => rarity[term] >= rarest;

    /// <summary>Learns the terms of prompts: those that at least <paramref name="least"/> of them have.</summary>
    public static TermSpace Learn(IReadOnlyList<RequestFeatures> prompts, int least = 2)
    {
        var seen = new Dictionary<int, int>();
        foreach (var prompt in prompts)
        {
            foreach (var place in prompt.Grams)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(seen, place, out _)++;
            }
        }

        var places = seen.Where(gram => gram.Value >= least).Select(gram => gram.Key).Order().ToArray();
        return new TermSpace(places, Array.ConvertAll(places, place => MathF.Log((1f + prompts.Count) / (1f + seen[place])) + 0.01f));
    }

    /// <summary>A prompt's row; empty where none of its grams is a term.</summary>
    public SparseRow Row(RequestFeatures prompt)
    {
        var terms = new List<int>(prompt.Grams.Length);
        var weights = new List<float>(prompt.Grams.Length);
        double length = 0;
        for (var gram = 0; gram < prompt.Grams.Length; gram++)
        {
            if (this.terms.TryGetValue(prompt.Grams[gram], out var term))
            {
                var weight = prompt.Weights[gram] * rarity[term];
                terms.Add(term);
                weights.Add(weight);
                length += weight * weight;
            }
        }

        var scale = length > 0 ? (float)(1 / Math.Sqrt(length)) : 0;
        for (var at = 0; at < weights.Count; at++)
        {
            weights[at] *= scale;
        }

        return new SparseRow([.. terms], [.. weights]);
    }
}
