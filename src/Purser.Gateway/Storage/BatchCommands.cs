using Purser.Core.Ledger;
using Purser.Gateway.Objects;

namespace Purser.Gateway.Storage;

/// <summary>
/// Holds money for several attempts of one request: for all of them, or for none. What was held until one was refused is released again in the same
/// commit, so that nobody finds it held.
/// </summary>
internal sealed class ReserveAllCommand(IReadOnlyList<Admission> admissions) : LedgerCommand<AdmissionResult>
{
    protected override AdmissionResult Run(JournalWriter journal)
    {
        var answer = default(AdmissionResult);
        for (var i = 0; i < admissions.Count; i++)
        {
            answer = journal.Reserve(admissions[i]);
            if (!answer.Result.IsReserved)
            {
                foreach (var held in admissions.Take(i))
                {
                    journal.Void(Released(held));
                }

                break;
            }
        }

        return answer;
    }

    private static UsageEvent Released(Admission held) =>
        new()
        {
            Attempt = held.Attempt,
            StartedAt = JournalWriter.Microseconds(held.At),
            Outcome = Outcome.Refused,
            Ceiling = held.Held.Cost,
        };
}

/// <summary>What an attempt of a batch came to.</summary>
/// <param name="Event">The attempt.</param>
/// <param name="Actual">What is posted; null where no provider saw it, so that it's voided.</param>
internal sealed record BatchPost(UsageEvent Event, Amount? Actual);

/// <summary>Settles all attempts of a batch, and keeps what is known of it, in one commit. The second time it changes no money.</summary>
internal sealed class SettleBatchCommand(IReadOnlyList<BatchPost> posts, IReadOnlyList<OwnedObject> kept) : LedgerCommand<bool>
{
    protected override bool Run(JournalWriter journal)
    {
        var settled = true;
        foreach (var post in posts)
        {
            var result = post.Actual is { } actual ? journal.Post(post.Event, actual) : journal.Void(post.Event);
            settled &= result.Status == SettleStatus.Settled;
        }

        foreach (var known in kept)
        {
            journal.Objects.Keep(known);
        }

        return settled;
    }
}
