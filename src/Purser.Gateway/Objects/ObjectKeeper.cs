using Purser.Core.Ledger;
using Purser.Gateway.Storage;
using Purser.Providers;

namespace Purser.Gateway.Objects;

/// <summary>Keeps whose a stored answer is, and its items, before the client learns their ids. One for each attempt.</summary>
/// <param name="objects">Who owns what.</param>
/// <param name="kind">What the answer is.</param>
/// <param name="subject">Whom the request is for.</param>
/// <param name="provider">The name of the provider.</param>
/// <param name="credential">The id of the credential that it was called with.</param>
/// <param name="clock">The clock.</param>
internal sealed class ObjectKeeper(
    OwnedObjects objects,
    OwnedKind kind,
    Subject subject,
    string provider,
    string credential,
    TimeProvider clock
)
{
    // Vendors keep responses for 30 days; they say themselves when one is gone.
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(31);

    private bool hasResponse;
    private int items;

    /// <summary>Keeps what an answer has named since the last call. It's durable when the task ends.</summary>
    /// <exception cref="LedgerUnavailableException">The store can't be written.</exception>
    public ValueTask KeepAsync(UsageReading reading) =>
        (hasResponse || reading.ResponseId is null) && items == reading.ItemIds.Count
            ? ValueTask.CompletedTask
            : new ValueTask(KeepNewAsync(reading));

    private Task KeepNewAsync(UsageReading reading)
    {
        var kept = new List<Task>();
        if (!hasResponse && reading.ResponseId is { } response)
        {
            hasResponse = true;
            Keep(kind, response);
        }

        for (; items < reading.ItemIds.Count; items++)
        {
            Keep(OwnedKind.Item, reading.ItemIds[items]);
        }

        return Task.WhenAll(kept);

        void Keep(OwnedKind what, string id)
        {
            if (id.Length is 0 or > OwnedObject.LongestId)
            {
                // It can't be asked for either.
                return;
            }

            var now = clock.GetUtcNow();
            kept.Add(
                objects.KeepAsync(
                    new OwnedObject(what, id, provider)
                    {
                        Credential = credential,
                        KeyId = subject.KeyId,
                        AccountId = subject.Accounts[0].Id,
                        CreatedAt = now,
                        ExpiresAt = now + Lifetime,
                    }
                )
            );
        }
    }
}
