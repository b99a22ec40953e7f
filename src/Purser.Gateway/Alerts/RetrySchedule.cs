namespace Purser.Gateway.Alerts;

/// <summary>
/// When a delivery that failed is tried again: after 5 seconds, then each time three times as long as before, at most 4 hours, each
/// a fifth shorter or longer by chance. 24 hours after the first attempt it's given up: after about a dozen attempts.
/// </summary>
internal static class RetrySchedule
{
    /// <summary>How long after its first attempt a delivery is still tried.</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromHours(24);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(4);

    // A receiver may ask for patience, but not for silence.
    private static readonly TimeSpan MostAsked = TimeSpan.FromHours(1);

    /// <summary>The time of the next attempt, or null to give up.</summary>
    /// <param name="attempts">How many attempts were made. From 1.</param>
    /// <param name="firstAt">When the first was made.</param>
    /// <param name="now">When the last one failed.</param>
    /// <param name="retryAfter">What the receiver asked for, or null.</param>
    /// <param name="random">Where chance comes from.</param>
    public static DateTimeOffset? Next(int attempts, DateTimeOffset firstAt, DateTimeOffset now, TimeSpan? retryAfter, Random random)
    {
        var delay = First;
        for (var i = 1; i < attempts && delay < Longest; i++)
        {
            delay *= 3;
        }

        delay = new TimeSpan((delay < Longest ? delay : Longest).Ticks / 1000 * random.Next(800, 1201));
        if (retryAfter > delay)
        {
            delay = retryAfter < MostAsked ? retryAfter.Value : MostAsked;
        }

        return now + delay - firstAt <= GiveUpAfter ? now + delay : null;
    }
}
