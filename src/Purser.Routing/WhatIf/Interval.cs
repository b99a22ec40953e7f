namespace Purser.Routing.WhatIf;

/// <summary>
/// How far a part of a cost may be off for another such set of sessions: sessions are drawn with replacement, by seed, and the part is that of the
/// drawn sessions' own cost.
/// </summary>
/// <param name="Low">The 2.5th percentile of the drawn parts, of the cost that there was, in nano-dollars.</param>
/// <param name="High">The 97.5th.</param>
public readonly record struct Interval(long Low, long High)
{
    /// <summary>How many sets are drawn.</summary>
    public const int Draws = 2000;

    private const long Whole = 1_000_000_000;

    /// <summary>The interval of each of several sums, all over the same draws.</summary>
    /// <param name="sessions">For each session what it cost, and then its part of each sum, in nano-dollars.</param>
    /// <param name="sums">How many sums there are.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>An interval a sum; null where there are fewer than two sessions, which say nothing of others.</returns>
    public static Interval[]? Of(IReadOnlyList<long[]> sessions, int sums, ulong seed)
    {
        if (sessions.Count < 2)
        {
            return null;
        }
        var parts = new long[sums][];
        for (var sum = 0; sum < sums; sum++)
        {
            parts[sum] = new long[Draws];
        }
        var state = seed;
        var drawn = new Int128[sums + 1];
        for (var draw = 0; draw < Draws; draw++)
        {
            Array.Clear(drawn);
            for (var picked = 0; picked < sessions.Count; picked++)
            {
                var session = sessions[(int)(((UInt128)Next(ref state) * (ulong)sessions.Count) >> 64)];
                for (var sum = 0; sum <= sums; sum++)
                {
                    drawn[sum] += session[sum];
                }
            }
            for (var sum = 0; sum < sums; sum++)
            {
                parts[sum][draw] = drawn[0] == 0 ? 0 : (long)(drawn[sum + 1] * Whole / drawn[0]);
            }
        }
        var cost = sessions.Aggregate(Int128.Zero, (before, session) => before + session[0]);
        return [.. parts.Select(part => Percentiles(part, cost))];
    }

    private static Interval Percentiles(long[] parts, Int128 cost)
    {
        Array.Sort(parts);
        return new(At((int)(Draws * 0.025)), At((int)Math.Ceiling(Draws * 0.975) - 1));

        long At(int index) => (long)(cost * parts[index] / Whole);
    }

    // SplitMix64: the same draws on every machine and version.
    private static ulong Next(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
