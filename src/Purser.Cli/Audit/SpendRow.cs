using System.Text.Json;

namespace Purser.Cli.Audit;

/// <summary>A row of LiteLLM's <c>LiteLLM_SpendLogs</c>, as far as an audit needs it.</summary>
internal sealed record SpendRow
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 256 };

    /// <summary>The columns of a table that it is read from.</summary>
    public static IReadOnlyList<string> Columns { get; } =
    [
        "request_id",
        "call_type",
        "spend",
        "total_tokens",
        "prompt_tokens",
        "completion_tokens",
        "startTime",
        "model",
        "custom_llm_provider",
        "metadata",
        "cache_hit",
        "status",
    ];

    /// <summary>The request's id.</summary>
    public required string RequestId { get; init; }

    /// <summary>What was called: <c>acompletion</c>, <c>aembedding</c>, …</summary>
    public string? CallType { get; init; }

    /// <summary>What LiteLLM says that it cost, in USD.</summary>
    public required decimal Spend { get; init; }

    /// <summary>The prompt's tokens; for most calls with the cached ones.</summary>
    public long PromptTokens { get; init; }

    /// <summary>The completion's tokens.</summary>
    public long CompletionTokens { get; init; }

    /// <summary>All tokens.</summary>
    public long TotalTokens { get; init; }

    /// <summary>When the request began.</summary>
    public required DateTimeOffset StartTime { get; init; }

    /// <summary>The model that was called.</summary>
    public required string Model { get; init; }

    /// <summary>LiteLLM's name of the provider; null where the row has none.</summary>
    public string? Provider { get; init; }

    /// <summary>Usage in detail and more; an object, or undefined where the row has none.</summary>
    public JsonElement Metadata { get; init; }

    /// <summary>Whether LiteLLM answered from its own cache.</summary>
    public bool IsCacheHit { get; init; }

    /// <summary>Whether the request failed.</summary>
    public bool IsFailure { get; init; }

    /// <summary>Whether an object is a row of it.</summary>
    public static bool IsRow(JsonElement item) => item.TryGetProperty("request_id", out _) && item.TryGetProperty("spend", out _);

    /// <summary>Reads a row of JSON.</summary>
    /// <exception cref="FormatException">A figure is missing or is none.</exception>
    public static SpendRow Of(JsonElement row) =>
        new()
        {
            RequestId = ExportFields.Text(row, "request_id") ?? throw new FormatException("the row has no request_id"),
            CallType = ExportFields.Text(row, "call_type"),
            Spend = ExportFields.Amount(row, "spend") ?? throw new FormatException("the row has no spend"),
            PromptTokens = ExportFields.Count(row, "prompt_tokens"),
            CompletionTokens = ExportFields.Count(row, "completion_tokens"),
            TotalTokens = ExportFields.Count(row, "total_tokens"),
            StartTime = ExportFields.Instant(ExportFields.Text(row, "startTime") ?? "", "startTime"),
            Model = ExportFields.Text(row, "model") ?? "",
            Provider = ExportFields.Text(row, "custom_llm_provider"),
            Metadata = ExportFields.Member(row, "metadata") switch
            {
                { ValueKind: JsonValueKind.Object } metadata => metadata,
                { ValueKind: JsonValueKind.String } text => Parse(text.GetString()!),
                null => default,
                _ => throw new FormatException("metadata is no object"),
            },
            IsCacheHit = ExportFields.Member(row, "cache_hit")?.ToString().Equals("true", StringComparison.OrdinalIgnoreCase) ?? false,
            IsFailure = ExportFields.Text(row, "status") == "failure",
        };

    /// <summary>Reads a row of CSV.</summary>
    /// <param name="field">The text of a column; empty where there is none of the name.</param>
    /// <exception cref="FormatException">A figure is missing or is none.</exception>
    public static SpendRow Of(Func<string, string> field)
    {
        long Count(string name) => ExportFields.Count(field(name), name);
        string? Text(string name) => field(name) is { Length: > 0 } text ? text : null;
        return new()
        {
            RequestId = Text("request_id") ?? throw new FormatException("the row has no request_id"),
            CallType = Text("call_type"),
            Spend = ExportFields.Decimal(field("spend"), "spend"),
            PromptTokens = Count("prompt_tokens"),
            CompletionTokens = Count("completion_tokens"),
            TotalTokens = Count("total_tokens"),
            StartTime = ExportFields.Instant(field("startTime"), "startTime"),
            Model = field("model"),
            Provider = Text("custom_llm_provider"),
            Metadata = Text("metadata") is { } metadata ? Parse(metadata) : default,
            IsCacheHit = field("cache_hit").Equals("true", StringComparison.OrdinalIgnoreCase),
            IsFailure = field("status") == "failure",
        };
    }

    private static JsonElement Parse(string metadata)
    {
        try
        {
            using var document = JsonDocument.Parse(metadata, Options);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new FormatException("metadata is no object");
        }
        catch (JsonException)
        {
            throw new FormatException("metadata is no JSON");
        }
    }
}
