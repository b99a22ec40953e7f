namespace Purser.Gateway.Storage;

/// <summary>The numbers of what is stored once, by its 32-byte hash.</summary>
internal sealed class InternTable(Sql find)
{
    // A client can make up sessions and tags without end; what is not in here is found again through the table's own index.
    private const int Capacity = 65_536;

    private readonly Dictionary<Sha256Value, long> known = [];

    /// <summary>The number, or null where it isn't stored yet.</summary>
    public long? Find(ReadOnlySpan<byte> hash) =>
        known.TryGetValue(Sha256Value.Of(hash), out var id) ? id
        : find.Bind(hash).Number() is { } found ? Add(hash, found)
        : null;

    /// <summary>Remembers the number of what was just stored, and returns it.</summary>
    public long Add(ReadOnlySpan<byte> hash, long id)
    {
        if (known.Count >= Capacity)
        {
            known.Clear();
        }

        known[Sha256Value.Of(hash)] = id;
        return id;
    }
}
