using YamlDotNet.RepresentationModel;

namespace Purser.Gateway.Configuration;

/// <summary>Reads the section <c>realtime</c> of <c>purser.yml</c>.</summary>
internal static class RealtimeReader
{
    private const string Section = "realtime";

    private static readonly string[] Keys = ["max_sessions", "max_sessions_per_key", "max_minutes", "idle_minutes"];

    /// <summary>Reads it; what is wrong is noted, and stands at its default.</summary>
    public static RealtimeOptions Read(YamlReader yaml, YamlMappingNode root)
    {
        var usual = new RealtimeOptions();
        if (!root.Children.TryGetValue(new YamlScalarNode(Section), out var node))
        {
            return usual;
        }

        if (node is not YamlMappingNode section)
        {
            yaml.Error(node, $"'{Section}' is a mapping with {string.Join(", ", Keys)}.");
            return usual;
        }

        yaml.CheckKeys(section, Keys);
        return new RealtimeOptions
        {
            MaxSessions = (int?)yaml.Number(section, "max_sessions", 1, 100_000) ?? usual.MaxSessions,
            MaxSessionsPerKey = (int?)yaml.Number(section, "max_sessions_per_key", 1, 100_000) ?? usual.MaxSessionsPerKey,
            MaxLength = Minutes("max_minutes") ?? usual.MaxLength,
            Idle = Minutes("idle_minutes") ?? usual.Idle,
        };

        TimeSpan? Minutes(string key) => yaml.Number(section, key, 1, 1440) is { } minutes ? TimeSpan.FromMinutes(minutes) : null;
    }
}
