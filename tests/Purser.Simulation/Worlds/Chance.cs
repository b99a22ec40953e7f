namespace Purser.Simulation.Worlds;

/// <summary>A stream of random numbers that a seed determines on every machine and in every version of .NET (SplitMix64).</summary>
public sealed class Chance(ulong seed)
{
    private ulong state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        var mixed = state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A number from the first to the last, both included.</summary>
    public long Of(long first, long last) => first + (long)(Next() % (ulong)(last - first + 1));

    /// <summary>Whether something happens that happens so often in a hundred times.</summary>
    public bool Percent(int percent) => Of(1, 100) <= percent;

    /// <summary>One of a few.</summary>
    public T Of<T>(IReadOnlyList<T> values) => values[(int)Of(0, values.Count - 1)];
}
