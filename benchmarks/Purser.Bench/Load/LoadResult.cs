using System.Text.Json.Serialization;

namespace Purser.Bench.Load;

/// <summary>What one run of a load generator saw. Latencies are those of whole answers, in microseconds.</summary>
internal sealed record LoadResult(
    [property: JsonPropertyName("requests")] long Requests,
    [property: JsonPropertyName("errors")] long Errors,
    [property: JsonPropertyName("seconds")] double Seconds,
    [property: JsonPropertyName("p50_us")] double P50Us,
    [property: JsonPropertyName("p99_us")] double P99Us,
    [property: JsonPropertyName("detail")] string Detail
);
