namespace Purser.Simulator.Answers;

/// <summary>SplitMix64: the same seed gives the same numbers on every machine and version, which <see cref="Random"/> doesn't promise.</summary>
internal struct SeededRandom(ulong seed)
{
    private ulong state = seed;

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        state += 0x9E3779B97F4A7C15;
        return Mix(state);
    }

    /// <summary>A number from 0 to <paramref name="exclusiveLimit"/> − 1.</summary>
    public int Below(int exclusiveLimit) => (int)(((UInt128)Next() * (ulong)exclusiveLimit) >> 64);

    /// <summary>A fraction from 0 (included) to 1 (excluded).</summary>
    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Spreads every bit of the input over the output.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
