namespace Purser.Core.Budgets;

/// <summary>
/// How much output of a watched stream is held at a time. Agents ask for 64k tokens and use 900: holding all of it would fill a small
/// budget with money that is hardly ever spent.
/// </summary>
public static class OutputSlices
{
    /// <summary>
    /// How many tokens the hold stays ahead of what has been seen, at least: about a second of the fastest hosts, and what a provider
    /// bills between a cancel and its taking effect.
    /// </summary>
    public const long Ahead = 2048;

    /// <summary>What is held first where nothing is known of how long answers are, in tokens.</summary>
    public const long Unknown = 4096;

    /// <summary>The first slice, in tokens.</summary>
    /// <param name="predicted">What the answer will probably not exceed; null where nothing is known.</param>
    /// <param name="most">The output limit.</param>
    public static long First(long? predicted, long most) => Math.Min(most, Math.Min(predicted ?? Unknown, most) + Ahead);

    /// <summary>What has to be held once so much was seen: more than now, or the same where that is enough.</summary>
    /// <param name="seen">An upper bound of the tokens generated so far.</param>
    /// <param name="held">The tokens held.</param>
    /// <param name="most">The output limit.</param>
    public static long Next(long seen, long held, long most)
    {
        if (held >= most || seen <= held - Ahead)
        {
            return held;
        }

        // Half as much again each time: a long answer takes few extensions.
        return Math.Min(most, Math.Max(seen + (2 * Ahead), held + (held / 2)));
    }
}
