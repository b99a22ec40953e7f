using Purser.Core.Ledger;
using Purser.Core.Routing;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Pipeline;

// A request's second attempt beside its first, where that hasn't begun its answer after so long (hedge_after_seconds).
internal sealed partial class RequestPipeline
{
    /// <summary>An attempt that is admitted.</summary>
    private sealed record Attempt(Admitted Admitted, Pass Pass, UpstreamCall Call);

    /// <summary>
    /// Begins an attempt, and another beside it where it takes too long. The one whose answer begins first is returned; the other is cancelled and
    /// settled then.
    /// </summary>
    private async Task<Attempt> BeginHedgedAsync(
        Exchange exchange,
        RequestRun run,
        Understanding understanding,
        VirtualKey key,
        Subject subject,
        Attempt first,
        Journey journey,
        TimeSpan after
    )
    {
        var begun = first.Pass.BeginAsync(first.Call);
        using (var wait = CancellationTokenSource.CreateLinkedTokenSource(exchange.Http.RequestAborted))
        {
            await Task.WhenAny(begun, Task.Delay(after, clock, wait.Token));
            await wait.CancelAsync();
        }

        try
        {
            if (
                !begun.IsCompleted
                && !exchange.Http.RequestAborted.IsCancellationRequested
                && await HedgeAsync(exchange, run, understanding, key, subject, first, begun, journey) is { } second
            )
            {
                return await RaceAsync(exchange, understanding, (first, begun), second, journey);
            }
        }
        catch (Exception)
        {
            await StopAsync(first, begun);
            throw;
        }

        await begun;
        return first;
    }

    /// <summary>Admits a second attempt at the next leg. Null where there is none, where no budget has room for it, or where the first was answered meanwhile.</summary>
    private async Task<Attempt?> HedgeAsync(
        Exchange exchange,
        RequestRun run,
        Understanding understanding,
        VirtualKey key,
        Subject subject,
        Attempt first,
        Task begun,
        Journey journey
    )
    {
        if (run.Next is not { } id || journey.Beside(first.Pass) is not { } pass)
        {
            return null;
        }

        var (admitted, _) = await AdmitAsync(exchange, id, understanding, key, subject, pass, isExtra: true);
        if (admitted is null)
        {
            return null;
        }

        run.Admitted();
        exchange.ContinueAs(id.Request);
        pass.TurnTo(admitted.Lane);
        var hedge = new Attempt(admitted, pass, CallOf(exchange, understanding, admitted, journey.AnswerBy));
        journey.StartBeside(hedge.Call, first.Pass);
        if (begun.IsCompleted || admitted.Reservation.LoweredLimit != first.Admitted.Reservation.LoweredLimit)
        {
            // It would come too late, or give less of an answer than the first.
            hedge.Call.NotSent(null);
            Settle(exchange, understanding.Profile, hedge);
            await journey.KeepAsync(first.Call);
            return null;
        }

        return hedge;
    }

    /// <summary>
    /// The one of two attempts whose answer begins first. One that fails is settled, and the other goes on alone; but what the first fails with for
    /// good is the answer.
    /// </summary>
    private async Task<Attempt> RaceAsync(
        Exchange exchange,
        Understanding understanding,
        (Attempt Attempt, Task<CallResult> Begun) first,
        Attempt second,
        Journey journey
    )
    {
        var profile = understanding.Profile;
        var hedged = second.Pass.BeginAsync(second.Call);
        try
        {
            await Task.WhenAny(first.Begun, hedged);
            if (first.Begun.IsCompleted && journey.MayTryAgain(first.Attempt.Pass, await first.Begun))
            {
                var (_, charge) = Settle(exchange, profile, first.Attempt);
                metrics?.Retried(first.Attempt.Admitted.Reservation.Route, first.Attempt.Call.Result);
                await journey.SetAsideAsync(first.Attempt.Call, charge);
                first.Attempt.Pass.Dispose();
                await hedged;
                await journey.KeepAsync(second.Call);
                return second;
            }

            var isFirst = first.Begun.IsCompleted || await hedged is not { Outcome: Outcome.Completed, Status: < 400 };
            var (winner, loser) = isFirst ? (first.Attempt, second) : (second, first.Attempt);
            if (isFirst && hedged.IsCompleted)
            {
                // What a hedge fails with is no answer as long as the first may have one.
                journey.MayTryAgain(second.Pass, await hedged);
            }

            await EndAsync(exchange, profile, loser, isFirst ? hedged : first.Begun);
            if (isFirst)
            {
                await first.Begun;
            }

            await journey.KeepAsync(winner.Call);
            return winner;
        }
        catch (Exception)
        {
            // A bug here must not leave money held.
            await StopAsync(second, hedged);
            second.Pass.Dispose();
            SettleBroken(exchange, profile, second.Admitted);
            throw;
        }
    }

    /// <summary>Cancels an attempt that lost, and settles it: what its provider had may be billed, as with a client that left.</summary>
    private async Task EndAsync(Exchange exchange, TaskProfile profile, Attempt loser, Task<CallResult> begun)
    {
        await loser.Call.Stop.CancelAsync();
        var result = await begun;
        if (result is { Outcome: Outcome.Completed, Streamed: true, Reading.Terminated: false })
        {
            result.Outcome = Outcome.ClientClosed;
        }

        if (result.Outcome == Outcome.ClientClosed)
        {
            const string why = "cancelled, for another attempt was answered first";
            result.Because = result.Because is { } because ? $"{because}; {why}" : why;
        }

        var (_, charge) = Settle(exchange, profile, loser);
        exchange.SpentBefore += charge.Cost;
        loser.Pass.Dispose();
    }

    /// <summary>Cancels an attempt and waits until nothing of it runs any more, whatever became of it.</summary>
    private static async Task StopAsync(Attempt attempt, Task begun)
    {
        await attempt.Call.Stop.CancelAsync();
        await begun.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <summary>Meters an attempt that has ended, prices it and settles it.</summary>
    private (Metered Metered, AttemptCharge Charge) Settle(Exchange exchange, TaskProfile profile, Attempt attempt)
    {
        var (reservation, result) = (attempt.Admitted.Reservation, attempt.Call.Result);

        // Step 8: meter.
        var metered = pricer.Completed(reservation, UsageMeter.Read(result, reservation, profile), profile);

        // Step 9: price.
        var charge = pricer.Price(reservation, metered);

        // Step 10: settle.
        _ = settler.SettleAsync(exchange, reservation, profile, result, metered, charge);
        metrics?.Settled(reservation.Route, result, metered, charge);
        return (metered, charge);
    }

    /// <summary>Settles the most that an attempt can have cost in which the gateway failed itself.</summary>
    private void SettleBroken(Exchange exchange, TaskProfile profile, Admitted admitted)
    {
        var reservation = admitted.Reservation;
        var broken = new CallResult { Outcome = Outcome.Cut, Credential = admitted.Credential.Id };
        _ = settler.SettleAsync(
            exchange,
            reservation,
            profile,
            broken,
            pricer.Completed(reservation, UsageMeter.Read(broken, reservation, profile), profile),
            new AttemptCharge(reservation.Held.Cost, "the gateway failed during the call")
        );
    }
}
