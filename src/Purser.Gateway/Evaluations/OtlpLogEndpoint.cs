using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Purser.Core.Ledger;
using Purser.Gateway.Admin;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Evaluations;

/// <summary>
/// <c>POST /v1/logs</c>: OpenTelemetry's logs over HTTP, as JSON, with a client's own key. Of the records it takes the events
/// <c>gen_ai.evaluation.result</c> that name a request of the key's account, as feedback; the others are passed over.
/// </summary>
internal static class OtlpLogEndpoint
{
    private const string Event = "gen_ai.evaluation.result";
    private const string RequestAttribute = "purser.request.id";
    private const int MostRejections = 3;
    private const int LongestName = 64;
    private const long LargestBody = 4 << 20;

    // What evaluators call what is good and what isn't, where they give no number.
    private static readonly string[] Good = ["pass", "passed", "good", "correct", "relevant", "yes", "true"];
    private static readonly string[] Bad = ["fail", "failed", "bad", "incorrect", "not_relevant", "no", "false"];

    /// <summary>Maps it.</summary>
    public static void Map(WebApplication app, AdminContext context) =>
        app.MapPost("/v1/logs", (RequestDelegate)(async http => await FeedbackEndpoint.HandleAsync(context, http, TakeAsync)));

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
        var rejected = new List<string>();
        foreach (var record in Records(body.RootElement))
        {
            if (await TakeRecordAsync(context, record, key) is { } why)
            {
                rejected.Add(why);
            }
        }

        // Names as OTLP spells them.
        return rejected.Count == 0
            ? new Dictionary<string, object>()
            : new Dictionary<string, object>
            {
                ["partialSuccess"] = new Dictionary<string, string>
                {
                    ["rejectedLogRecords"] = rejected.Count.ToString(CultureInfo.InvariantCulture),
                    ["errorMessage"] = string.Join(" ", rejected.Distinct(StringComparer.Ordinal).Take(MostRejections)),
                },
            };
    }

    /// <summary>Takes a record.</summary>
    /// <returns>Why it can't be taken; null where it was, or is none of an evaluation.</returns>
    private static async Task<string?> TakeRecordAsync(AdminContext context, JsonElement record, VirtualKey key)
    {
        var attributes = Attributes(record);
        if ((Text(record, "eventName") ?? attributes.GetValueOrDefault("event.name").Text) != Event)
        {
            return null;
        }

        if (!AttemptId.TryParseRequest(attributes.GetValueOrDefault(RequestAttribute).Text, out var route))
        {
            return $"An evaluation says with {RequestAttribute} of which request it is: req_….";
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
            return "A score is from 0 to 1, or a label such as pass or fail.";
        }

        var name = attributes.GetValueOrDefault("gen_ai.evaluation.name").Text ?? "";
        var evaluation = new Evaluation(route, null, said, EvaluationSource.Feedback, context.Clock.GetUtcNow())
        {
            // Each of an evaluator's measures is said once.
            Id = $"{key.Id} {name[..Math.Min(LongestName, name.Length)]}",
            Reason = FeedbackEndpoint.Reason(context, LineOf(attributes.GetValueOrDefault("gen_ai.evaluation.explanation").Text)),
        };
        return await context.Evaluations.AddAsync(evaluation, key.AccountId) == EvaluationOutcome.UnknownRoute
            ? $"No request '{AttemptId.NameOf(route)}' of this account was answered."
            : null;
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
