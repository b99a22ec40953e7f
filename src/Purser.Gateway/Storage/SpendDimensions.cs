namespace Purser.Gateway.Storage;

/// <summary>What spend can be grouped by.</summary>
public static class SpendDimensions
{
    /// <summary>What a dimension's name begins with that groups by a tag: <c>tag:feature</c>.</summary>
    public const string TagPrefix = "tag:";

    /// <summary>The names, tags aside.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "organization",
        "department",
        "team",
        "project",
        "member",
        "key",
        "provider",
        "model",
        "model_requested",
        "day",
        "hour",
        "outcome",
        "session",
        "run",
        "agent",
        "repository",
        "branch",
        "end_user",
        "service_tier",
    ];

    /// <summary>Whether spend can be grouped by this.</summary>
    public static bool IsKnown(string dimension) =>
        Names.Contains(dimension) || (dimension.StartsWith(TagPrefix, StringComparison.Ordinal) && dimension.Length > TagPrefix.Length);
}
