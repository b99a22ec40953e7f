using System.Collections.Immutable;
using System.Text.Json;

namespace Purser.Core.Usage;

/// <summary>The names that usage classes have outside, in columns, JSON, files and options: <c>cache_write_5m</c>.</summary>
public static class UsageClassNames
{
    /// <summary>All names, in the order of <see cref="UsageClass"/>.</summary>
    public static ImmutableArray<string> All { get; } =
    [
        .. Enum.GetValues<UsageClass>()
            .Select(usageClass =>
                usageClass switch
                {
                    UsageClass.CacheWrite5m => "cache_write_5m",
                    UsageClass.CacheWrite1h => "cache_write_1h",
                    _ => JsonNamingPolicy.SnakeCaseLower.ConvertName(usageClass.ToString()),
                }
            ),
    ];

    /// <summary>The name of a class.</summary>
    public static string Of(UsageClass usageClass) => All[(int)usageClass];

    /// <summary>The class of a name; null where there is none.</summary>
    public static UsageClass? Find(string name) => All.IndexOf(name) is >= 0 and var index ? (UsageClass)index : null;
}
