using Purser.Core.Ledger;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Batches;

/// <summary>Holds what a batch may cost in every budget above its key, in one step, or says which refuses it.</summary>
/// <param name="store">The ledger.</param>
/// <param name="admitter">Words the refusals.</param>
/// <param name="exhaustion">Carries out what a budget says shall happen before one.</param>
/// <param name="priceBookVersion">The price book's version.</param>
internal sealed class BatchAdmitter(LedgerStore store, Admitter admitter, Exhaustion exhaustion, string priceBookVersion)
{
    /// <summary>Null where the money is held, durably.</summary>
    public async Task<Refusal?> AdmitAsync(BatchAsk ask)
    {
        var (_, refusal) = await ReserveAsync(ask);
        if (refusal?.StoppedBy is not null)
        {
            (_, refusal) = await exhaustion.ActAsync(
                refusal,
                ask.Key,
                ask.Exchange.RequestId,
                // A batch goes nowhere else: where it is, its models are named.
                other => other is null ? ReserveAsync(ask) : Task.FromResult<(Pipeline.Reservation?, Refusal?)>((null, refusal)),
                ask.Exchange.Http.RequestAborted
            );
        }

        return refusal;
    }

    /// <summary>Of a rate that is smaller than the batch, no waiting helps.</summary>
    private static Refusal Final(Refusal refusal) =>
        refusal.RetryHelps && refusal.StoppedBy is { } stopped && refusal.Needed > stopped.Limit
            ? refusal with
            {
                Status = 402,
                Code = "budget_exceeded",
                RetryHelps = false,
                ResetsAt = null,
            }
            : refusal;

    private async Task<(Pipeline.Reservation? Reservation, Refusal? Refusal)> ReserveAsync(BatchAsk ask)
    {
        try
        {
            var admissions = ask.Admissions(priceBookVersion);
            var answer = await store.ReserveAllAsync(admissions);
            var part = ask.Plan.Parts[0];
            if (answer.Result.IsReserved)
            {
                var first = admissions[0];
                return (
                    new Pipeline.Reservation(first.Attempt, ask.Subject, first.Route, part.First, first.Held, first.At, answer.Balances),
                    null
                );
            }

            // What is asked is all of it, whichever model's part came last.
            var whole = ask.Plan.Parts.Aggregate(Amount.Zero, static (sum, part) => sum + part.Held);
            // A cheaper model is one for all of it.
            var asked = ask.Plan.Parts.Count == 1 ? part.Whole : part.Whole with { MaxOutputTokens = 0 };
            return (null, Final(admitter.Refuse(answer.Result, ask.Subject, asked, part.First, whole)));
        }
        catch (LedgerUnavailableException)
        {
            return (null, Refusal.LedgerDown);
        }
    }
}
