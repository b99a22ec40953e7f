using Purser.Gateway.Objects;

namespace Purser.Gateway.Storage;

/// <content>The money of batches: several attempts at once.</content>
public sealed partial class LedgerStore
{
    /// <summary>Holds money for all attempts of a batch, or for none. When the task ends, the answer is durable.</summary>
    /// <param name="admissions">One or more, of one request.</param>
    /// <returns>The refusal of the first one that was refused, or the answer to the last.</returns>
    /// <exception cref="LedgerUnavailableException">The store can't be written.</exception>
    internal Task<AdmissionResult> ReserveAllAsync(IReadOnlyList<Admission> admissions) => Enqueue(new ReserveAllCommand(admissions));

    /// <summary>Settles the attempts of a batch and keeps what is known of it, in one commit. When the task ends, it's durable.</summary>
    /// <returns>Whether money moved for each: false where it was settled before.</returns>
    /// <exception cref="LedgerUnavailableException">The store can't be written.</exception>
    internal Task<bool> SettleAsync(IReadOnlyList<BatchPost> posts, IReadOnlyList<OwnedObject> kept) =>
        Enqueue(new SettleBatchCommand(posts, kept));
}
