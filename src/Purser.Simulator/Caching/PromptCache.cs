namespace Purser.Simulator.Caching;

/// <summary>
/// The prompt caches of both providers. A request reads and writes it in one step, at its admission, so two equal requests never both
/// write, and never both read what neither wrote. It holds hashes only, at most <see cref="MostPrefixes"/> (about 24 MB); the prefixes
/// that were not used for longest go first.
/// </summary>
internal sealed class PromptCache(TimeProvider time)
{
    /// <summary>How many prefixes are held at most.</summary>
    public const int MostPrefixes = 2 * GenerationSize;

    /// <summary>How many blocks before a marked one are looked at for a longer known prefix (Anthropic).</summary>
    public const int LookBack = 20;

    private const int GenerationSize = 262_144;

    private static readonly long[] Lifetimes = [long.MaxValue, 5 * TimeSpan.TicksPerMinute, TimeSpan.TicksPerHour];

    private readonly Lock gate = new();
    private Dictionary<ulong, Entry> young = [];
    private Dictionary<ulong, Entry> old = [];

    /// <summary>OpenAI's caching: the longest prefix seen before, in steps of 128 tokens from 1024, is read; nothing needs to ask for it.</summary>
    /// <param name="prefixes">The steps of the prompt.</param>
    /// <param name="promptTokens">All tokens of the prompt.</param>
    /// <param name="billsWrites">Whether the model reports what it writes to the cache.</param>
    public PromptUsage Automatic(IReadOnlyList<PrefixPoint> prefixes, long promptTokens, bool billsWrites)
    {
        if (prefixes.Count == 0)
        {
            return new PromptUsage(promptTokens, 0, 0, 0);
        }

        var read = 0L;
        lock (gate)
        {
            for (var i = prefixes.Count - 1; i >= 0; i--)
            {
                if (read == 0 && Find(prefixes[i].Hash, 0) is not null)
                {
                    read = prefixes[i].Tokens;
                }

                Put(prefixes[i].Hash, new Entry(long.MaxValue, CacheTtl.None));
            }
        }

        var written = billsWrites ? prefixes[^1].Tokens - read : 0;
        return new PromptUsage(promptTokens - read - written, read, written, 0);
    }

    /// <summary>
    /// Anthropic's caching: what the request marks is written the first time and read the next, as long as it was used within its time to
    /// live. The longest known prefix among the marked blocks and the 19 before each is read, and its time starts anew.
    /// </summary>
    /// <param name="prefixes">The ends of the prompt's blocks.</param>
    /// <param name="promptTokens">All tokens of the prompt.</param>
    public PromptUsage Marked(IReadOnlyList<PrefixPoint> prefixes, long promptTokens)
    {
        var last = -1;
        for (var i = 0; i < prefixes.Count; i++)
        {
            last = IsMarked(prefixes[i]) ? i : last;
        }

        if (last < 0)
        {
            return new PromptUsage(promptTokens, 0, 0, 0);
        }

        var now = time.GetUtcNow().UtcTicks;
        lock (gate)
        {
            var hit = LongestKnown(prefixes, last, now);
            var read = hit < 0 ? 0 : prefixes[hit].Tokens;
            var lastHour = read;
            for (var i = 0; i <= last; i++)
            {
                if (!IsMarked(prefixes[i]) && i != hit)
                {
                    continue;
                }

                if (Find(prefixes[i].Hash, now) is { } entry)
                {
                    Put(prefixes[i].Hash, entry with { Expires = now + Lifetimes[(int)entry.Ttl] });
                }
                else if (i > hit)
                {
                    Put(prefixes[i].Hash, new Entry(now + Lifetimes[(int)prefixes[i].Ttl], prefixes[i].Ttl));
                }

                lastHour = i > hit && prefixes[i].Ttl == CacheTtl.OneHour ? prefixes[i].Tokens : lastHour;
            }

            return new PromptUsage(promptTokens - prefixes[last].Tokens, read, prefixes[last].Tokens - lastHour, lastHour - read);
        }
    }

    private static bool IsMarked(PrefixPoint point) => point.Ttl != CacheTtl.None && point.Tokens >= PromptMeter.LeastCachedTokens;

    private int LongestKnown(IReadOnlyList<PrefixPoint> prefixes, int last, long now)
    {
        var left = 0;
        for (var i = last; i >= 0; i--)
        {
            left = IsMarked(prefixes[i]) ? LookBack : left;
            if (left-- > 0 && prefixes[i].Tokens >= PromptMeter.LeastCachedTokens && Find(prefixes[i].Hash, now) is not null)
            {
                return i;
            }
        }

        return -1;
    }

    private Entry? Find(ulong hash, long now) =>
        (young.TryGetValue(hash, out var entry) || old.TryGetValue(hash, out entry)) && entry.Expires > now ? entry : null;

    private void Put(ulong hash, Entry entry)
    {
        if (young.Count >= GenerationSize && !young.ContainsKey(hash))
        {
            // What wasn't used since the last turn is dropped as a whole: a queue of uses would cost more than it is worth.
            (old, young) = (young, old);
            young.Clear();
        }

        young[hash] = entry;
    }

    private readonly record struct Entry(long Expires, CacheTtl Ttl);
}
