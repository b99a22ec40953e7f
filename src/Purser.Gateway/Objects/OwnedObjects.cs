using Purser.Gateway.Storage;

namespace Purser.Gateway.Objects;

/// <summary>
/// Who owns what lives at the providers. It's in the ledger's database, and each change of it in the journal. Reads are of what is committed; writes are
/// durable when their task ends, and only then may a client learn the id. Safe for parallel calls.
/// </summary>
internal sealed class OwnedObjects(LedgerStore store, TimeProvider clock)
{
    /// <summary>
    /// Keeps an object; where it's known already, what is open, its payload and its expiry become those that are given, and the rest stays. False, and
    /// nothing is changed, where another account has it: a thing never changes hands.
    /// </summary>
    /// <exception cref="ArgumentException">The id or the payload is empty or too long.</exception>
    /// <exception cref="LedgerUnavailableException">The store can't be written.</exception>
    public Task<bool> KeepAsync(OwnedObject kept)
    {
        ArgumentException.ThrowIfNullOrEmpty(kept.Id);
        if (kept.Id.Length > OwnedObject.LongestId || kept.Payload?.Length > OwnedObject.LongestPayload)
        {
            throw new ArgumentException("The id or the payload of an object is too long.", nameof(kept));
        }

        return store.KeepAsync(kept);
    }

    /// <summary>Forgets an object. False where it isn't known.</summary>
    /// <exception cref="LedgerUnavailableException">The store can't be written.</exception>
    public Task<bool> RemoveAsync(OwnedObject removed) => store.RemoveAsync(removed);

    /// <summary>
    /// An account's object; null where there is none with this id, where it's another account's, or where its time is over: nobody can tell these apart.
    /// </summary>
    public OwnedObject? Find(OwnedKind kind, string id, string accountId) =>
        id.Length is 0 or > OwnedObject.LongestId ? null : Read(tables => tables.Find(kind, id, accountId, clock.GetUtcNow()));

    /// <summary>A part of the list of an account's objects of a kind. Where the one that it should come after or before isn't the account's, null.</summary>
    public ObjectList? List(OwnedKind kind, string accountId, ObjectPage page) =>
        Read(tables => tables.List(kind, accountId, page, clock.GetUtcNow()));

    /// <summary>What the gateway itself still has to see to, of every account, oldest first.</summary>
    public IReadOnlyList<OwnedObject> Open(OwnedKind kind) => Read(tables => tables.Open(kind));

    private T Read<T>(Func<ObjectTable, T> read)
    {
        using var connection = store.OpenLedgerReader();
        return read(new ObjectTable(connection));
    }
}
