using System.Text.Json;
using Purser.Core.Usage;

namespace Purser.Cli.Replay;

/// <summary>Usage as the admin API's events have it.</summary>
internal static class UsageNames
{
    /// <summary>Reads an object of classes and quantities.</summary>
    /// <exception cref="FormatException">It has a class that this version doesn't know: leaving it out would hide a difference.</exception>
    public static TokenUsage Read(JsonElement usage)
    {
        var read = new TokenUsage();
        foreach (var member in usage.EnumerateObject())
        {
            var usageClass =
                UsageClassNames.Find(member.Name) ?? throw new FormatException($"the usage class '{member.Name}' is not known");
            read[usageClass] = member.Value.GetInt64();
        }

        return read;
    }

    /// <summary>The classes in which two usages differ: <c>input 10 ≠ 12</c>.</summary>
    public static string Difference(in TokenUsage left, in TokenUsage right)
    {
        var parts = new List<string>();
        foreach (var usageClass in Enum.GetValues<UsageClass>())
        {
            if (left[usageClass] != right[usageClass])
            {
                parts.Add($"{UsageClassNames.Of(usageClass)} {left[usageClass]} ≠ {right[usageClass]}");
            }
        }

        return string.Join(", ", parts);
    }
}
