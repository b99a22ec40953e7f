using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Purser.Core.Ledger;
using Purser.Gateway.Admin;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Evaluations;

/// <summary>
/// <c>POST /v1/otlp/v1/logs</c>: OpenTelemetry's logs over HTTP, as JSON, with a client's own key. Of the records it takes the events
/// <c>gen_ai.evaluation.result</c> that name a request of the key's account, as feedback; the others are passed over.
/// </summary>
internal static class OtlpLogEndpoint
{
    private const string Event = "gen_ai.evaluation.result";
    private const string RequestAttribute = "purser.request.id";
    private const int MostEvaluations = 256;
    private const int MostRejections = 3;
    private const int LongestName = 64;
    private const long LargestBody = 4 << 20;

    // What evaluators call what is good and what isn't, where they give no number.
    private static readonly string[] Good = ["pass", "passed", "good", "correct", "relevant", "yes", "true"];
    private static readonly string[] Bad = ["fail", "failed", "bad", "incorrect", "not_relevant", "no", "false"];

    /// <summary>Maps it.</summary>
    public static void Map(WebApplication app, AdminContext context) =>
        app.MapPost("/v1/otlp/v1/logs", (RequestDelegate)(async http => await FeedbackEndpoint.HandleAsync(context, http, TakeAsync)));

    private static async Task<object> TakeAsync(AdminContext context, HttpContext http, VirtualKey key)
    {
        if (http.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new RefusedChangeException(
                "unsupported_encoding",
                "Logs are taken as JSON alone.",
                "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=http/json"
            );
        }

        FeedbackEndpoint.LimitBody(http, LargestBody);
        using var body = await JsonDocument.ParseAsync(http.Request.Body, default, http.RequestAborted);
        var (records, left) = Evaluations(body.RootElement);
        var (said, rejected) = (new List<Evaluation>(), new List<string>());
        foreach (var attributes in records)
        {
            var (evaluation, fault) = Read(context, attributes, key);
            if (evaluation is not null)
            {
                said.Add(evaluation);
            }
            else
            {
                rejected.Add(fault!);
            }
        }

        if (said.Count > 0)
        {
            var outcomes = await context.Evaluations.AddAsync(said, key.AccountId);
            rejected.AddRange(said.Zip(outcomes, FaultOf).OfType<string>());
        }

        return AnswerOf(rejected, left);
    }

    private static Dictionary<string, object> AnswerOf(List<string> rejected, int left)
    {
        string[] more = left > 0 ? [$"Of a body {MostEvaluations} evaluations are taken: send the others in another one."] : [];
        // Names as OTLP spells them.
        return rejected.Count + left == 0
            ? new Dictionary<string, object>()
            : new Dictionary<string, object>
            {
                ["partialSuccess"] = new Dictionary<string, string>
                {
                    ["rejectedLogRecords"] = (rejected.Count + left).ToString(CultureInfo.InvariantCulture),
                    ["errorMessage"] = string.Join(" ", more.Concat(rejected.Distinct(StringComparer.Ordinal).Take(MostRejections))),
                },
            };
    }

    /// <summary>The attributes of the evaluations among a body's records, as many as are taken, and how many more there are.</summary>
    private static (List<Dictionary<string, (string? Text, double? Number)>> Taken, int Left) Evaluations(JsonElement body)
    {
        var (taken, left) = (new List<Dictionary<string, (string? Text, double? Number)>>(), 0);
        foreach (var record in Records(body))
        {
            var attributes = Attributes(record);
            if ((Text(record, "eventName") ?? attributes.GetValueOrDefault("event.name").Text) != Event)
            {
                continue;
            }

            if (taken.Count < MostEvaluations)
            {
                taken.Add(attributes);
            }
            else
            {
                left++;
            }
        }

        return (taken, left);
    }

    /// <summary>Why an evaluation wasn't taken; null where it was.</summary>
    private static string? FaultOf(Evaluation said, EvaluationOutcome outcome) =>
        outcome switch
        {
            EvaluationOutcome.UnknownRoute => $"No request '{AttemptId.NameOf(said.RouteId)}' of this account was answered.",
            EvaluationOutcome.TooMany => FeedbackEndpoint.TooMany(said.RouteId),
            _ => null,
        };

    /// <summary>Reads an evaluation.</summary>
    /// <returns>It, or why it can't be taken.</returns>
    private static (Evaluation? Said, string? Fault) Read(
        AdminContext context,
        Dictionary<string, (string? Text, double? Number)> attributes,
        VirtualKey key
    )
    {
        if (!AttemptId.TryParseRequest(attributes.GetValueOrDefault(RequestAttribute).Text, out var route))
        {
            return (null, $"An evaluation says with {RequestAttribute} of which request it is: req_….");
        }

        var (number, label) = (
            attributes.GetValueOrDefault("gen_ai.evaluation.score.value").Number,
            attributes.GetValueOrDefault("gen_ai.evaluation.score.label").Text
        );
        double? score =
            number is { } value ? (value is >= 0 and <= 1 ? value : null)
            : Good.Contains(label, StringComparer.OrdinalIgnoreCase) ? 1
            : Bad.Contains(label, StringComparer.OrdinalIgnoreCase) ? 0
            : null;
        if (score is not { } said)
        {
            return (null, "A score is from 0 to 1, or a label such as pass or fail.");
        }

        var name = attributes.GetValueOrDefault("gen_ai.evaluation.name").Text ?? "";
        var evaluation = new Evaluation(route, null, said, EvaluationSource.Feedback, context.Clock.GetUtcNow())
        {
            // Each of an evaluator's measures is said once.
            Id = $"{key.Id} {name[..Math.Min(LongestName, name.Length)]}",
            Key = key.Id,
            Reason = FeedbackEndpoint.Reason(context, LineOf(attributes.GetValueOrDefault("gen_ai.evaluation.explanation").Text)),
        };
        return (evaluation, null);
    }

    // Judges write at length.
    private static string? LineOf(string? text) =>
        text is null
            ? null
            : new string([.. text.Take(FeedbackEndpoint.LongestReason).Select(letter => char.IsControl(letter) ? ' ' : letter)]);

    private static IEnumerable<JsonElement> Records(JsonElement body) =>
        Items(body, "resourceLogs")
            .SelectMany(resource => (IEnumerable<JsonElement>)Items(resource, "scopeLogs"))
            .SelectMany(scope => (IEnumerable<JsonElement>)Items(scope, "logRecords"));

    private static Dictionary<string, (string? Text, double? Number)> Attributes(JsonElement record)
    {
        var attributes = new Dictionary<string, (string? Text, double? Number)>(StringComparer.Ordinal);
        foreach (var attribute in Items(record, "attributes"))
        {
            if (Text(attribute, "key") is { } name && attribute.TryGetProperty("value", out var value))
            {
                attributes[name] = (Text(value, "stringValue"), Number(value));
            }
        }

        return attributes;
    }

    // Protobuf's JSON has 64-bit integers as texts.
    private static double? Number(JsonElement value) =>
        value.ValueKind != JsonValueKind.Object ? null
        : value.TryGetProperty("doubleValue", out var real) && real.ValueKind == JsonValueKind.Number ? real.GetDouble()
        : value.TryGetProperty("intValue", out var whole)
        && double.TryParse(whole.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
        : null;

    private static JsonElement.ArrayEnumerator Items(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array
            ? items.EnumerateArray()
            : default;

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()
            : null;
}
