using System.Globalization;
using System.Text.Json;
using nietras.SeparatedValues;
using Purser.Routing;
using Purser.Routing.Bench;

namespace Purser.Cli.Router;

/// <summary>
/// Reads outcomes: CSV with a header, or one JSON object a line, with <c>prompt</c>, <c>MODEL_score</c> (0 to 1), and optionally <c>benchmark</c>
/// and <c>MODEL_cost</c>. Other columns are passed over, unless they are asked for. In JSON, what was seen of a prompt (<c>features</c>) may stand for it.
/// </summary>
internal sealed class OutcomeFile
{
    private const string ScoreEnd = "_score";
    private const string CostEnd = "_cost";
    private const string What = "Give a CSV or JSONL file with prompt and MODEL_score, see docs/router.md.";

    private readonly List<Row> rows = [];
    private readonly string file;
    private readonly IReadOnlyList<string> fields;

    private OutcomeFile(string file, IReadOnlyList<string> fields)
    {
        this.file = file;
        this.fields = fields;
    }

    private sealed record Row(
        string Prompt,
        string Benchmark,
        Dictionary<string, double> Numbers,
        string[] Fields,
        RequestFeatures? Seen = null
    );

    /// <summary>Reads files as one table.</summary>
    /// <param name="context">Where the command runs.</param>
    /// <param name="files">The files.</param>
    /// <param name="takesFeatures">Whether what was seen of a prompt may stand for it.</param>
    /// <exception cref="CliException">A file is no outcome file; the message says where.</exception>
    public static OutcomeTable Read(CliContext context, IEnumerable<string> files, bool takesFeatures = false)
    {
        var all = files.SelectMany(file => ReadOne(context, file, [])).ToList();
        return Table(all, takesFeatures);
    }

    /// <summary>Reads a file with further columns.</summary>
    /// <param name="context">Where the command runs.</param>
    /// <param name="file">The file.</param>
    /// <param name="fields">The columns' names; each must be there.</param>
    /// <returns>The table, and each column's text by its name; empty where a row has none.</returns>
    /// <exception cref="CliException">It is no outcome file, or lacks a column; the message says where.</exception>
    public static (OutcomeTable Table, IReadOnlyDictionary<string, string[]> Fields) Read(
        CliContext context,
        string file,
        IReadOnlyList<string> fields
    )
    {
        var rows = ReadOne(context, file, fields);
        return (
            Table(rows, takesFeatures: false),
            fields
                .Select((name, at) => (name, rows.Select(row => row.Fields[at]).ToArray()))
                .ToDictionary(field => field.name, field => field.Item2, StringComparer.Ordinal)
        );
    }

    private static OutcomeTable Table(List<Row> rows, bool takesFeatures)
    {
        if (!takesFeatures && rows.Exists(row => row.Seen is not null))
        {
            throw CliException.Usage(
                "some rows have features in place of a prompt",
                "router train takes them; measuring needs the prompts."
            );
        }

        string[] names = [.. rows.SelectMany(row => row.Numbers.Keys).Distinct(StringComparer.Ordinal)];
        return new OutcomeTable(
            [.. rows.Select(row => row.Prompt)],
            [.. rows.Select(row => row.Benchmark)],
            Columns<float>(names, ScoreEnd, name => [.. rows.Select(row => (float)row.Numbers.GetValueOrDefault(name, double.NaN))]),
            Columns<double>(names, CostEnd, name => [.. rows.Select(row => row.Numbers.GetValueOrDefault(name, double.NaN))])
        )
        {
            Seen = rows.Index().Where(row => row.Item.Seen is not null).ToDictionary(row => row.Index, row => row.Item.Seen!),
        };
    }

    private static Dictionary<string, T[]> Columns<T>(string[] names, string end, Func<string, T[]> column) =>
        names
            .Where(name => name.EndsWith(end, StringComparison.Ordinal))
            .ToDictionary(name => name[..^end.Length], column, StringComparer.Ordinal);

    private static List<Row> ReadOne(CliContext context, string file, IReadOnlyList<string> fields)
    {
        var outcomes = new OutcomeFile(file, fields);
        try
        {
            using var reader = new StreamReader(context.OpenFile(file));
            if (reader.Peek() == '{')
            {
                outcomes.ReadLines(reader);
            }
            else
            {
                outcomes.ReadCsv(reader);
            }
        }
        catch (Exception error)
            when (error
                    is IOException
                        or UnauthorizedAccessException
                        or InvalidDataException
                        or JsonException
                        or FormatException
                        or ArgumentException
                        or NotSupportedException
            )
        {
            throw CliException.Usage($"{file}: {error.Message.TrimEnd('.')}", What);
        }

        return outcomes.rows.Count > 0 ? outcomes.rows : throw CliException.Usage($"{file}: there are no rows", What);
    }

    private void ReadCsv(StreamReader reader)
    {
        using var csv = Sep.New(',').Reader(options => options with { Unescape = true }).From(reader);
        var names = csv.Header.ColNames;
        if (!names.Contains("prompt") || !names.Any(name => name.EndsWith(ScoreEnd, StringComparison.Ordinal)))
        {
            throw new InvalidDataException("the header needs prompt and a MODEL_score");
        }

        if (fields.FirstOrDefault(name => !names.Contains(name)) is { } missing)
        {
            throw new InvalidDataException($"there is no column '{missing}'");
        }

        foreach (var row in csv)
        {
            var numbers = new Dictionary<string, double>(StringComparer.Ordinal);
            foreach (var name in names.Where(IsNumber))
            {
                var text = row[name].Span.Trim();
                if (text.Length > 0)
                {
                    var isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value);
                    numbers[name] = Checked(name, isNumber ? value : double.NaN, row.LineNumberFrom);
                }
            }

            var others = new string[fields.Count];
            for (var at = 0; at < others.Length; at++)
            {
                others[at] = row[fields[at]].ToString();
            }

            rows.Add(new Row(row["prompt"].ToString(), names.Contains("benchmark") ? row["benchmark"].ToString() : "", numbers, others));
        }
    }

    private void ReadLines(StreamReader reader)
    {
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length == 0)
            {
                continue;
            }

            using var json = JsonDocument.Parse(line);
            var isObject = json.RootElement.ValueKind == JsonValueKind.Object;
            var (prompt, seen) = isObject ? (Text(json.RootElement, "prompt"), Text(json.RootElement, "features")) : default;
            if ((prompt ?? seen) is null)
            {
                throw new InvalidDataException($"line {number} has no prompt");
            }

            var numbers = new Dictionary<string, double>(StringComparer.Ordinal);
            foreach (var member in json.RootElement.EnumerateObject().Where(member => IsNumber(member.Name)))
            {
                if (member.Value.ValueKind != JsonValueKind.Null)
                {
                    var value = member.Value.ValueKind == JsonValueKind.Number ? member.Value.GetDouble() : double.NaN;
                    numbers[member.Name] = Checked(member.Name, value, number);
                }
            }

            string[] others = [.. fields.Select(name => Text(json.RootElement, name) ?? "")];
            var features = prompt is null ? FeatureText.Read(seen!) : null;
            rows.Add(new Row(prompt ?? "", Text(json.RootElement, "benchmark") ?? "", numbers, others, features));
        }
    }

    private static string? Text(JsonElement row, string name) =>
        !row.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : value.ValueKind == JsonValueKind.Number ? value.GetRawText()
        : null;

    private static bool IsNumber(string name) =>
        name.EndsWith(ScoreEnd, StringComparison.Ordinal) || name.EndsWith(CostEnd, StringComparison.Ordinal);

    private double Checked(string name, double value, int line)
    {
        var isScore = name.EndsWith(ScoreEnd, StringComparison.Ordinal);
        return value >= 0 && value <= (isScore ? 1 : double.MaxValue)
            ? value
            : throw new InvalidDataException(
                $"line {line} of {Path.GetFileName(file)}: {name} isn't {(isScore ? "from 0 to 1" : "a cost")}"
            );
    }
}
