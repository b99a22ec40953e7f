using System.IO.Hashing;
using Purser.Simulator.Tokens;

namespace Purser.Simulator.Caching;

/// <summary>Counts a prompt's tokens as its content passes by, and hashes the prefixes that a cache could hold.</summary>
internal sealed class PromptMeter
{
    /// <summary>A shorter prefix is not cached, by either provider.</summary>
    public const int LeastCachedTokens = 1024;

    /// <summary>OpenAI's caching goes by steps of this many tokens.</summary>
    public const int Step = 128;

    private readonly bool hashes;
    private readonly bool steps;
    private List<PrefixPoint>? points;
    private ulong hash;
    private long nextStep = LeastCachedTokens;

    /// <summary>Starts at the front of a prompt.</summary>
    /// <param name="scope">What separates this cache from others: the key and the model.</param>
    /// <param name="hashes">Whether the prompt may be long enough to be cached; a text has no more tokens than bytes.</param>
    /// <param name="steps">Whether prefixes are noted at each step of tokens (OpenAI), or only where <see cref="EndBlock"/> says (Anthropic).</param>
    public PromptMeter(ulong scope, bool hashes, bool steps)
    {
        hash = scope;
        this.hashes = hashes;
        this.steps = steps;
    }

    /// <summary>The tokens so far.</summary>
    public long Tokens { get; private set; }

    /// <summary>The prefixes noted so far, shortest first.</summary>
    public IReadOnlyList<PrefixPoint> Points => points ?? (IReadOnlyList<PrefixPoint>)[];

    /// <summary>Adds content that counts and that a cache compares.</summary>
    public void Add(ReadOnlySpan<byte> text)
    {
        if (!hashes || !steps)
        {
            Tokens += TokenCounter.Count(text);
            Distinguish(text);
            return;
        }

        while (!text.IsEmpty)
        {
            var length = TokenCounter.Take(text, (int)(nextStep - Tokens), out var tokens);
            Distinguish(text[..length]);
            AdvanceTo(Tokens + tokens);
            text = text[length..];
        }
    }

    /// <summary>Adds content that counts, but that a cache compares by other bytes (see <see cref="Distinguish"/>).</summary>
    public void Count(ReadOnlySpan<byte> text) => Tokens += TokenCounter.Count(text);

    /// <summary>Adds content of a fixed size, such as an image.</summary>
    public void AddFlat(int tokens, ReadOnlySpan<byte> identity)
    {
        Distinguish(identity);
        AdvanceTo(Tokens + tokens);
    }

    /// <summary>Adds bytes that don't count but make a prefix different, such as a message's role.</summary>
    public void Distinguish(ReadOnlySpan<byte> identity)
    {
        if (hashes)
        {
            hash = XxHash3.HashToUInt64(identity, (long)hash);
        }
    }

    /// <summary>Ends a block of content, where a prefix may end (Anthropic).</summary>
    public void EndBlock(CacheTtl ttl)
    {
        if (hashes)
        {
            (points ??= []).Add(new PrefixPoint(hash, Tokens, ttl));
        }
    }

    /// <summary>Marks the last block, as a request-wide <c>cache_control</c> does.</summary>
    public void MarkLastBlock(CacheTtl ttl)
    {
        if (points is { Count: > 0 } && points[^1].Ttl == CacheTtl.None)
        {
            points[^1] = points[^1] with { Ttl = ttl };
        }
    }

    private void AdvanceTo(long tokens)
    {
        Tokens = tokens;
        while (hashes && steps && tokens >= nextStep)
        {
            (points ??= []).Add(new PrefixPoint(hash ^ (ulong)nextStep, nextStep, CacheTtl.None));
            nextStep += Step;
        }
    }
}
