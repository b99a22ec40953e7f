namespace Purser.Gateway.Storage;

/// <summary>Rows that are stored once, by their 32-byte hash, and named by number from then on.</summary>
internal sealed class InternTable(Sql find, Sql lastId)
{
    // A client can make up sessions and tags without end; what is not in here is found again through the table's own index.
    private const int Capacity = 65_536;

    private readonly Dictionary<Sha256Value, long> known = [];

    /// <summary>The row's number; <paramref name="insert"/> runs where there is no such row yet.</summary>
    public long IdOf<T>(T value, ReadOnlySpan<byte> hash, Action<T> insert)
    {
        var key = Sha256Value.Of(hash);
        if (known.TryGetValue(key, out var id))
        {
            return id;
        }

        var found = find.Bind(hash).Number();
        if (found is null)
        {
            insert(value);
            found = lastId.Number();
        }

        if (known.Count >= Capacity)
        {
            known.Clear();
        }

        known[key] = found!.Value;
        return found.Value;
    }
}
