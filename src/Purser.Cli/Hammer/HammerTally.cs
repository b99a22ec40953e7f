using System.Collections.Concurrent;

namespace Purser.Cli.Hammer;

/// <summary>How one request ended, as its caller saw it.</summary>
internal enum HammerOutcome
{
    /// <summary>Answered to its end.</summary>
    Served,

    /// <summary>Answered with an error status.</summary>
    Refused,

    /// <summary>No answer, or one that broke off.</summary>
    Failed,

    /// <summary>The caller left.</summary>
    Left,
}

/// <summary>What one request came back with.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Status">The HTTP status; 0 where there was none.</param>
/// <param name="Text">The error's body or message; null where it was served.</param>
internal sealed record HammerAnswer(HammerOutcome Outcome, int Status, string? Text = null);

/// <summary>Counts answers, from any thread.</summary>
internal sealed class HammerTally
{
    private readonly ConcurrentDictionary<int, long> statuses = [];
    private readonly long[] outcomes = new long[Enum.GetValues<HammerOutcome>().Length];
    private HammerAnswer? lastRefusal;

    /// <summary>How many were sent.</summary>
    public long Sent => outcomes.Sum();

    /// <summary>The last refusal or failure; null where there was none.</summary>
    public HammerAnswer? LastRefusal => lastRefusal;

    /// <summary>The refusals by their status: <c>402: 10, 429: 3</c>; empty where there was none.</summary>
    public string RefusedByStatus => string.Join(", ", statuses.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}: {pair.Value}"));

    /// <summary>How many ended in a way.</summary>
    public long this[HammerOutcome outcome] => Interlocked.Read(ref outcomes[(int)outcome]);

    /// <summary>Counts one.</summary>
    public void Add(HammerAnswer answer)
    {
        Interlocked.Increment(ref outcomes[(int)answer.Outcome]);
        if (answer.Outcome == HammerOutcome.Refused)
        {
            statuses.AddOrUpdate(answer.Status, 1, (_, seen) => seen + 1);
        }

        if (answer.Outcome is HammerOutcome.Refused or HammerOutcome.Failed)
        {
            lastRefusal = answer;
        }
    }
}
