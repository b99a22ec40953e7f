namespace Purser.Routing.WhatIf;

/// <summary>How far a sum over sessions may be off for another such set of sessions: drawn with replacement, by seed.</summary>
/// <param name="Low">The 2.5th percentile of the drawn sums.</param>
/// <param name="High">The 97.5th.</param>
public readonly record struct Interval(long Low, long High)
{
    /// <summary>How many sets are drawn.</summary>
    public const int Draws = 2000;

    /// <summary>The interval of each of several sums, all over the same draws.</summary>
    /// <param name="sessions">For each session its part of each sum, in nano-dollars.</param>
    /// <param name="sums">How many sums there are.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>An interval a sum; null where there are fewer than two sessions, which say nothing of others.</returns>
    public static Interval[]? Of(IReadOnlyList<long[]> sessions, int sums, ulong seed)
    {
        if (sessions.Count < 2)
        {
            return null;
        }
        var drawn = new long[sums][];
        for (var sum = 0; sum < sums; sum++)
        {
            drawn[sum] = new long[Draws];
        }
        var state = seed;
        for (var draw = 0; draw < Draws; draw++)
        {
            for (var picked = 0; picked < sessions.Count; picked++)
            {
                var session = sessions[(int)((UInt128)Next(ref state) * (ulong)sessions.Count >> 64)];
                for (var sum = 0; sum < sums; sum++)
                {
                    drawn[sum][draw] += session[sum];
                }
            }
        }
        return [.. drawn.Select(Percentiles)];
    }

    private static Interval Percentiles(long[] drawn)
    {
        Array.Sort(drawn);
        return new(drawn[(int)(Draws * 0.025)], drawn[(int)Math.Ceiling(Draws * 0.975) - 1]);
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
