using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Pipeline;
using Purser.Routing;
using Purser.Routing.Checks;

namespace Purser.Gateway.Routing.Escalation;

/// <summary>
/// Decides which requests go to the reference because an answer below it was of no use: this request's own, or the one before it in its session. Learns
/// from each answer that is checked. Safe for parallel calls.
/// </summary>
internal sealed class Escalator
{
    // Whoever asks again later may just want to know again.
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(5);

    // A conversation that is sent again, or the turn after the answer.
    private const int MostNewTurns = 2;

    private readonly SessionTurns turns = new();
    private readonly EscalationRates rates = new();

    /// <summary>A request's plan, before it's known where it goes; null where its policy has none, or its format can't be checked.</summary>
    public EscalationPlan? PlanOf(
        EscalationOptions? options,
        Exchange exchange,
        Understanding understanding,
        Subject subject,
        TaskClass? kind
    ) =>
        options is not null && CheckedRequest.Read(exchange, understanding.Facts) is { } request
            ? new EscalationPlan(options, request, WayUpOf(options, request, turns.Find(subject), exchange.StartedAt), kind)
            : null;

    /// <summary>What going up is expected to cost on top of a model's own cost.</summary>
    public Money Expected(EscalationPlan plan, string model, Money above, bool stream) =>
        // A stream that isn't held is never asked for again.
        plan.Kind
            is { } kind
        && (!stream || plan.Options.HoldStream)
            ? rates.Expected(kind, model, above)
            : Money.Zero;

    /// <summary>Learns from an attempt; nothing where it wasn't checked.</summary>
    public void Take(EscalationPlan plan, AnswerWatch? watch)
    {
        if (watch is { HasChecked: true } && plan is { Kind: { } kind, From: { } from })
        {
            rates.Add(kind, from, watch.Failure is not null);
        }
    }

    /// <summary>The client has its answer: keeps the turn.</summary>
    /// <param name="exchange">The request.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="subject">Whose it is.</param>
    /// <param name="isBelow">Whether the answer that the client has is of the model below the reference.</param>
    /// <param name="watch">What became of its checks; null where none were made.</param>
    public void Keep(Exchange exchange, EscalationPlan plan, Subject subject, bool isBelow, AnswerWatch? watch) =>
        turns.Keep(
            subject,
            new SessionTurn(
                TurnPrint.Of(plan.Request.LastTurn),
                plan.Request.Messages,
                exchange.StartedAt,
                exchange.RequestId,
                isBelow ? plan.From : null,
                plan.Kind,
                watch?.Failure
            )
        );

    private static WayUp? WayUpOf(EscalationOptions options, CheckedRequest request, SessionTurn? before, DateTimeOffset now)
    {
        var isSoon = before is not null && now - before.At <= Soon;
        if (isSoon && before!.Failure is { } failure)
        {
            return new WayUp($"the session's last answer failed a check ({failure.Name}: {failure.Why})", before, null);
        }

        if (!options.Checks.HasFlag(AnswerChecks.Retry))
        {
            return null;
        }

        // Silent calls of tools all give back the same: only the conversation as it was is sent again. ToolThrash sees calls that fail again.
        var newTurns = request.HasResults ? 0 : MostNewTurns;
        if (isSoon && request.Messages <= before!.Messages + newTurns && before.Print.IsSaidAgainBy(request.LastTurn))
        {
            const string again = "the session's last turn came again within five minutes";
            return new WayUp(again, before, before.Below is null ? null : new CheckFailure(AnswerChecks.Retry, again));
        }

        if (ToolThrash.IsSeen(request.Outcomes))
        {
            const string same = "the same call of a tool failed twice in a row";
            return new WayUp(
                same,
                isSoon ? before : null,
                isSoon && before!.Below is not null ? new CheckFailure(AnswerChecks.Retry, same) : null
            );
        }

        return null;
    }
}
