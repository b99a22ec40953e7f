using System.Globalization;
using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Core.Pricing.Audit;
using Purser.Core.Usage;

namespace Purser.Cli.Audit;

/// <summary>
/// Reads OpenRouter's activity: a row a day, model and endpoint, with tokens and credits. It doesn't say how much of the prompt was cached.
/// </summary>
internal static class OpenRouterExport
{
    /// <summary>The kind, as <c>--from</c> names it, and the provider's name in the price book.</summary>
    public const string Kind = "openrouter";

    // What a prompt may have been: fresh, read from a cache, written to one.
    private static readonly UsageClass[] Cached = [UsageClass.CacheRead, UsageClass.CacheWrite5m, UsageClass.CacheWrite1h];

    /// <summary>Whether an object is a row of it.</summary>
    public static bool IsRow(JsonElement item) =>
        ExportFields.Member(item, "date") is not null
        && ExportFields.Member(item, "usage") is { ValueKind: JsonValueKind.Number }
        && ExportFields.Member(item, "model") is not null;

    /// <summary>Reads a row.</summary>
    public static void ReadRow(JsonElement row, PriceBook book, ExportReading reading, string where)
    {
        var date = ExportFields.Text(row, "date") ?? "";
        var from = ExportFields.Instant(date, "date").UtcDateTime.Date;
        var day = new AuditPeriod(new(from, TimeSpan.Zero), new(from.AddDays(1), TimeSpan.Zero));
        var model = ExportFields.Text(row, "model") ?? throw new FormatException("the row names no model");
        var endpoint = ExportFields.Text(row, "endpoint_id") ?? ExportFields.Text(row, "provider_name");
        var known = book.FindModel(Kind, model) is null ? ExportFields.Text(row, "model_permaslug") ?? model : model;
        var usage = Usage(row, book.FindModel(Kind, known) is null ? model : known, day);
        var billed = ExportFields.Amount(row, "usage") ?? 0m;
        var own = ExportFields.Amount(row, "byok_usage_inference") ?? 0m;
        // Only now: a row that can't be read is in no figure, and may come again as it should be.
        if (!reading.TryAddBucket($"OpenRouter's rows of {model}{(endpoint is null ? "" : $" at {endpoint}")}", day, where))
        {
            return;
        }
        if (own > 0m)
        {
            reading.Audit.AddUncompared(usage, billed);
            NoteOwnKeys(usage, own, day, reading);
            return;
        }
        reading.Audit.Add(usage, billed, day.Day.ToString("O", CultureInfo.InvariantCulture));
    }

    private static AuditUsage Usage(JsonElement row, string model, AuditPeriod day)
    {
        var (prompt, completion) = (ExportFields.Count(row, "prompt_tokens"), ExportFields.Count(row, "completion_tokens"));
        var reasoning = ExportFields.Count(row, "reasoning_tokens");
        if (reasoning > completion)
        {
            throw new FormatException($"{reasoning} tokens of reasoning are more than the {completion} of the completion");
        }
        var usage = new TokenUsage
        {
            [UsageClass.Input] = prompt,
            [UsageClass.Output] = completion - reasoning,
            [UsageClass.ReasoningOutput] = reasoning,
        };
        return new()
        {
            Provider = Kind,
            Model = model,
            Period = day,
            Terms = new("standard"),
            Requests = ExportFields.Count(row, "requests"),
            Usage = usage,
            OtherReadings = prompt == 0 ? [] : [.. Cached.Select(cached => As(usage, cached))],
        };
    }

    private static TokenUsage As(TokenUsage usage, UsageClass cached)
    {
        usage[cached] = usage[UsageClass.Input];
        usage[UsageClass.Input] = 0;
        return usage;
    }

    private static void NoteOwnKeys(AuditUsage usage, decimal own, AuditPeriod day, ExportReading reading) =>
        reading.Audit.Add(
            new()
            {
                Name = "own_keys",
                Kind = FindingKind.Open,
                Provider = Kind,
                Subject = usage.Model,
                Usd = own,
                Evidence = "inference on your own keys, which its provider bills and OpenRouter doesn't; such rows aren't compared",
                Action = "Audit the provider's own export for it.",
            },
            day.Day.ToString("O", CultureInfo.InvariantCulture),
            "days"
        );
}
