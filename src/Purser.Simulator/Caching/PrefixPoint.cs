namespace Purser.Simulator.Caching;

/// <summary>How long a prefix is kept when the request asks for it.</summary>
internal enum CacheTtl
{
    /// <summary>The request doesn't mark this place.</summary>
    None,

    /// <summary>Five minutes after its last use.</summary>
    FiveMinutes,

    /// <summary>One hour after its last use.</summary>
    OneHour,
}

/// <summary>A prefix of a prompt that a cache may hold.</summary>
/// <param name="Hash">A hash of the key, the model and all content up to here.</param>
/// <param name="Tokens">The tokens up to here.</param>
/// <param name="Ttl">How long to keep it, where the request marks it (Anthropic's <c>cache_control</c>).</param>
internal readonly record struct PrefixPoint(ulong Hash, long Tokens, CacheTtl Ttl);

/// <summary>A prompt's tokens in disjoint classes.</summary>
internal readonly record struct PromptUsage(long Input, long CacheRead, long CacheWrite5m, long CacheWrite1h)
{
    /// <summary>All tokens of the prompt.</summary>
    public long Total => Input + CacheRead + CacheWrite5m + CacheWrite1h;
}
