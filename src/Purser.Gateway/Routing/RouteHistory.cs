using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Storage;
using Purser.Routing.Hindsight;

namespace Purser.Gateway.Routing;

/// <summary>Reads the routes that requests were given, from the usage events that reports are made of, whether or not a gateway is running on the folder.</summary>
public static class RouteHistory
{
    private const string Routes = """
        SELECT e.request, e.started_at, COALESCE(s.run, s.session), json_extract(e.detail, '$.route'),
               (SELECT SUM(a.cost_nanos) FROM usage_events a WHERE a.request = e.request)
        FROM usage_events e JOIN subjects s ON s.id = e.subject_id
        WHERE e.attempt = 1 AND e.started_at >= $from AND json_extract(e.detail, '$.route.served') <> ''
        ORDER BY e.started_at, e.request
        """;

    /// <summary>The routes since a time, oldest first. The folder is only read.</summary>
    /// <param name="dataDirectory">The folder.</param>
    /// <param name="from">Since when.</param>
    /// <exception cref="FileNotFoundException">There is no ledger in it.</exception>
    /// <exception cref="InvalidDataException">It can't be read, or has no usage events that can be.</exception>
    public static IReadOnlyList<PastRoute> Read(string dataDirectory, DateTimeOffset from)
    {
        using var connection = LedgerReader.OpenWithEvents(dataDirectory, out var hasEvents);
        if (!hasEvents)
        {
            throw new InvalidDataException(
                "There are no usage events (events.db), which routes are read from. A gateway that is started on the folder makes them."
            );
        }

        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = Routes;
            command.Parameters.AddWithValue("$from", (from - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
            using var row = command.ExecuteReader();
            var routes = new List<PastRoute>();
            while (row.Read())
            {
                routes.Add(Of(row));
            }

            return routes;
        }
        catch (SqliteException exception)
        {
            throw new InvalidDataException($"The usage events can't be read: {exception.Message}", exception);
        }
    }

    private static PastRoute Of(SqliteDataReader row)
    {
        var id = new AttemptId(new Guid(row.GetFieldValue<byte[]>(0), bigEndian: true), 1).RequestName;
        using var json = JsonDocument.Parse(row.GetString(3));
        var route = json.RootElement;
        var served = Text(route, "served")!;
        return new PastRoute
        {
            Session = LedgerReader.Text(row, 2) ?? id,
            Served = served,
            Reference = Text(route, "instead_of") ?? served,
            Override = Text(route, "override"),
            Class = Text(route, "class"),
            Predictor = Text(route, "predictor_version"),
            FloorPercent = route.TryGetProperty("floor_percent", out var floor) ? floor.GetInt64() : null,
            Cost = new Money(row.GetInt64(4)),
            Options = route.TryGetProperty("candidates", out var candidates) ? [.. candidates.EnumerateArray().Select(OptionOf)] : [],
        };
    }

    private static PastOption OptionOf(JsonElement option) =>
        new(
            Text(option, "model")!,
            Text(option, "standing") ?? "",
            Text(option, "expected_usd") is { } usd ? Money.FromUsdRoundedUp(decimal.Parse(usd, CultureInfo.InvariantCulture)) : null,
            Share(option, "good"),
            Share(option, "least_good")
        );

    private static double? Share(JsonElement option, string name) =>
        option.TryGetProperty(name, out var share) && share.ValueKind == JsonValueKind.Number ? share.GetDouble() : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
