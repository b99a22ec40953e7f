using Purser.Core.Ledger;
using Purser.Routing;
using Purser.Routing.Checks;

namespace Purser.Gateway.Routing.Escalation;

/// <summary>What a session's last turn and its answer say about the next one.</summary>
/// <param name="Print">What the turn is known again by.</param>
/// <param name="Messages">How many turns the conversation had.</param>
/// <param name="At">When it came.</param>
/// <param name="Request">The request's id.</param>
/// <param name="Below">The model below the reference that answered; null where the reference did.</param>
/// <param name="Kind">The kind of work; null where nobody asked.</param>
/// <param name="Failure">What the answer failed, where the client has got it all the same; else null.</param>
internal sealed record SessionTurn(
    TurnPrint Print,
    int Messages,
    DateTimeOffset At,
    Guid Request,
    string? Below,
    TaskClass? Kind,
    CheckFailure? Failure
);

/// <summary>
/// The last turn of each session, as a hash. In memory alone, and bounded: where there are too many, those that were not used for the longest time are
/// forgotten. Safe for parallel calls.
/// </summary>
internal sealed class SessionTurns
{
    // 15 MB at most.
    private readonly RecentValues<(string Key, string Session), SessionTurn> recent = new();

    /// <summary>The last turn of a subject's session; null where it has none, or nothing is known of it.</summary>
    public SessionTurn? Find(Subject subject)
    {
        if (SessionOf(subject) is not { } session)
        {
            return null;
        }

        return recent.TryFind((subject.KeyId, session), out var known) ? known : null;
    }

    /// <summary>Keeps a turn.</summary>
    public void Keep(Subject subject, SessionTurn turn)
    {
        if (SessionOf(subject) is not { } session)
        {
            return;
        }

        recent.Keep((subject.KeyId, session), turn);
    }

    private static string? SessionOf(Subject subject) => subject.Session ?? subject.Run;
}
