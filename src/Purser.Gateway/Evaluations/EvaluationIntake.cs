using Microsoft.Data.Sqlite;
using Purser.Gateway.Alerts;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Evaluations;

/// <summary>
/// Takes evaluations of answers: joins each to its request's route, keeps it durably, and shows it to what watches the slices. Safe for
/// parallel calls.
/// </summary>
internal sealed class EvaluationIntake(LedgerStore store, SliceWatch watch)
{
    /// <summary>What watches the slices.</summary>
    public SliceWatch Watch => watch;

    /// <summary>Begins, with what the store has of slices.</summary>
    /// <param name="store">The store.</param>
    /// <param name="alerts">Take one for each slice that is reverted.</param>
    /// <param name="clock">The time.</param>
    public static async Task<EvaluationIntake> StartAsync(LedgerStore store, AlertCenter alerts, TimeProvider clock) =>
        new(store, await SliceWatch.StartAsync(store, alert => alerts.Raise(alert), clock));

    /// <summary>Takes one. When the task ends, it's durable, and what follows from it for its slice has happened.</summary>
    /// <param name="evaluation">The evaluation, with a score from 0 to 1.</param>
    /// <param name="account">Only of a request of this account; null for any.</param>
    /// <exception cref="ArgumentOutOfRangeException">The score isn't from 0 to 1.</exception>
    /// <exception cref="LedgerUnavailableException">The store can't be written.</exception>
    /// <exception cref="EventsUnavailableException">The requests can't be read.</exception>
    public async Task<EvaluationOutcome> AddAsync(Evaluation evaluation, string? account = null) =>
        (await AddAsync([evaluation], account))[0];

    /// <summary>Takes several, after one wait for the requests before them. When the task ends, they are durable, as with one.</summary>
    /// <param name="evaluations">The evaluations, with scores from 0 to 1.</param>
    /// <param name="account">Only of requests of this account; null for any.</param>
    /// <returns>What became of each, in their order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A score isn't from 0 to 1.</exception>
    /// <exception cref="LedgerUnavailableException">The store can't be written.</exception>
    /// <exception cref="EventsUnavailableException">The requests can't be read.</exception>
    public async Task<IReadOnlyList<EvaluationOutcome>> AddAsync(IReadOnlyList<Evaluation> evaluations, string? account = null)
    {
        if (evaluations.FirstOrDefault(evaluation => !(evaluation.Score is >= 0 and <= 1)) is { } wrong)
        {
            throw new ArgumentOutOfRangeException(nameof(evaluations), wrong.Score, "A score is from 0 to 1.");
        }

        // A request may have been answered before its end was written.
        await store.FlushAsync();
        var joined = store.Read(connection => evaluations.Select(evaluation => Join(connection, evaluation, account)).ToList());
        // All are queued before the first is waited for: they share the writer's commits.
        var outcomes = await Task.WhenAll(
            joined.Select(kept => kept is null ? Task.FromResult(EvaluationOutcome.UnknownRoute) : store.KeepAsync(kept))
        );
        if (joined.Zip(outcomes).Any(pair => pair is { First.IsEvidence: true, Second: EvaluationOutcome.Kept }))
        {
            await watch.CatchUpAsync();
        }

        return outcomes;
    }

    /// <summary>Joins an evaluation to its request's route; null where there is no such request, or no model answered it.</summary>
    private static StoredEvaluation? Join(SqliteConnection connection, Evaluation evaluation, string? account)
    {
        var route = EvaluatedRoute.Find(connection, evaluation.RouteId);
        return route is null || (account is not null && route.AccountId != account) || (evaluation.Model ?? route.Answered) is not { } model
            ? null
            : StoredEvaluation.Of(evaluation, model, route);
    }
}
