using System.Collections.Concurrent;

namespace Purser.Gateway.Credentials;

/// <summary>Which credentials were answered with 429 a moment ago, so that another one is taken for the next attempt. Safe for parallel calls.</summary>
internal sealed class RestingCredentials(TimeProvider clock)
{
    /// <summary>How long one rests. Limits are mostly by the minute, and move.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, DateTimeOffset> until = new(StringComparer.Ordinal);

    /// <summary>Lets one rest from now on.</summary>
    public void Rest(string id) => until[id] = clock.GetUtcNow() + Pause;

    /// <summary>Whether it rests.</summary>
    public bool IsResting(string id) => until.TryGetValue(id, out var end) && clock.GetUtcNow() < end;
}
