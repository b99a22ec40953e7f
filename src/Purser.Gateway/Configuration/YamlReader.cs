using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Purser.Gateway.Configuration;

/// <summary>Reads values out of a YAML document and collects every error with its place.</summary>
internal sealed class YamlReader(string file)
{
    private readonly List<DocumentError> errors = [];

    /// <summary>All errors so far.</summary>
    public IReadOnlyList<DocumentError> Errors => errors;

    /// <summary>The document's mapping; null where there is none, with the error noted.</summary>
    public YamlMappingNode? Root(string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count == 0)
            {
                return new YamlMappingNode();
            }

            if (stream.Documents[0].RootNode is YamlMappingNode root)
            {
                return root;
            }

            Error(stream.Documents[0].RootNode, "The file must be a mapping of keys to values.");
        }
        catch (YamlException exception)
        {
            errors.Add(new DocumentError(file, exception.Start.Line, exception.Start.Column, $"Not valid YAML: {exception.Message}"));
        }

        return null;
    }

    public void Error(YamlNode node, string message, string? suggestion = null) =>
        errors.Add(new DocumentError(file, node.Start.Line, node.Start.Column, message, suggestion));

    public void CheckKeys(YamlMappingNode node, IReadOnlyList<string> known)
    {
        foreach (var key in node.Children.Keys)
        {
            var name = (key as YamlScalarNode)?.Value ?? "";
            if (!known.Contains(name))
            {
                var nearest = known.MinBy(candidate => Distance(candidate, name))!;
                var suggestion = Distance(nearest, name) <= 3 ? $"did you mean '{nearest}'?" : $"known here: {string.Join(", ", known)}";
                Error(key, $"'{name}' isn't known here.", suggestion);
            }
        }
    }

    public string? Text(YamlMappingNode node, string key)
    {
        if (!node.Children.TryGetValue(key, out var value))
        {
            return null;
        }

        if (value is YamlScalarNode { Value: { Length: > 0 } text })
        {
            return text;
        }

        Error(value, $"'{key}' must be a text.");
        return null;
    }

    public string? RequiredText(YamlMappingNode node, string key)
    {
        if (!node.Children.ContainsKey(key))
        {
            Error(node, $"'{key}' is missing.");
        }

        return Text(node, key);
    }

    public long? Number(YamlMappingNode node, string key, long least, long most)
    {
        if (Text(node, key) is not { } text)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        Error(node[key], $"'{key}' must be a whole number from {least} to {most}.");
        return null;
    }

    public T? Choice<T>(YamlMappingNode node, string key, IReadOnlyList<(string Name, T Value)> choices)
    {
        if (Text(node, key) is not { } text)
        {
            return default;
        }

        foreach (var (name, value) in choices)
        {
            if (name == text)
            {
                return value;
            }
        }

        Error(node[key], $"'{key}' can't be '{text}'.", $"one of {string.Join(", ", choices.Select(choice => choice.Name))}");
        return default;
    }

    public IEnumerable<YamlNode> Items(YamlMappingNode node, string key)
    {
        if (!node.Children.TryGetValue(key, out var value))
        {
            return [];
        }

        if (value is YamlSequenceNode items)
        {
            return items;
        }

        Error(value, $"'{key}' must be a list.");
        return [];
    }

    /// <summary>A mapping of names to texts; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Texts(YamlMappingNode node, string key)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!node.Children.TryGetValue(key, out var value))
        {
            return texts;
        }

        if (value is not YamlMappingNode pairs)
        {
            Error(value, $"'{key}' must be a mapping of names.");
            return texts;
        }

        foreach (var (name, text) in pairs.Children)
        {
            if (name is YamlScalarNode { Value: { Length: > 0 } from } && text is YamlScalarNode { Value: { Length: > 0 } to })
            {
                texts[from] = to;
            }
            else
            {
                Error(text, $"'{key}' must map names to names.");
            }
        }

        return texts;
    }

    /// <summary>The Levenshtein distance: how many letters to change, add or remove.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
