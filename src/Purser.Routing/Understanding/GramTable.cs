using System.Numerics;

namespace Purser.Routing.Understanding;

/// <summary>Counts words and pairs of words by their places in a hashed space. Used again for the next request.</summary>
internal sealed class GramTable
{
    /// <summary>How many places there are.</summary>
    public const int Size = 1 << PlaceBits;

    private const int PlaceBits = 16;

    private readonly ushort[] counts = new ushort[Size];
    private readonly ulong[] used = new ulong[Size / 64];

    /// <summary>How many places are taken.</summary>
    public int Count { get; private set; }

    /// <summary>Counts one.</summary>
    public void Add(ulong hash)
    {
        var place = (int)((hash * 0x9E3779B97F4A7C15) >> (64 - PlaceBits));
        ref var count = ref counts[place];
        if (count == 0)
        {
            used[place >> 6] |= 1UL << (place & 63);
            Count++;
        }
        count = (ushort)Math.Min(count + 1, ushort.MaxValue);
    }

    /// <summary>Gives the places, ascending, each with 1 + ln(count), and forgets all.</summary>
    public (int[] Places, float[] Weights) Take()
    {
        var places = new int[Count];
        var weights = new float[Count];
        var next = 0;
        for (var block = 0; block < used.Length; block++)
        {
            for (var bits = used[block]; bits != 0; bits &= bits - 1)
            {
                var place = block * 64 + BitOperations.TrailingZeroCount(bits);
                places[next] = place;
                weights[next++] = counts[place] == 1 ? 1 : 1 + MathF.Log(counts[place]);
                counts[place] = 0;
            }
            used[block] = 0;
        }
        Count = 0;
        return (places, weights);
    }
}
