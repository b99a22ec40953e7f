using System.Globalization;

namespace Purser.Core.Pricing;

/// <summary>A map of a price file whose keys are known: reads typed values from it, and reports what is wrong with each.</summary>
internal sealed class PriceSection
{
    private readonly string file;
    private readonly ICollection<PriceError> errors;
    private readonly Dictionary<string, PriceNode> values = new(StringComparer.Ordinal);

    /// <summary>Takes a map's values; unknown keys, keys that come twice, and a node that is no map at all are reported.</summary>
    public PriceSection(string file, PriceNode node, string what, IReadOnlyList<string> knownKeys, ICollection<PriceError> errors)
    {
        (this.file, this.errors, Line, What) = (file, errors, node.Line, what);
        if (node.Pairs is null)
        {
            Report(PriceErrorKind.WrongValue, node.Line, $"{what} is {node.Kind}", $"write a map with {Listed(knownKeys)}");
            return;
        }
        foreach (var (key, value) in node.Pairs)
        {
            var name = key.Text ?? "";
            if (!knownKeys.Contains(name))
            {
                var nearest = NearestName.Of(name, knownKeys);
                var suggestion = nearest is null ? $"known here: {Listed(knownKeys)}" : $"did you mean '{nearest}'?";
                Report(PriceErrorKind.UnknownKey, key.Line, $"unknown key '{name}' in {what}", suggestion);
            }
            else if (!values.TryAdd(name, value))
            {
                Report(PriceErrorKind.DuplicateKey, key.Line, $"'{name}' is there twice in {what}", "keep one of them");
            }
        }
    }

    /// <summary>The line that the map begins on.</summary>
    public int Line { get; }

    /// <summary>What the map is, for messages.</summary>
    public string What { get; }

    public IEnumerable<string> Keys => values.Keys;

    public bool Has(string key) => values.ContainsKey(key);

    public PriceNode? Node(string key) => values.GetValueOrDefault(key);

    public int LineOf(string key) => values.TryGetValue(key, out var node) ? node.Line : Line;

    public void Report(PriceErrorKind kind, int line, string message, string? suggestion) =>
        errors.Add(new(kind, file, line, message, suggestion));

    /// <summary>A text that has to be there; null, and an error, where it isn't.</summary>
    public string? RequiredText(string key, string suggestion)
    {
        if (!Has(key))
        {
            Report(PriceErrorKind.MissingKey, Line, $"{What} has no '{key}'", suggestion);
            return null;
        }
        return Text(key);
    }

    /// <summary>A text that may be missing; null where it is.</summary>
    public string? Text(string key)
    {
        if (!values.TryGetValue(key, out var node))
        {
            return null;
        }
        if (string.IsNullOrWhiteSpace(node.Text))
        {
            Report(
                PriceErrorKind.WrongValue,
                node.Line,
                $"'{key}' is {(node.Text is null ? node.Kind : "empty")}",
                $"write a text after '{key}:'"
            );
            return null;
        }
        return node.Text;
    }

    /// <summary>A list that may be missing; empty where it is.</summary>
    public IReadOnlyList<PriceNode> List(string key)
    {
        if (!values.TryGetValue(key, out var node))
        {
            return [];
        }
        if (node.Items is null)
        {
            Report(
                PriceErrorKind.WrongValue,
                node.Line,
                $"'{key}' is {node.Kind}",
                "write a list: each item on a line of its own after '- '"
            );
            return [];
        }
        return node.Items;
    }

    /// <summary><c>true</c> or <c>false</c>; false where it is missing.</summary>
    public bool Flag(string key)
    {
        var text = Text(key);
        if (text is not (null or "true" or "false"))
        {
            Report(PriceErrorKind.WrongValue, LineOf(key), $"'{key}' is '{text}'", "write true or false");
        }
        return text == "true";
    }

    /// <summary>A number of tokens, from 1; null where it is missing or wrong.</summary>
    public long? Tokens(string key) => Whole(key, 1_000_000_000_000, "tokens, such as 200000");

    /// <summary>A whole number from 1; null where it is missing or wrong.</summary>
    /// <param name="key">The key.</param>
    /// <param name="most">The largest.</param>
    /// <param name="what">What it counts, for a message.</param>
    public long? Whole(string key, long most, string what)
    {
        var text = Text(key);
        if (text is null)
        {
            return null;
        }
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= most)
        {
            return number;
        }
        Report(PriceErrorKind.WrongValue, LineOf(key), $"'{key}' is '{text}'", $"write a whole number of {what}");
        return null;
    }

    private static string Listed(IReadOnlyList<string> keys) => string.Join(", ", keys);
}
