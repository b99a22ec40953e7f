using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;
using Purser.Core.Ledger;
using Purser.Core.Routing;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>What was spent, on what, by whom; and how one request was decided.</summary>
internal static class ReportEndpoints
{
    private const string TagFilter = "tag.";
    private const string ValueFilter = "where.";

    public static void Map(IEndpointRouteBuilder admin, AdminContext context)
    {
        var queries = new SpendQueries(context.Store, new Agreements(context.Contracts, context.Book, context.Clock));
        AdminEndpoints.Handle(admin, "GET", "/reports/spend", context, http => SpendAsync(queries, http));
        AdminEndpoints.Handle(admin, "GET", "/reports/contracts", context, http => ContractsAsync(queries, http));
        AdminEndpoints.Handle(admin, "GET", "/reports/served", context, http => ServedAsync(queries, http));
        AdminEndpoints.Handle(admin, "GET", "/reports/routes", context, http => RoutesAsync(queries, http));
        AdminEndpoints.Handle(admin, "GET", "/reports/quality", context, http => QualityAsync(queries, http));
        AdminEndpoints.Handle(admin, "GET", "/reports/savings", context, http => SavingsAsync(queries, context.Catalog, http));
        AdminEndpoints.Handle(admin, "GET", "/requests/{id}", context, http => ExplainAsync(queries, http));
        AdminEndpoints.Handle(admin, "GET", "/events", context, http => EventsAsync(queries, http));
    }

    private static async Task<object?> SpendAsync(SpendQueries queries, HttpContext http)
    {
        var query = http.Request.Query;
        var by = query["by"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var where = Filters(query, ValueFilter);
        if (where.Keys.FirstOrDefault(dimension => dimension is "day" or "hour" or "account") is { } other)
        {
            throw new RefusedChangeException(
                "invalid_dimension",
                $"Spend isn't filtered by '{other}'.",
                other == "account" ? "organization, department, team, project and member name accounts." : "Give from and to."
            );
        }

        if (by.Concat(where.Keys).FirstOrDefault(dimension => !SpendDimensions.IsKnown(dimension)) is { } unknown)
        {
            throw new RefusedChangeException(
                "invalid_dimension",
                $"Spend can't be grouped or filtered by '{unknown}'.",
                $"one of {string.Join(", ", SpendDimensions.Names)}, tag:NAME"
            );
        }

        await queries.FlushAsync();
        var report = queries.Spend(
            new SpendQuery
            {
                By = by,
                From = Instant(query["from"], "from"),
                To = Instant(query["to"], "to"),
                Tags = Filters(query, TagFilter),
                Where = where,
                TimeZone = query.TryGetValue("time_zone", out var zone) ? BudgetRequest.ParseTimeZone(zone.ToString()) : TimeZoneInfo.Utc,
            }
        );
        http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter);
        report.WriteTo(json);
        return null;
    }

    private static Dictionary<string, string> Filters(IQueryCollection query, string prefix) =>
        query
            .Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(
                pair => pair.Key[prefix.Length..],
                pair =>
                    pair.Value is [{ } only]
                        ? only
                        : throw new RefusedChangeException("invalid_filter", $"'{pair.Key}' is there more than once.", "Give each once."),
                StringComparer.Ordinal
            );

    private static async Task<object?> ContractsAsync(SpendQueries queries, HttpContext http)
    {
        await queries.FlushAsync();
        var spans = queries.UnderContracts(Instant(http.Request.Query["from"], "from"), Instant(http.Request.Query["to"], "to"));
        return new { Data = spans.SelectMany(ContractRow.Of) };
    }

    private static async Task<object?> ServedAsync(SpendQueries queries, HttpContext http)
    {
        await queries.FlushAsync();
        return new { Data = queries.Served(Instant(http.Request.Query["from"], "from"), Instant(http.Request.Query["to"], "to")) };
    }

    private static async Task<object?> RoutesAsync(SpendQueries queries, HttpContext http)
    {
        await queries.FlushAsync();
        return new { Data = queries.Routes(Instant(http.Request.Query["from"], "from"), Instant(http.Request.Query["to"], "to")) };
    }

    private static async Task<object?> QualityAsync(SpendQueries queries, HttpContext http)
    {
        await queries.FlushAsync();
        return new { Data = queries.Quality(Instant(http.Request.Query["from"], "from"), Instant(http.Request.Query["to"], "to")) };
    }

    private static async Task<object?> SavingsAsync(SpendQueries queries, ModelCatalog catalog, HttpContext http)
    {
        await queries.FlushAsync();
        var (from, to) = (Instant(http.Request.Query["from"], "from"), Instant(http.Request.Query["to"], "to"));
        return SavingsView.Of(queries.Routed(catalog, from, to));
    }

    private static async Task<object?> ExplainAsync(SpendQueries queries, HttpContext http)
    {
        var id = (string)http.GetRouteValue("id")!;
        return
            (AttemptId.TryParseRequest(id, out var request) || queries.IsBatch(id, out request))
            && await queries.ExplainAsync(request) is { } story
            ? story
            : throw new RefusedChangeException(
                "unknown_request",
                $"There is no request '{id}'.",
                "The id is in the response's x-purser-request-id header, and in every refusal."
            );
    }

    private static async Task<object?> EventsAsync(SpendQueries queries, HttpContext http)
    {
        var query = http.Request.Query;
        var limit = query.TryGetValue("limit", out var text)
            ? int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most > 0
                ? most
                : throw new RefusedChangeException("invalid_limit", "'limit' must be a whole number above zero.")
            : (int?)null;
        await queries.FlushAsync();
        var events = queries.Events(
            Instant(query["from"], "from"),
            Instant(query["to"], "to"),
            Optional(query["end_user"]),
            Optional(query["session"]),
            Optional(query["after"]),
            limit
        );
        http.Response.ContentType = "application/x-ndjson";
        await using var writer = new StreamWriter(http.Response.Body, leaveOpen: true);
        foreach (var line in events)
        {
            await writer.WriteLineAsync(line.ToJsonString());
        }

        return null;
    }

    private static string? Optional(StringValues values) => values.ToString() is { Length: > 0 } value ? value : null;

    /// <summary>An instant that somebody gave, in UTC unless it says otherwise; null where none is given.</summary>
    public static DateTimeOffset? Instant(StringValues values, string name) =>
        Optional(values) is not { } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at
        : throw new RefusedChangeException("invalid_time", $"'{name}' isn't a time: write it like 2026-11-24 or 2026-11-24T10:00:00Z.");
}
