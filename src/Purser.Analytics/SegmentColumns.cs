using System.Globalization;
using Purser.Core.Usage;

namespace Purser.Analytics;

/// <summary>
/// The columns of a segment, and how the tail gives them. The names are OpenTelemetry's GenAI ones (<c>gen_ai.…</c>) and FOCUS's
/// (PascalCase) where those say the same, else <c>purser.…</c>. They are the open schema of docs/analytics.md: a column may be added, and
/// none is renamed.
/// </summary>
internal static class SegmentColumns
{
    /// <summary>The tail: attempts with numbers for what they name, so that a row is quick to take.</summary>
    public const string TailTables = """
        CREATE TABLE tail(
            seq BIGINT, recorded_at BIGINT, started_at BIGINT, request UUID, attempt UTINYINT, correction BOOLEAN,
            subject_id BIGINT, route_id BIGINT, outcome VARCHAR, status SMALLINT, stream BOOLEAN,
            model_served VARCHAR, price_entry VARCHAR, service_tier VARCHAR, refusal VARCHAR, route_mode VARCHAR, route_policy VARCHAR,
            input BIGINT, cached BIGINT, cache_write BIGINT, cache_write_1h BIGINT, output BIGINT, reasoning BIGINT, others VARCHAR,
            cost BIGINT, not_billed BIGINT, estimated BOOLEAN, unconfirmed BOOLEAN, first_byte BIGINT, duration BIGINT, repeats INTEGER[]);
        CREATE TABLE subjects(
            id BIGINT, key VARCHAR, account_path VARCHAR, organization VARCHAR, department VARCHAR, team VARCHAR, project VARCHAR,
            member VARCHAR, end_user VARCHAR, session VARCHAR, agent VARCHAR, run VARCHAR, repository VARCHAR, branch VARCHAR, tags VARCHAR);
        CREATE TABLE routes(id BIGINT, api VARCHAR, model_requested VARCHAR, provider VARCHAR, model VARCHAR, price_entry VARCHAR);
        """;

    /// <summary>How rows are ordered in a segment: what is alike lies together. The number at the end makes it one order.</summary>
    public const string Order = """
        "purser.team", "gen_ai.provider.name", "gen_ai.request.model", "purser.member", "purser.key", "purser.session",
        "ChargePeriodStart", "purser.journal.seq"
        """;

    private static readonly (string Name, string FromTail)[] All =
    [
        ("purser.journal.seq", "t.seq"),
        ("ChargePeriodStart", "make_timestamp(t.started_at)"),
        ("purser.request.id", "t.request"),
        ("purser.attempt", "t.attempt"),
        ("ChargeClass", "CASE WHEN t.correction THEN 'Correction' END"),
        ("purser.organization", "s.organization"),
        ("purser.department", "s.department"),
        ("purser.team", "s.team"),
        ("purser.project", "s.project"),
        ("purser.member", "s.member"),
        ("SubAccountId", "split_part(s.account_path, '/', 1)"),
        ("purser.account_path", "s.account_path"),
        ("purser.key", "s.key"),
        ("purser.end_user", "s.end_user"),
        ("purser.session", "s.session"),
        ("purser.run", "s.run"),
        ("purser.agent", "s.agent"),
        ("purser.repository", "s.repository"),
        ("purser.branch", "s.branch"),
        ("Tags", "s.tags"),
        ("purser.api", "r.api"),
        ("purser.model_requested", "r.model_requested"),
        ("gen_ai.provider.name", "r.provider"),
        ("gen_ai.request.model", "r.model"),
        ("gen_ai.response.model", "t.model_served"),
        ("SkuPriceId", "COALESCE(t.price_entry, r.price_entry)"),
        ("purser.service_tier", "t.service_tier"),
        ("purser.outcome", "t.outcome"),
        ("purser.refusal", "t.refusal"),
        ("purser.route.mode", "t.route_mode"),
        ("purser.route.policy", "t.route_policy"),
        ("http.response.status_code", "t.status"),
        ("purser.stream", "t.stream"),
        ("gen_ai.usage.input_tokens", "t.input"),
        ("gen_ai.usage.cache_read.input_tokens", "t.cached"),
        ("gen_ai.usage.cache_creation.input_tokens", "t.cache_write"),
        ("purser.usage.cache_creation_1h.input_tokens", "t.cache_write_1h"),
        ("gen_ai.usage.output_tokens", "t.output"),
        ("gen_ai.usage.reasoning.output_tokens", "t.reasoning"),
        ("purser.usage.others", "t.others"),
        ("BilledCost", Dollars("t.cost")),
        ("purser.not_billed_cost", $"CASE WHEN t.not_billed <> 0 THEN {Dollars("t.not_billed")} END"),
        ("purser.estimated", "t.estimated"),
        ("purser.unconfirmed", "t.unconfirmed"),
        ("purser.time_to_first_byte_us", "t.first_byte"),
        ("purser.duration_us", "t.duration"),
        ("purser.repeats", "t.repeats"),
    ];

    /// <summary>The columns' names, quoted.</summary>
    public static string Names { get; } = string.Join(", ", All.Select(column => $"\"{column.Name}\""));

    /// <summary>The tail as a segment has it, up to a number that is put in place of <c>{0}</c>.</summary>
    private static readonly string Tail =
        $"SELECT {string.Join(", ", All.Select(column => $"{column.FromTail} AS \"{column.Name}\""))} "
        + "FROM tail t JOIN subjects s ON s.id = t.subject_id JOIN routes r ON r.id = t.route_id";

    /// <summary>The rows of the tail as a segment has them.</summary>
    /// <param name="upTo">The number of the last entry; null for all.</param>
    public static string FromTail(long? upTo = null) =>
        upTo is { } last ? string.Create(CultureInfo.InvariantCulture, $"{Tail} WHERE t.seq <= {last}") : Tail;

    /// <summary>
    /// Nano-dollars as dollars. The product of two decimals is exact, and a cost of 10⁹ dollars or more, of which there is none, is an error.
    /// </summary>
    private static string Dollars(string nanos) =>
        $"CAST(CAST({nanos} AS DECIMAL(18, 0)) * CAST('0.000000001' AS DECIMAL(10, 9)) AS DECIMAL(18, 9))";

    /// <summary>Input tokens of all kinds, cached ones included, as OpenTelemetry counts them.</summary>
    public static long Input(in TokenUsage usage) =>
        usage[UsageClass.Input]
        + usage[UsageClass.CacheRead]
        + usage[UsageClass.CacheWrite5m]
        + usage[UsageClass.CacheWrite1h]
        + usage[UsageClass.AudioInput]
        + usage[UsageClass.AudioCacheRead]
        + usage[UsageClass.ImageInput]
        + usage[UsageClass.ImageCacheRead]
        + usage[UsageClass.VideoInput]
        + usage[UsageClass.VideoCacheRead];

    /// <summary>Input tokens read from a cache, of all kinds.</summary>
    public static long Cached(in TokenUsage usage) =>
        usage[UsageClass.CacheRead]
        + usage[UsageClass.AudioCacheRead]
        + usage[UsageClass.ImageCacheRead]
        + usage[UsageClass.VideoCacheRead];

    /// <summary>Output tokens of all kinds, reasoning included.</summary>
    public static long Output(in TokenUsage usage) =>
        usage[UsageClass.Output]
        + usage[UsageClass.ReasoningOutput]
        + usage[UsageClass.AudioOutput]
        + usage[UsageClass.ImageOutput]
        + usage[UsageClass.VideoOutput]
        + usage[UsageClass.Citation];

    /// <summary>What was used of the classes that have no column of their own, as a JSON object; null where nothing was.</summary>
    public static string? Others(in TokenUsage usage)
    {
        List<string>? used = null;
        for (var i = 0; i < TokenUsage.ClassCount; i++)
        {
            var usageClass = (UsageClass)i;
            if (
                usage[usageClass] != 0
                && usageClass
                    is not (
                        UsageClass.Input
                        or UsageClass.CacheRead
                        or UsageClass.CacheWrite5m
                        or UsageClass.CacheWrite1h
                        or UsageClass.Output
                        or UsageClass.ReasoningOutput
                    )
            )
            {
                (used ??= []).Add(string.Create(CultureInfo.InvariantCulture, $"\"{UsageClassNames.Of(usageClass)}\":{usage[usageClass]}"));
            }
        }

        return used is null ? null : $"{{{string.Join(',', used)}}}";
    }
}
