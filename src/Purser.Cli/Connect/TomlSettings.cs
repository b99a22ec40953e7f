using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Purser.Cli.Connect;

/// <summary>
/// Edits TOML as text, by the positions that the parser reports. A path of one name is a key of the root with a string; a longer
/// one is a table of strings and inline tables.
/// </summary>
internal sealed class TomlSettings : SettingsFormat
{
    /// <inheritdoc/>
    public override string Name => "toml";

    /// <inheritdoc/>
    public override JsonNode? Get(string text, IReadOnlyList<string> path)
    {
        var document = Parse(text);
        if (path.Count == 1)
        {
            return RootKey(document, path[0])?.Value is { } value ? Value(value) : null;
        }

        if (Tables(document, path).FirstOrDefault(table => NamesOf(table.Name).Count == path.Count) is not { } found)
        {
            return null;
        }

        var node = new JsonObject();
        foreach (var item in found.Items)
        {
            node[string.Join('.', NamesOf(item.Key))] = Value(item.Value);
        }

        return node;
    }

    /// <inheritdoc/>
    public override string Set(string text, IReadOnlyList<string> path, JsonNode value)
    {
        if (JsonNode.DeepEquals(Get(text, path), value))
        {
            return text;
        }

        return path.Count == 1 ? SetRootKey(text, path[0], Inline(value)) : SetTable(text, path, value.AsObject());
    }

    /// <inheritdoc/>
    public override string Remove(string text, IReadOnlyList<string> path)
    {
        var document = Parse(text);
        if (path.Count == 1)
        {
            return RootKey(document, path[0]) is { } key ? text.Remove(key.Span.Offset, key.Span.Length) : text;
        }

        RefuseInline(document, path);
        foreach (var table in Tables(document, path).OrderByDescending(table => table.Span.Offset))
        {
            text = text.Remove(table.Span.Offset, table.Span.Length);
        }

        return text.Length == 0 ? text : text.TrimEnd('\n', '\r') + LineBreak(text);
    }

    private static string SetRootKey(string text, string name, string value)
    {
        var document = Parse(text);
        if (RootKey(document, name)?.Value is { } old)
        {
            return text.Remove(old.Span.Offset, old.Span.Length).Insert(old.Span.Offset, value);
        }

        // Keys of the root come before the first table.
        var keys = document.KeyValues.ToList();
        var position = keys.Count > 0 ? keys[^1].Span.Offset + keys[^1].Span.Length : 0;
        var lineBreak = LineBreak(text);
        var startsLine = position == 0 || text[position - 1] == '\n';
        return text.Insert(position, $"{(startsLine ? "" : lineBreak)}{name} = {value}{lineBreak}");
    }

    private static string SetTable(string text, IReadOnlyList<string> path, JsonObject value)
    {
        var document = Parse(text);
        RefuseInline(document, path);
        var lineBreak = LineBreak(text);
        var table = new StringBuilder($"[{string.Join('.', path)}]{lineBreak}");
        foreach (var (name, item) in value)
        {
            table.Append(CultureInfo.InvariantCulture, $"{name} = {Inline(item!)}{lineBreak}");
        }

        var present = Tables(document, path).OrderByDescending(found => found.Span.Offset).ToList();
        if (present.Count == 0)
        {
            var end = text.Length == 0 || text.EndsWith('\n') ? "" : lineBreak;
            return $"{text}{end}{(text.Length == 0 ? "" : lineBreak)}{table}";
        }

        // The first one's place takes the new table; the tables below it go.
        foreach (var old in present)
        {
            text = text.Remove(old.Span.Offset, old.Span.Length);
        }

        return text.Insert(present[^1].Span.Offset, table.ToString());
    }

    private static DocumentSyntax Parse(string text)
    {
        var document = SyntaxParser.Parse(text, "", true);
        return document.HasErrors ? throw new FormatException(document.Diagnostics.First().ToString()) : document;
    }

    private static KeyValueSyntax? RootKey(DocumentSyntax document, string name) =>
        document.KeyValues.FirstOrDefault(key => NamesOf(key.Key) is [var only] && only == name);

    private static List<TableSyntaxBase> Tables(DocumentSyntax document, IReadOnlyList<string> path) =>
        document.Tables.Where(table => NamesOf(table.Name).Take(path.Count).SequenceEqual(path)).ToList();

    private static void RefuseInline(DocumentSyntax document, IReadOnlyList<string> path)
    {
        if (document.KeyValues.Any(key => NamesOf(key.Key)[0] == path[0]))
        {
            throw new FormatException($"'{path[0]}' is written as a key there; write it as tables like [{string.Join('.', path)}]");
        }
    }

    private static List<string> NamesOf(KeySyntax? key)
    {
        if (key is null)
        {
            return [""];
        }

        var names = new List<string> { Bare(key.Key) };
        names.AddRange(key.DotKeys.Select(dotted => Bare(dotted.Key)));
        return names;
    }

    private static string Bare(BareKeyOrStringValueSyntax? key) =>
        key switch
        {
            StringValueSyntax text => text.Value ?? "",
            _ => key?.ToString()?.Trim() ?? "",
        };

    private static JsonNode? Value(ValueSyntax? value) =>
        value switch
        {
            StringValueSyntax text => JsonValue.Create(text.Value),
            InlineTableSyntax table => new JsonObject(
                table
                    .Items.Where(item => item.KeyValue is not null)
                    .Select(item => KeyValuePair.Create(string.Join('.', NamesOf(item.KeyValue!.Key)), Value(item.KeyValue.Value)))
            ),
            _ => JsonValue.Create(value?.ToString()?.Trim()),
        };

    private static string Inline(JsonNode value) =>
        value is JsonObject table
            ? $"{{ {string.Join(", ", table.Select(item => $"{item.Key} = {Inline(item.Value!)}"))} }}"
            : Quote(value.GetValue<string>());

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var character in text)
        {
            if (character is '"' or '\\')
            {
                quoted.Append('\\').Append(character);
            }
            else if (char.IsControl(character))
            {
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            }
            else
            {
                quoted.Append(character);
            }
        }

        return quoted.Append('"').ToString();
    }
}
