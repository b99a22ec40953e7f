using System.Text.Json;
using System.Text.Json.Nodes;
using Purser.Gateway.Admin;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Alerts;

/// <summary>An alert as JSON: what webhooks and the event stream carry, and what the outbox keeps, byte for byte.</summary>
internal static class AlertPayload
{
    /// <summary><c>{"type", "timestamp", "data"}</c>, as the Standard Webhooks specification recommends.</summary>
    public static string Write(Alert alert) =>
        JsonSerializer.Serialize(
            new
            {
                Type = AlertTypes.NameOf(alert.Kind),
                Timestamp = alert.At.UtcDateTime,
                Data = new
                {
                    alert.Id,
                    BudgetId = Given(alert.BudgetId),
                    BudgetName = Given(alert.BudgetName),
                    Scope = Given(alert.Scope),
                    WindowStart = alert.WindowStart?.UtcDateTime,
                    WindowEnd = alert.WindowEnd?.UtcDateTime,
                    alert.ThresholdPercent,
                    Unit = Given(alert.Unit),
                    Limit = Given(alert.Limit),
                    Spent = Given(alert.Spent),
                    Pending = Given(alert.Pending),
                    alert.Message,
                    alert.Action,
                },
            },
            AdminEndpoints.Json
        );

    /// <summary>The same with its members side by side, and what became of its deliveries: a row of the admin API's listing.</summary>
    public static JsonObject Row(StoredAlert alert)
    {
        var payload = JsonNode.Parse(alert.Payload)!.AsObject();
        var data = payload["data"]!.AsObject();
        var row = new JsonObject
        {
            ["id"] = data["id"]!.DeepClone(),
            ["seq"] = alert.Seq,
            ["type"] = payload["type"]!.DeepClone(),
            ["at"] = payload["timestamp"]!.DeepClone(),
        };
        foreach (var (name, value) in data.Where(member => member.Key != "id"))
        {
            row[name] = value?.DeepClone();
        }

        row["deliveries"] = JsonSerializer.SerializeToNode(
            alert.Deliveries.Select(delivery => new
            {
                delivery.Webhook,
                State = BudgetNames.Of(delivery.State),
                delivery.Attempts,
                NextAt = delivery.NextAt?.UtcDateTime,
                LastAt = delivery.LastAt?.UtcDateTime,
                delivery.Status,
                delivery.Error,
            }),
            AdminEndpoints.Json
        );
        return row;
    }

    private static string? Given(string text) => text.Length > 0 ? text : null;
}
