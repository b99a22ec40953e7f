using System.Text.Json;
using System.Text.Json.Nodes;

namespace Purser.Cli.Router;

/// <summary>
/// Makes rows that <c>router train</c> takes of what the ledger knows of answers. It knows no prompts: who has them brings them, by the requests' ids, unless
/// the gateway keeps features in their place.
/// </summary>
/// <param name="prompts">The prompts by request id; null where there are none.</param>
/// <param name="sources">Whose word counts, the first before the others.</param>
internal sealed class LedgerOutcomes(IReadOnlyDictionary<string, string>? prompts, IReadOnlyList<string> sources)
{
    /// <summary>Who says how good answers are, those before that see more.</summary>
    public static IReadOnlyList<string> Sources { get; } = ["judge", "shadow", "feedback", "check", "override"];

    /// <summary>How many requests were left out because there is no prompt for them, and the gateway kept nothing of it.</summary>
    public int WithoutPrompt { get; private set; }

    /// <summary>How many were left out because nothing that counts was said of them.</summary>
    public int Unsaid { get; private set; }

    /// <summary>The row of a request; null where it's left out.</summary>
    /// <param name="line">The request, as the gateway tells it.</param>
    public JsonObject? RowOf(JsonElement line)
    {
        var id = line.GetProperty("request_id").GetString()!;
        var row = new JsonObject { ["id"] = id };
        foreach (var name in (string[])["at", "class", "difficulty", "features"])
        {
            if (line.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                row[name] = JsonNode.Parse(value.GetRawText());
            }
        }

        var scores = ScoresOf(line);
        if (scores.Count == 0)
        {
            Unsaid++;
            return null;
        }

        if (prompts is not null && prompts.TryGetValue(id, out var prompt))
        {
            row["prompt"] = prompt;
        }

        if (!row.ContainsKey("prompt") && !row.ContainsKey("features"))
        {
            WithoutPrompt++;
            return null;
        }

        foreach (var (scored, score) in scores.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            row[$"{scored}_score"] = Math.Round(score, 6);
        }

        if (line.TryGetProperty("served", out var served) && served.GetString() is { } model && scores.ContainsKey(model))
        {
            row[$"{model}_cost"] = JsonNode.Parse(line.GetProperty("cost_usd").GetString()!);
        }

        return row;
    }

    /// <summary>Reads prompts: one JSON object a line, with <c>id</c> (or <c>request_id</c>) and <c>prompt</c>.</summary>
    /// <exception cref="CliException">It's no such file.</exception>
    public static IReadOnlyDictionary<string, string> ReadPrompts(CliContext context, string file)
    {
        var prompts = new Dictionary<string, string>(StringComparer.Ordinal);
        var number = 0;
        try
        {
            using var reader = new StreamReader(context.OpenFile(file));
            while (reader.ReadLine() is { } line)
            {
                number++;
                if (line.Length > 0)
                {
                    using var json = JsonDocument.Parse(line);
                    var id = Text(json.RootElement, "id") ?? Text(json.RootElement, "request_id");
                    prompts[id ?? throw new KeyNotFoundException("no id")] =
                        Text(json.RootElement, "prompt") ?? throw new KeyNotFoundException("no prompt");
                }
            }
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw CliException.Usage(
                $"{file}: line {number} isn't an object with id and prompt ({error.Message.TrimEnd('.')})",
                "The id is the request's: req_…, in the answer's x-purser-request-id header."
            );
        }

        return prompts;
    }

    /// <summary>For each model the mean of what the first source says that says anything of it.</summary>
    private Dictionary<string, double> ScoresOf(JsonElement line)
    {
        var said = line.GetProperty("evaluations")
            .EnumerateArray()
            .Select(each =>
                (
                    Model: each.GetProperty("model").GetString()!,
                    Score: each.GetProperty("score").GetDouble(),
                    Source: each.GetProperty("source").GetString()!
                )
            )
            .Concat(Overriding(line))
            .ToList();
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var source in sources)
        {
            foreach (var model in said.Where(each => each.Source == source).GroupBy(each => each.Model, StringComparer.Ordinal))
            {
                scores.TryAdd(model.Key, model.Average(each => each.Score));
            }
        }

        return scores;
    }

    // Who passes a cheaper model over doesn't trust it with the request. Who passes over the reference only spares the money.
    private static IEnumerable<(string Model, double Score, string Source)> Overriding(JsonElement line) =>
        line.TryGetProperty("override", out var said) && !said.GetProperty("from_reference").GetBoolean()
            ? [(said.GetProperty("passed_over").GetString()!, 0, "override"), (said.GetProperty("to").GetString()!, 1, "override")]
            : [];

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
