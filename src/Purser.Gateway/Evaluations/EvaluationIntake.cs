using Microsoft.Extensions.Logging;
using Purser.Core.Ledger;
using Purser.Gateway.Alerts;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Evaluations;

/// <summary>
/// Takes evaluations of answers: joins each to its request's route, keeps it durably, and shows it to what watches the slices. Safe for
/// parallel calls.
/// </summary>
internal sealed partial class EvaluationIntake(LedgerStore store, SliceWatch watch, ILogger<EvaluationIntake> logger)
{
    /// <summary>What watches the slices.</summary>
    public SliceWatch Watch => watch;

    /// <summary>Begins, with what the store has of slices.</summary>
    /// <param name="store">The store.</param>
    /// <param name="alerts">Take one for each slice that is reverted.</param>
    /// <param name="clock">The time.</param>
    /// <param name="logger">Is told what can't be kept.</param>
    public static async Task<EvaluationIntake> StartAsync(
        LedgerStore store,
        AlertCenter alerts,
        TimeProvider clock,
        ILogger<EvaluationIntake> logger
    ) => new(store, await SliceWatch.StartAsync(store, alert => alerts.Raise(alert), clock), logger);

    /// <summary>Takes one. When the task ends, it's durable, and what follows from it for its slice has happened.</summary>
    /// <param name="evaluation">The evaluation, with a score from 0 to 1.</param>
    /// <param name="account">Only of a request of this account; null for any.</param>
    /// <exception cref="ArgumentOutOfRangeException">The score isn't from 0 to 1.</exception>
    /// <exception cref="LedgerUnavailableException">The store can't be written.</exception>
    /// <exception cref="EventsUnavailableException">The requests can't be read.</exception>
    public async Task<EvaluationOutcome> AddAsync(Evaluation evaluation, string? account = null)
    {
        if (!(evaluation.Score is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(evaluation), evaluation.Score, "A score is from 0 to 1.");
        }

        // A request may have been answered before its end was written.
        await store.FlushAsync();
        var route = store.Read(connection => EvaluatedRoute.Find(connection, evaluation.RouteId));
        if (route is null || (account is not null && route.AccountId != account) || (evaluation.Model ?? route.Answered) is not { } model)
        {
            return EvaluationOutcome.UnknownRoute;
        }

        var kept = StoredEvaluation.Of(evaluation, model, route);
        if (!await store.KeepAsync(kept))
        {
            return EvaluationOutcome.Known;
        }

        if (kept.IsEvidence)
        {
            await watch.CatchUpAsync();
        }

        return EvaluationOutcome.Kept;
    }

    /// <summary>Takes what came of a comparison with the reference's answer. Where it can't be kept, that's logged: nobody waits for it.</summary>
    public async Task TakeAsync(ComparisonScore found)
    {
        var source = found.WasServed ? EvaluationSource.Judge : EvaluationSource.Shadow;
        try
        {
            await AddAsync(new Evaluation(found.Request, found.Model, found.Score, source, found.At) { Id = found.Model });
        }
        catch (Exception exception) when (exception is LedgerUnavailableException or EventsUnavailableException or ObjectDisposedException)
        {
            LogLost(logger, AttemptId.NameOf(found.Request), exception);
        }
    }

    [LoggerMessage(LogLevel.Warning, "What a judge said of an answer to {Request} can't be kept")]
    private static partial void LogLost(ILogger logger, string request, Exception exception);
}
