using System.Globalization;
using System.Text.Json;
using Purser.Core.Pricing.Audit;
using Purser.Core.Usage;

namespace Purser.Cli.Audit;

/// <summary>
/// Reads pages of OpenAI's organization costs and usage. Usage is by model and, as far as it was grouped, by tier; costs are by line item.
/// </summary>
internal static class OpenAIExport
{
    /// <summary>The kind, as <c>--from</c> names it, and the provider's name in the price book.</summary>
    public const string Kind = "openai";

    // Money, but no tokens; what they cost is in the costs.
    private static readonly Dictionary<string, (string Figure, string What)> Uncounted = new(StringComparer.Ordinal)
    {
        ["organization.usage.audio_speeches.result"] = ("characters", "characters of speech"),
        ["organization.usage.audio_transcriptions.result"] = ("seconds", "seconds of transcription"),
        ["organization.usage.images.result"] = ("images", "images"),
        ["organization.usage.code_interpreter_sessions.result"] = ("num_sessions", "code interpreter sessions"),
        ["organization.usage.file_searches.result"] = ("num_requests", "file searches"),
        ["organization.usage.vector_stores.result"] = ("usage_bytes", "bytes of vector stores"),
    };

    /// <summary>Reads a page.</summary>
    public static void ReadPage(JsonElement page, ExportReading reading, string where)
    {
        foreach (var (index, bucket) in page.GetProperty("data").EnumerateArray().Index())
        {
            var at = $"{where}data[{index}]";
            if (reading.Results(bucket, at) is not { } results)
            {
                continue;
            }
            var what = ExportFields.Member(results[0], "object")?.ToString() ?? "results without a name";
            reading.Page(Kind, what, page);
            if (TryPeriod(bucket, reading, at) is { } period && reading.TryAddBucket(what, period, at))
            {
                foreach (var (row, result) in results.EnumerateArray().Index())
                {
                    reading.Row($"{at}.results[{row}]", () => Read(result, period, reading));
                }
            }
        }
    }

    private static AuditPeriod? TryPeriod(JsonElement bucket, ExportReading reading, string where)
    {
        try
        {
            var (from, to) = (ExportFields.CountOrNull(bucket, "start_time"), ExportFields.CountOrNull(bucket, "end_time"));
            if (from < to && to < 100_000_000_000)
            {
                return new(DateTimeOffset.FromUnixTimeSeconds(from.Value), DateTimeOffset.FromUnixTimeSeconds(to.Value));
            }
            reading.Fail(where, "the bucket has no start_time and end_time after it");
        }
        catch (FormatException wrong)
        {
            reading.Fail(where, wrong.Message);
        }
        return null;
    }

    private static void Read(JsonElement result, AuditPeriod period, ExportReading reading)
    {
        var what = ExportFields.Text(result, "object") ?? throw new FormatException("the result doesn't say what it is (object)");
        switch (what)
        {
            case "organization.costs.result":
                reading.Audit.Add(Cost(result, period));
                break;
            case "organization.usage.completions.result":
                reading.Audit.Add(Usage(result, period, Tokens(result)));
                break;
            case "organization.usage.embeddings.result":
                reading.Audit.Add(Usage(result, period, new() { [UsageClass.Input] = ExportFields.Count(result, "input_tokens") }));
                break;
            case "organization.usage.web_searches.result" when ExportFields.Text(result, "model") is not null:
                reading.Audit.Add(Searches(result, period));
                break;
            case "organization.usage.web_searches.result":
                reading.Leave("web searches that aren't grouped by model");
                break;
            case "organization.usage.moderations.result":
                reading.Leave("moderations, which are free");
                break;
            default:
                NoteUncounted(result, what, period, reading);
                break;
        }
    }

    private static AuditBill Cost(JsonElement result, AuditPeriod period)
    {
        var amount = ExportFields.Member(result, "amount") ?? throw new FormatException("the cost has no amount");
        ExportFields.CheckCurrency(ExportFields.Text(amount, "currency"));
        var usd = ExportFields.Amount(amount, "value") ?? throw new FormatException("the amount has no value");
        var isText = ExportFields.Member(amount, "value")!.Value.ValueKind == JsonValueKind.String;
        var label = ExportFields.Text(result, "line_item");
        var line = OpenAILineItem.Of(label);
        return new()
        {
            Provider = Kind,
            Kind = line.Kind,
            Model = line.Model,
            Period = period,
            Usd = usd,
            Precision = isText ? ExportFields.HalfUnit(usd) : 0m,
            Terms = line.Terms,
            Class = line.Class,
            Quantity = Tokens(ExportFields.Text(result, "quantity_unit")) ? Whole(result) : null,
            Label = label ?? "costs that aren't split",
        };
    }

    private static bool Tokens(string? unit) => unit is null || unit.ToLowerInvariant() is "token" or "tokens";

    // A quantity that is no number of tokens is no error: the usage has them.
    private static long? Whole(JsonElement result) =>
        ExportFields.Amount(result, "quantity") is { } quantity && quantity > 0m && quantity == decimal.Truncate(quantity)
            ? ExportFields.Count(result, "quantity")
            : null;

    private static AuditUsage Usage(JsonElement result, AuditPeriod period, TokenUsage usage) =>
        new()
        {
            Provider = Kind,
            Model =
                ExportFields.Text(result, "model")
                ?? throw new FormatException("the usage doesn't say the model: export it grouped by model, batch and service_tier"),
            Period = period,
            Terms = new(Tier(result)),
            Requests = ExportFields.Count(result, "num_model_requests"),
            Usage = usage,
            SearchesApart = true,
        };

    // The requests are counted where their tokens are.
    private static AuditUsage Searches(JsonElement result, AuditPeriod period) =>
        Usage(result, period, new() { [UsageClass.WebSearch] = ExportFields.Count(result, "num_requests") }) with
        {
            Requests = 0,
        };

    // Both are needed: batches have no service tier of their own, and what isn't a batch may be flex or priority.
    private static string? Tier(JsonElement result)
    {
        var batch = ExportFields.Member(result, "batch")?.ValueKind;
        var tier = ExportFields.Text(result, "service_tier");
        return batch == JsonValueKind.True ? "batch"
            : batch == JsonValueKind.False && tier is not null ? (tier == "default" ? "standard" : tier)
            : tier is null or "default" ? null
            : tier;
    }

    private static TokenUsage Tokens(JsonElement result)
    {
        long Of(string name) => ExportFields.Count(result, name);
        var (input, cached, written) = (Of("input_tokens"), Of("input_cached_tokens"), Of("input_cache_write_tokens"));
        var fresh = ExportFields.CountOrNull(result, "input_uncached_tokens") ?? input - cached - written;
        if (fresh < 0 || fresh + cached + written != input)
        {
            throw new FormatException($"input_tokens is {input}, and its parts are {cached} cached, {written} written and {fresh} others");
        }
        var usage = new TokenUsage
        {
            [UsageClass.Input] = fresh,
            [UsageClass.CacheRead] = cached,
            [UsageClass.CacheWrite5m] = written,
            [UsageClass.Output] = Of("output_tokens"),
        };
        Split(
            ref usage,
            UsageClass.Input,
            (UsageClass.AudioInput, Of("input_audio_tokens")),
            (UsageClass.ImageInput, Of("input_image_tokens"))
        );
        Split(
            ref usage,
            UsageClass.CacheRead,
            (UsageClass.AudioCacheRead, Of("input_cached_audio_tokens")),
            (UsageClass.ImageCacheRead, Of("input_cached_image_tokens"))
        );
        Split(
            ref usage,
            UsageClass.Output,
            (UsageClass.AudioOutput, Of("output_audio_tokens")),
            (UsageClass.ImageOutput, Of("output_image_tokens"))
        );
        return usage;
    }

    private static void Split(ref TokenUsage usage, UsageClass whole, params ReadOnlySpan<(UsageClass Class, long Tokens)> parts)
    {
        foreach (var (usageClass, tokens) in parts)
        {
            if (tokens > usage[whole])
            {
                throw new FormatException($"more tokens of one kind ({tokens}) than there are of all ({usage[whole]})");
            }
            usage[whole] -= tokens;
            usage[usageClass] = tokens;
        }
    }

    private static void NoteUncounted(JsonElement result, string what, AuditPeriod period, ExportReading reading)
    {
        if (!Uncounted.TryGetValue(what, out var known))
        {
            throw new FormatException($"'{what}' is not known");
        }
        var count = ExportFields.Count(result, known.Figure);
        reading.Audit.Add(
            new()
            {
                Name = "usage_without_class",
                Kind = FindingKind.Open,
                Provider = Kind,
                Subject = known.What,
                Evidence = string.Create(
                    CultureInfo.InvariantCulture,
                    $"used ({count:N0} in the first bucket), and the price book has no class for it"
                ),
                Action = "What it costs is in the costs; it isn't compared.",
            },
            period.Day.ToString("O", CultureInfo.InvariantCulture),
            "buckets"
        );
    }
}
