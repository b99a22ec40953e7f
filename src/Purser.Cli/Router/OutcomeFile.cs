using System.Globalization;
using System.Text.Json;
using nietras.SeparatedValues;
using Purser.Routing.Bench;

namespace Purser.Cli.Router;

/// <summary>
/// Reads outcomes: CSV with a header, or one JSON object a line, with <c>prompt</c>, <c>MODEL_score</c> (0 to 1), and optionally <c>benchmark</c>
/// and <c>MODEL_cost</c>. Other columns are passed over.
/// </summary>
internal sealed class OutcomeFile
{
    private const string ScoreEnd = "_score";
    private const string CostEnd = "_cost";

    private readonly List<string> _prompts = [];
    private readonly List<string> _benchmarks = [];
    private readonly List<Dictionary<string, double>> _numbers = [];
    private readonly string _file;

    private OutcomeFile(string file) => _file = file;

    /// <summary>Reads files as one table.</summary>
    /// <exception cref="CliException">A file is no outcome file; the message says where.</exception>
    public static OutcomeTable Read(CliContext context, IEnumerable<string> files)
    {
        var all = files.Select(file => ReadOne(context, file)).ToList();
        string[] models = [.. all.SelectMany(each => each._numbers).SelectMany(row => row.Keys).Distinct(StringComparer.Ordinal)];
        var rows = all.SelectMany(each => each._numbers).ToList();
        return new OutcomeTable(
            [.. all.SelectMany(each => each._prompts)],
            [.. all.SelectMany(each => each._benchmarks)],
            Columns(models, ScoreEnd, name => Array.ConvertAll(rows.ToArray(), row => (float)row.GetValueOrDefault(name, double.NaN))),
            Columns(models, CostEnd, name => Array.ConvertAll(rows.ToArray(), row => row.GetValueOrDefault(name, double.NaN)))
        );
    }

    private static Dictionary<string, T[]> Columns<T>(string[] names, string end, Func<string, T[]> column) =>
        names
            .Where(name => name.EndsWith(end, StringComparison.Ordinal))
            .ToDictionary(name => name[..^end.Length], column, StringComparer.Ordinal);

    private static OutcomeFile ReadOne(CliContext context, string file)
    {
        var outcomes = new OutcomeFile(file);
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
            when (error is FileNotFoundException or DirectoryNotFoundException or InvalidDataException or JsonException or FormatException)
        {
            throw CliException.Usage(
                $"{file}: {error.Message.TrimEnd('.')}",
                "Give a CSV or JSONL file with prompt and MODEL_score, see docs/router.md."
            );
        }

        return outcomes._prompts.Count > 0
            ? outcomes
            : throw CliException.Usage(
                $"{file}: there are no rows",
                "Give a CSV or JSONL file with prompt and MODEL_score, see docs/router.md."
            );
    }

    private void ReadCsv(StreamReader reader)
    {
        using var csv = Sep.New(',').Reader(options => options with { Unescape = true }).From(reader);
        var names = csv.Header.ColNames;
        if (!names.Contains("prompt") || !names.Any(name => name.EndsWith(ScoreEnd, StringComparison.Ordinal)))
        {
            throw new InvalidDataException("the header needs prompt and a MODEL_score");
        }

        foreach (var row in csv)
        {
            _prompts.Add(row["prompt"].ToString());
            _benchmarks.Add(names.Contains("benchmark") ? row["benchmark"].ToString() : "");
            var numbers = new Dictionary<string, double>(StringComparer.Ordinal);
            foreach (var name in names.Where(IsNumber))
            {
                var text = row[name].Span.Trim();
                if (text.Length > 0)
                {
                    Add(
                        numbers,
                        name,
                        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : double.NaN
                    );
                }
            }

            _numbers.Add(numbers);
        }
    }

    private void ReadLines(StreamReader reader)
    {
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0)
            {
                continue;
            }

            using var json = JsonDocument.Parse(line);
            if (
                json.RootElement.ValueKind != JsonValueKind.Object
                || !json.RootElement.TryGetProperty("prompt", out var prompt)
                || prompt.ValueKind != JsonValueKind.String
            )
            {
                throw new InvalidDataException($"line {_prompts.Count + 1} has no prompt");
            }

            _prompts.Add(prompt.GetString()!);
            _benchmarks.Add(
                json.RootElement.TryGetProperty("benchmark", out var benchmark) && benchmark.ValueKind == JsonValueKind.String
                    ? benchmark.GetString()!
                    : ""
            );
            var numbers = new Dictionary<string, double>(StringComparer.Ordinal);
            foreach (
                var member in json
                    .RootElement.EnumerateObject()
                    .Where(member => IsNumber(member.Name) && member.Value.ValueKind != JsonValueKind.Null)
            )
            {
                Add(numbers, member.Name, member.Value.ValueKind == JsonValueKind.Number ? member.Value.GetDouble() : double.NaN);
            }

            _numbers.Add(numbers);
        }
    }

    private static bool IsNumber(string name) =>
        name.EndsWith(ScoreEnd, StringComparison.Ordinal) || name.EndsWith(CostEnd, StringComparison.Ordinal);

    private void Add(Dictionary<string, double> numbers, string name, double value)
    {
        var most = name.EndsWith(ScoreEnd, StringComparison.Ordinal) ? 1 : double.MaxValue;
        numbers[name] =
            value >= 0 && value <= most
                ? value
                : throw new InvalidDataException(
                    $"row {_prompts.Count} of {Path.GetFileName(_file)}: {name} isn't {(most <= 1 ? "from 0 to 1" : "a cost")}"
                );
    }
}
