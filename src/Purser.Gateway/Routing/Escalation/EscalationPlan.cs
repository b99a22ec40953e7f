using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Routing;
using Purser.Routing.Checks;

namespace Purser.Gateway.Routing.Escalation;

/// <summary>Why a request isn't given to a model below the reference, whatever is expected of it.</summary>
/// <param name="Reason">In words.</param>
/// <param name="Before">The turn before it, where its answer is the reason.</param>
/// <param name="Retry">What the answer before it failed by this request; null where it was checked itself.</param>
internal sealed record WayUp(string Reason, SessionTurn? Before, CheckFailure? Retry);

/// <summary>What is done with a request's answer where it's of no use.</summary>
/// <param name="Options">What the policy says.</param>
/// <param name="Request">The request, as checks see it.</param>
/// <param name="Up">Why it goes to the reference at once; null where it needn't.</param>
/// <param name="Kind">The kind of work; null where nobody asked.</param>
internal sealed record EscalationPlan(EscalationOptions Options, CheckedRequest Request, WayUp? Up, TaskClass? Kind)
{
    private IReadOnlyList<Candidate> below = [];

    /// <summary>The model below the reference that it goes to first; null where it goes to the reference, so that nothing is checked.</summary>
    public string? From { get; private init; }

    /// <summary>Which choice of the route the reference is.</summary>
    public int Above { get; private init; }

    /// <summary>The plan for a request that goes to a model below the reference first.</summary>
    /// <param name="from">The model.</param>
    /// <param name="candidates">The route's.</param>
    /// <param name="above">Which choice of the route the reference is; the model is choice 0.</param>
    public EscalationPlan For(string from, IReadOnlyList<Candidate> candidates, int above) =>
        this with
        {
            From = from,
            Above = above,
            below = [.. candidates.Where(candidate => candidate.Choice == 0)],
        };

    /// <summary>Whether an attempt is one of the model below the reference. A budget may have sent it elsewhere.</summary>
    public bool IsBelow(Pipeline.Reservation reservation) =>
        reservation.Candidate.Choice == 0 && below.Any(candidate => ReferenceEquals(candidate.Model, reservation.Candidate.Model));

    /// <summary>Watches an attempt's answer; null where the attempt isn't one of the model below the reference.</summary>
    public AnswerWatch? Watch(Pipeline.Reservation reservation) =>
        IsBelow(reservation) ? new AnswerWatch(Request, Options.Checks, Options.HoldStream, reservation.LoweredLimit is not null) : null;
}
