using Purser.Core.Ledger;

namespace Purser.Gateway.Pipeline.Resilience;

// The way up: a whole answer failed a check, and is kept in case that the model above it has none.
internal sealed partial class Journey
{
    /// <summary>Whether an answer is kept that is whole, and better than any failure.</summary>
    public bool HasAnswer => answer is { Result: { Outcome: Outcome.Completed, Status: < 400 } };

    /// <summary>
    /// From here on only one of the route's choices is tried, because an answer of another failed a check. False where it has nothing that can be tried;
    /// nothing has changed then.
    /// </summary>
    /// <param name="choice">The choice.</param>
    /// <param name="why">Why, in words.</param>
    public bool GoUp(int choice, string why)
    {
        var isThere = false;
        for (var i = 0; i < legs.Length; i++)
        {
            isThere |=
                legs[i].Candidate.Choice == choice
                && !records[i].IsOut
                && records[records[i].First].CandidateTries <= legs[i].Lane.Options.Retries;
        }

        if (!isThere || Client.IsCancellationRequested)
        {
            return false;
        }

        for (var i = 0; i < legs.Length; i++)
        {
            records[i].IsOut |= legs[i].Candidate.Choice != choice;
        }

        // Credentials may have changed while the answer came.
        hasWaited = true;
        Note(why);
        return true;
    }

    /// <summary>Whether a failure is worth less to the client than what is kept.</summary>
    private bool IsWorse(CallResult result) =>
        HasAnswer || (answer is not null && FailureRules.RefusesCredential(result) && !FailureRules.RefusesCredential(answer.Result));

    /// <summary>Nothing more is tried: the answer that is kept is the client's.</summary>
    public void GiveUp()
    {
        foreach (ref var record in records.AsSpan())
        {
            record.IsOut = true;
        }
    }
}
