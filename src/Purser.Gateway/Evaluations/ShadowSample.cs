using Purser.Core.Ledger;
using Purser.Gateway.Pipeline;

namespace Purser.Gateway.Evaluations;

/// <summary>A request that was drawn for a call in shadow: its answer is kept while the client gets it.</summary>
internal sealed class ShadowSample
{
    private readonly Shadowing shadowing;
    private readonly Exchange exchange;
    private readonly Understanding understanding;
    private readonly Guid request;
    private readonly ComparedModel served;
    private readonly ComparedModel other;
    private readonly bool isJudged;
    private readonly AnswerTap tap;

    /// <param name="shadowing">Takes what there is to compare.</param>
    /// <param name="exchange">The request.</param>
    /// <param name="understanding">What it asks for.</param>
    /// <param name="served">The model that it goes to.</param>
    /// <param name="other">The model that is asked too.</param>
    /// <param name="isJudged">Whether the answers are drawn to be compared.</param>
    /// <param name="tap">Keeps the answer.</param>
    public ShadowSample(
        Shadowing shadowing,
        Exchange exchange,
        Understanding understanding,
        ComparedModel served,
        ComparedModel other,
        bool isJudged,
        AnswerTap tap
    )
    {
        (this.shadowing, this.exchange, this.understanding) = (shadowing, exchange, understanding);
        (this.served, this.other, this.isJudged) = (served, other, isJudged);
        request = exchange.RequestId;
        exchange.Http.Response.Body = this.tap = tap;
    }

    /// <summary>The client has its answer.</summary>
    public void Answered(Pipeline.Reservation reservation, CallResult result)
    {
        var model = reservation.Candidate.Model;
        var isWhole = result is { Outcome: Outcome.Completed, Status: 200 } && reservation.LoweredLimit is null;
        // Another attempt of an earlier request has that one's id, which may have been compared already.
        if (!isWhole || exchange.RequestId != request || (model.Provider, model.Model) != (served.Provider, served.Model))
        {
            return;
        }

        if (tap.Written is not { } answer)
        {
            shadowing.Drop(Shadowing.TooLarge);
            return;
        }

        var route = exchange.RouteRecord!;
        shadowing.Offer(
            new Comparison(
                request,
                AskedRequest.Of(exchange, understanding),
                answer,
                exchange.Http.Response.ContentType,
                served,
                other,
                OtherIsReference: other.Name == route.Baseline,
                route.Policy?.Regions ?? [],
                isJudged
            )
        );
    }
}
