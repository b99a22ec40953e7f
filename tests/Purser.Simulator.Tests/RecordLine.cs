using System.Text.Json;

namespace Purser.Simulator.Tests;

/// <summary>A line of the record, read by the test's own eyes.</summary>
internal sealed record RecordLine(
    long Seq,
    long Request,
    string Phase,
    string? Id,
    string? Outcome,
    int? Status,
    Bill? Billed,
    JsonElement Json
)
{
    public static RecordLine Parse(string line)
    {
        var json = JsonDocument.Parse(line).RootElement;
        var billed = json.TryGetProperty("billed", out var bill)
            ? new Bill(
                bill.GetProperty("input").GetInt64(),
                bill.GetProperty("cache_read").GetInt64(),
                bill.GetProperty("cache_write_5m").GetInt64(),
                bill.GetProperty("cache_write_1h").GetInt64(),
                bill.GetProperty("output").GetInt64(),
                bill.GetProperty("reasoning").GetInt64()
            )
            : null;
        return new RecordLine(
            json.GetProperty("seq").GetInt64(),
            json.GetProperty("request").GetInt64(),
            json.GetProperty("phase").GetString()!,
            json.TryGetProperty("id", out var id) ? id.GetString() : null,
            json.TryGetProperty("outcome", out var outcome) ? outcome.GetString() : null,
            json.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Number ? status.GetInt32() : null,
            billed,
            json
        );
    }
}

internal sealed record Bill(long Input, long CacheRead, long CacheWrite5m, long CacheWrite1h, long Output, long Reasoning)
{
    public static Bill Nothing { get; } = new(0, 0, 0, 0, 0, 0);
}
