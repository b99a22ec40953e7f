using System.Globalization;
using System.Text.Json;
using Purser.Core.Pricing.Audit;
using Purser.Core.Usage;

namespace Purser.Cli.Audit;

/// <summary>
/// Reads pages of Anthropic's messages usage report and cost report. Amounts are decimal texts in cents. Priority Tier is in usage and never in
/// costs; code execution is in costs and never in usage.
/// </summary>
internal static class AnthropicExport
{
    /// <summary>The kind, as <c>--from</c> names it, and the provider's name in the price book.</summary>
    public const string Kind = "anthropic";

    private const decimal Cents = 100m;

    private static readonly Dictionary<string, UsageClass> TokenTypes = new(StringComparer.Ordinal)
    {
        ["uncached_input_tokens"] = UsageClass.Input,
        ["cache_read_input_tokens"] = UsageClass.CacheRead,
        ["cache_creation.ephemeral_5m_input_tokens"] = UsageClass.CacheWrite5m,
        ["cache_creation.ephemeral_1h_input_tokens"] = UsageClass.CacheWrite1h,
        ["output_tokens"] = UsageClass.Output,
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
            var isCost = ExportFields.Member(results[0], "amount") is not null;
            reading.Page(Kind, isCost ? "costs" : "usage", page);
            if (
                TryPeriod(bucket, reading, at) is { } period
                && reading.TryAddBucket(isCost ? "Anthropic's costs" : "Anthropic's usage", period, at)
            )
            {
                foreach (var (row, result) in results.EnumerateArray().Index())
                {
                    reading.Row($"{at}.results[{row}]", () => Read(result, isCost, period, reading));
                }
            }
        }
    }

    private static AuditPeriod? TryPeriod(JsonElement bucket, ExportReading reading, string where)
    {
        try
        {
            var from = ExportFields.Instant(ExportFields.Text(bucket, "starting_at") ?? "", "starting_at");
            var to = ExportFields.Instant(ExportFields.Text(bucket, "ending_at") ?? "", "ending_at");
            if (from < to)
            {
                return new(from, to);
            }
            reading.Fail(where, "the bucket ends before it begins");
        }
        catch (FormatException wrong)
        {
            reading.Fail(where, wrong.Message);
        }
        return null;
    }

    private static void Read(JsonElement result, bool isCost, AuditPeriod period, ExportReading reading)
    {
        if (isCost)
        {
            reading.Audit.Add(Cost(result, period));
        }
        else
        {
            reading.Audit.Add(Usage(result, period));
        }
    }

    private static AuditBill Cost(JsonElement result, AuditPeriod period)
    {
        ExportFields.CheckCurrency(ExportFields.Text(result, "currency"));
        var cents = ExportFields.Amount(result, "amount") ?? throw new FormatException("the cost has no amount");
        var (model, type) = (ExportFields.Text(result, "model"), ExportFields.Text(result, "cost_type"));
        return new()
        {
            Provider = Kind,
            Kind = type switch
            {
                "tokens" or null when model is not null => AuditBillKind.Model,
                "tokens" or null => AuditBillKind.Everything,
                "web_search" => AuditBillKind.WebSearch,
                _ => AuditBillKind.Other,
            },
            Model = model,
            Period = period,
            Usd = cents / Cents,
            Precision = ExportFields.HalfUnit(cents) / Cents,
            Terms = Terms(result),
            Class = ExportFields.Text(result, "token_type") is { } name && TokenTypes.TryGetValue(name, out var known) ? known : null,
            Label = type is null or "tokens" ? "costs that aren't split" : type.Replace('_', ' '),
        };
    }

    private static AuditUsage Usage(JsonElement result, AuditPeriod period)
    {
        var written = ExportFields.Member(result, "cache_creation") ?? default;
        var tools = ExportFields.Member(result, "server_tool_use") ?? default;
        var terms = Terms(result);
        return new()
        {
            Provider = Kind,
            Model =
                ExportFields.Text(result, "model")
                ?? throw new FormatException("the usage doesn't say the model: export it with group_by[]=model (docs/audit.md)"),
            Period = period,
            Terms = terms,
            Usage = new()
            {
                [UsageClass.Input] = ExportFields.Count(result, "uncached_input_tokens"),
                [UsageClass.CacheRead] = ExportFields.Count(result, "cache_read_input_tokens"),
                [UsageClass.CacheWrite5m] = ExportFields.Count(written, "ephemeral_5m_input_tokens"),
                [UsageClass.CacheWrite1h] = ExportFields.Count(written, "ephemeral_1h_input_tokens"),
                [UsageClass.Output] = ExportFields.Count(result, "output_tokens"),
                [UsageClass.WebSearch] = ExportFields.Count(tools, "web_search_requests"),
            },
            NotInCosts = terms.ServiceTier == "priority" ? "Priority Tier is never in Anthropic's costs" : null,
        };
    }

    private static AuditTerms Terms(JsonElement result) =>
        new(
            ExportFields.Text(result, "service_tier"),
            ExportFields.Text(result, "context_window") switch
            {
                null => null,
                "0-200k" => false,
                "200k-1M" => true,
                var other => throw new FormatException(
                    string.Create(CultureInfo.InvariantCulture, $"context_window '{other}' is not known")
                ),
            },
            ExportFields.Text(result, "inference_geo"),
            ExportFields.Text(result, "speed")
        );
}
