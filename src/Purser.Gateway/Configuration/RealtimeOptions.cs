namespace Purser.Gateway.Configuration;

/// <summary>What realtime sessions may take.</summary>
public sealed record RealtimeOptions
{
    /// <summary>How many may be open at once. 1 to 100,000.</summary>
    /// <value>The default is 1,000.</value>
    public int MaxSessions { get; init; } = 1000;

    /// <summary>How many of them one key may have. 1 to 100,000.</summary>
    /// <value>The default is 20.</value>
    public int MaxSessionsPerKey { get; init; } = 20;

    /// <summary>How long one may last. 1 minute to a day.</summary>
    /// <value>The default is 60 minutes, after which OpenAI ends them too.</value>
    public TimeSpan MaxLength { get; init; } = TimeSpan.FromMinutes(60);

    /// <summary>How long one may be without any event. 1 minute to a day.</summary>
    /// <value>The default is 15 minutes.</value>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(15);
}
