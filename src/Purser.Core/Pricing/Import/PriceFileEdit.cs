using System.Text;

namespace Purser.Core.Pricing.Import;

/// <summary>A price file with models and entries added, or why nothing could be added.</summary>
/// <param name="Text">The whole new text; null where there is an error.</param>
/// <param name="Error">What is in the way, in a sentence; null where nothing is.</param>
public sealed record PriceFileEditResult(string? Text, string? Error);

/// <summary>
/// Adds to a price file without touching a line that is in it: comments, order and every entry stay byte for byte. What comes out is
/// read again, and is refused where any entry of before isn't there as it was.
/// </summary>
public static class PriceFileEdit
{
    private const string ByHand = "add the prices by hand";

    /// <summary>Adds models at the end of a file, and entries at the end of their models.</summary>
    /// <param name="file">The file; an empty text for one that isn't there yet.</param>
    /// <param name="provider">Whose models they are.</param>
    /// <param name="models">The new models.</param>
    /// <param name="prices">The new entries, for models that are in the file.</param>
    public static PriceFileEditResult Add(
        PriceFile file,
        string provider,
        IReadOnlyList<PricedModel> models,
        IReadOnlyList<AddedPrice> prices
    )
    {
        if (file.Text.Contains('\r', StringComparison.Ordinal))
        {
            return new(null, $"{file.Name} has line ends of another kind than \\n; {ByHand}");
        }
        var isNew = string.IsNullOrWhiteSpace(file.Text);
        var before = isNew ? new PriceFile(file.Name, Head(provider)) : file;
        var lines = before.Text.TrimEnd('\n').Split('\n').ToList();
        var errors = new List<PriceError>();
        if (PriceNode.Read(before, errors) is not { Pairs: { } pairs } || errors.Count > 0)
        {
            return new(null, $"{file.Name} can't be read: {errors.FirstOrDefault()}");
        }
        if (pairs[^1].Key.Text != "models" || pairs.First(pair => pair.Key.Text == "provider").Value.Text != provider)
        {
            return new(null, $"{file.Name} isn't a file of {provider} that ends in its models; {ByHand}");
        }
        if (Insertions(pairs[^1].Value, lines, prices) is not { } insertions)
        {
            return new(null, $"{file.Name} isn't written as one line an item; {ByHand}");
        }
        foreach (var (line, text) in insertions.OrderByDescending(insertion => insertion.Line))
        {
            lines.Insert(line, text);
        }
        var all = new StringBuilder(string.Join('\n', lines)).Append('\n');
        foreach (var model in models)
        {
            all.Append(isNew && model == models[0] ? "" : "\n");
            PriceFileText.Model(all, model, indent: 2);
        }
        var added = prices.Select(price => price.Price).Concat(models.SelectMany(model => model.Prices));
        return Checked(isNew ? null : file, added, new(file.Name, all.ToString()));
    }

    private static string Head(string provider) =>
        $"# yaml-language-server: $schema=../schema.json\nprovider: {PriceFileText.Scalar(provider)}\n\nmodels:\n";

    private static List<(int Line, string Text)>? Insertions(PriceNode models, List<string> lines, IReadOnlyList<AddedPrice> prices)
    {
        var insertions = new List<(int, string)>();
        foreach (var added in prices.GroupBy(price => price.Model, StringComparer.Ordinal))
        {
            var model = models.Items?.FirstOrDefault(item => Value(item, "id")?.Text == added.Key);
            if (model is null || Value(model, "prices") is not { Items: [var first, ..] } stated)
            {
                return null;
            }
            var line = lines[first.Line - 1];
            var indent = line.Length - line.TrimStart().Length;
            if (!line.AsSpan(indent).StartsWith("- ", StringComparison.Ordinal))
            {
                return null;
            }
            var text = new StringBuilder();
            foreach (var price in added)
            {
                PriceFileText.Price(text, price.Price, indent);
            }
            insertions.Add((LastLine(stated), text.ToString().TrimEnd('\n')));
        }
        return insertions;
    }

    private static PriceFileEditResult Checked(PriceFile? before, IEnumerable<SkuPrice> added, PriceFile after)
    {
        var result = PriceBook.Parse([after]);
        if (result.Book is null)
        {
            return new(null, $"what would be written isn't right: {result.Errors[0]}");
        }
        var entries = result.Book.Models.SelectMany(model => model.Prices).ToDictionary(price => price.Entry, StringComparer.Ordinal);
        var old = before is null ? [] : PriceBook.Parse([before]).Book?.Models ?? [];
        var lost = old.SelectMany(model => model.Prices)
            .Concat(added)
            .FirstOrDefault(price => !entries.TryGetValue(price.Entry, out var now) || !NamedRates.AreSame(price, now));
        return lost is null ? new(after.Text, null) : new(null, $"{lost.Entry} would not be in it as it is; {ByHand}");
    }

    private static PriceNode? Value(PriceNode map, string key) => map.Pairs?.FirstOrDefault(pair => pair.Key.Text == key).Value;

    private static int LastLine(PriceNode node) =>
        (node.Items?.Select(LastLine) ?? [])
            .Concat(node.Pairs?.Select(pair => Math.Max(pair.Key.Line, LastLine(pair.Value))) ?? [])
            .Append(node.Line)
            .Max();
}
