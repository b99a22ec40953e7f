using System.Diagnostics.CodeAnalysis;

namespace Purser.Gateway.Routing;

/// <summary>
/// What was known last of each of many things. In memory alone, and bounded: between <see cref="Most"/> and twice as many are remembered, and those that
/// weren't kept again for the longest time are forgotten. Safe for parallel calls.
/// </summary>
/// <typeparam name="TKey">What names a thing.</typeparam>
/// <typeparam name="TValue">What is known of it.</typeparam>
internal sealed class RecentValues<TKey, TValue>
    where TKey : notnull
{
    /// <summary>How many are remembered at least.</summary>
    public const int Most = 32_768;

    private readonly Lock gate = new();
    private Dictionary<TKey, TValue> young = [];
    private Dictionary<TKey, TValue> old = [];

    /// <summary>What was kept last; false where nothing is remembered.</summary>
    public bool TryFind(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (gate)
        {
            return young.TryGetValue(key, out value) || old.TryGetValue(key, out value);
        }
    }

    /// <summary>Keeps what is known of a thing, in place of what was.</summary>
    public void Keep(TKey key, TValue value)
    {
        lock (gate)
        {
            young[key] = value;
            if (young.Count >= Most)
            {
                (old, young) = (young, []);
            }
        }
    }
}
