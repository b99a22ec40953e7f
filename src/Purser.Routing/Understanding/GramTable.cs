using System.Numerics;

namespace Purser.Routing.Understanding;

/// <summary>
/// Counts a text's words, their stems and pairs, signs, and its first words, by their places in a hashed space. Examples that are shown before
/// the question count little: they are the same for every question of an application. Used again for the next request.
/// </summary>
internal sealed class GramTable
{
    /// <summary>How many places there are.</summary>
    public const int Size = 1 << PlaceBits;

    private const int PlaceBits = 18;

    // Counted in twentieths, so that all is whole numbers.
    private const int Full = 20;
    private const int Earlier = 3;
    private const int Opening = 3;
    private const ulong PairSalt = 0x9E3779B9_7F4A7C15;
    private const ulong StemSalt = 0x85EBCA6B_C2B2AE35;
    private const ulong OpeningSalt = 0x27D4EB2F_165667C5;

    private readonly ushort[] counts = new ushort[Size];
    private readonly ulong[] used = new ulong[Size / 64];
    private ulong before;
    private int seen;
    private int item;
    private bool isInItem;

    /// <summary>Begins a text.</summary>
    /// <param name="itemStart">Where the question itself begins in it.</param>
    public void Begin(int itemStart)
    {
        (before, seen, item, isInItem) = (0, 0, itemStart, false);
    }

    /// <summary>Counts a word, a number or a sign.</summary>
    /// <param name="hash">What it's known by.</param>
    /// <param name="stem">What its stem is known by; 0 where it has none.</param>
    /// <param name="start">Where it stands in the text.</param>
    public void Add(ulong hash, ulong stem, int start)
    {
        if (!isInItem && start >= item)
        {
            (before, seen, isInItem) = (0, 0, true);
        }
        var amount = isInItem ? Full : Earlier;
        Count(hash, amount);
        Count(((before * 31) + hash) ^ PairSalt, amount);
        if (stem != 0)
        {
            Count(stem ^ StemSalt, amount);
        }
        if (seen++ < Opening)
        {
            Count((hash * 7) + (ulong)seen + OpeningSalt, amount);
        }
        before = hash;
    }

    /// <summary>Gives the places, ascending, each with what it counts: one and the logarithm of its count, or its share of one. Forgets all.</summary>
    public (int[] Places, float[] Weights) Take()
    {
        var taken = 0;
        foreach (var block in used)
        {
            taken += BitOperations.PopCount(block);
        }
        var places = new int[taken];
        var weights = new float[taken];
        var next = 0;
        for (var block = 0; block < used.Length; block++)
        {
            for (var bits = used[block]; bits != 0; bits &= bits - 1)
            {
                var place = (block * 64) + BitOperations.TrailingZeroCount(bits);
                places[next] = place;
                weights[next++] = counts[place] <= Full ? counts[place] / (float)Full : 1 + MathF.Log(counts[place] / (float)Full);
                counts[place] = 0;
            }
            used[block] = 0;
        }
        return (places, weights);
    }

    private void Count(ulong hash, int amount)
    {
        // The upper bits of the product are the best mixed ones.
        var place = (int)((hash * 0x9E3779B97F4A7C15) >> (64 - PlaceBits));
        ref var count = ref counts[place];
        used[place >> 6] |= 1UL << (place & 63);
        count = (ushort)Math.Min(count + amount, ushort.MaxValue);
    }
}
