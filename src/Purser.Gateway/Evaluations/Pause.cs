using Microsoft.Extensions.Logging;
using Purser.Gateway.Pipeline;

namespace Purser.Gateway.Evaluations;

/// <summary>Whether calls of a kind may be made: not after a budget had no room for one, until it may have. Safe for parallel calls.</summary>
/// <param name="what">What is paused, in words.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Is told once for each window of the budget.</param>
internal sealed partial class Pause(string what, TimeProvider clock, ILogger logger)
{
    // A smaller request may fit where a large one didn't, and limits are raised.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly Lock gate = new();
    private DateTimeOffset until = DateTimeOffset.MinValue;
    private DateTimeOffset told = DateTimeOffset.MinValue;

    /// <summary>Whether calls are made now.</summary>
    public bool IsOver
    {
        get
        {
            lock (gate)
            {
                return clock.GetUtcNow() >= until;
            }
        }
    }

    /// <summary>A budget had no room.</summary>
    public void Begin(Refusal refusal)
    {
        var now = clock.GetUtcNow();
        var resets = refusal.ResetsAt ?? DateTimeOffset.MaxValue;
        lock (gate)
        {
            until = resets < now + Longest ? resets : now + Longest;
            if (now < told)
            {
                return;
            }

            told = resets;
        }

        LogUsedUp(logger, what, refusal.StoppedBy!.Budget.Name, refusal.ResetsAt);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The budget '{Budget}' has no room for {What}; they stop until it has. It resets at {ResetsAt}"
    )]
    private static partial void LogUsedUp(ILogger logger, string what, string budget, DateTimeOffset? resetsAt);
}
