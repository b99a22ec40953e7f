using Purser.Analytics;

namespace Purser.Gateway.Storage;

/// <summary>What spend can be grouped and filtered by.</summary>
public static class SpendDimensions
{
    /// <summary>What a dimension's name begins with that groups by a tag: <c>tag:feature</c>.</summary>
    public const string TagPrefix = Dimensions.TagPrefix;

    // What an attempt under a contract is known to be: figures of contracts are given by these.
    private static readonly string[] OfContracts =
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

    /// <summary>The names, tags aside.</summary>
    public static IReadOnlyList<string> Names => Dimensions.Names;

    /// <summary>Whether spend can be grouped by this.</summary>
    public static bool IsKnown(string dimension) => Dimensions.IsKnown(dimension);

    /// <summary>Whether figures of contracts can be grouped by this.</summary>
    internal static bool HasContracts(string dimension) => OfContracts.Contains(dimension) || Dimensions.TagOf(dimension) is not null;
}
