using System.Text.Json;
using Purser.Core.Usage;

namespace Purser.Cli.Replay;

/// <summary>The names that usage classes have in the admin API's events.</summary>
internal static class UsageNames
{
    private static readonly (UsageClass Class, string Name)[] All =
    [
        .. Enum.GetValues<UsageClass>().Select(usageClass => (usageClass, Name(usageClass))),
    ];

    /// <summary>The name of a class: <c>cache_write_5m</c>.</summary>
    public static string Name(UsageClass usageClass) =>
        usageClass switch
        {
            UsageClass.CacheWrite5m => "cache_write_5m",
            UsageClass.CacheWrite1h => "cache_write_1h",
            _ => JsonNamingPolicy.SnakeCaseLower.ConvertName(usageClass.ToString()),
        };

    /// <summary>The class of a name; null where there is none.</summary>
    public static UsageClass? Class(string name)
    {
        foreach (var (usageClass, known) in All)
        {
            if (known == name)
            {
                return usageClass;
            }
        }

        return null;
    }

    /// <summary>Reads an object of classes and quantities.</summary>
    /// <exception cref="FormatException">It has a class that this version doesn't know: leaving it out would hide a difference.</exception>
    public static TokenUsage Read(JsonElement usage)
    {
        var read = new TokenUsage();
        foreach (var member in usage.EnumerateObject())
        {
            var usageClass = Class(member.Name) ?? throw new FormatException($"the usage class '{member.Name}' is not known");
            read[usageClass] = member.Value.GetInt64();
        }

        return read;
    }

    /// <summary>The classes in which two usages differ: <c>input 10 ≠ 12</c>.</summary>
    public static string Difference(in TokenUsage left, in TokenUsage right)
    {
        var parts = new List<string>();
        foreach (var (usageClass, name) in All)
        {
            if (left[usageClass] != right[usageClass])
            {
                parts.Add($"{name} {left[usageClass]} ≠ {right[usageClass]}");
            }
        }

        return string.Join(", ", parts);
    }
}
