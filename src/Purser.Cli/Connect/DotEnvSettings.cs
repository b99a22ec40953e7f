using System.Text.Json.Nodes;

namespace Purser.Cli.Connect;

/// <summary>Edits lines of <c>NAME=value</c>. A path is one name; of lines of one name, the last counts.</summary>
internal sealed class DotEnvSettings : SettingsFormat
{
    /// <inheritdoc/>
    public override string Name => "dotenv";

    /// <inheritdoc/>
    public override JsonNode? Get(string text, IReadOnlyList<string> path)
    {
        var line = text.Split('\n').LastOrDefault(line => NameOf(line) == path[0]);
        if (line is null)
        {
            return null;
        }

        var value = line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim();
        var quoted = value.Length >= 2 && value[0] is '"' or '\'' && value[^1] == value[0];
        return JsonValue.Create(quoted ? value[1..^1] : value);
    }

    /// <inheritdoc/>
    public override string Set(string text, IReadOnlyList<string> path, JsonNode value)
    {
        var wanted = value.GetValue<string>();
        if (Get(text, path)?.GetValue<string>() == wanted)
        {
            return text;
        }

        var lines = text.Split('\n').ToList();
        var index = lines.FindLastIndex(line => NameOf(line) == path[0]);
        if (index >= 0)
        {
            lines[index] = $"{path[0]}={wanted}{(lines[index].EndsWith('\r') ? "\r" : "")}";
            return string.Join('\n', lines);
        }

        var lineBreak = LineBreak(text);
        return $"{text}{(text.Length == 0 || text.EndsWith('\n') ? "" : lineBreak)}{path[0]}={wanted}{lineBreak}";
    }

    /// <inheritdoc/>
    public override string Remove(string text, IReadOnlyList<string> path) =>
        string.Join('\n', text.Split('\n').Where(line => NameOf(line) != path[0]));

    private static string? NameOf(string line)
    {
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            return null;
        }

        var name = line[..equals].Trim();
        return name.StartsWith("export ", StringComparison.Ordinal) ? name["export ".Length..].Trim() : name;
    }
}
