using System.Text.Json;
using Purser.Core.Usage;

namespace Purser.Cli.Audit;

/// <summary>
/// Reads the usage of a row of LiteLLM's log. LiteLLM counts cached and cache-written tokens inside the prompt for every provider; rows of
/// Anthropic's own format may have them outside, so that such rows are read both ways where both make sense.
/// </summary>
internal static class LiteLlmUsage
{
    /// <summary>The usage in detail; undefined where the row has none.</summary>
    public static JsonElement Object(SpendRow row) =>
        (ExportFields.Member(row.Metadata, "usage_object") ?? ExportFields.Member(row.Metadata, "additional_usage_values"))
            is { ValueKind: JsonValueKind.Object } usage
            ? usage
            : default;

    /// <summary>Reads it.</summary>
    /// <param name="row">The row.</param>
    /// <param name="isAnthropic">Whether the model is one of Anthropic's.</param>
    /// <returns>The usage, and other ways to read it.</returns>
    /// <exception cref="FormatException">The figures contradict each other.</exception>
    public static (TokenUsage Usage, IReadOnlyList<TokenUsage> Others) Of(SpendRow row, bool isAnthropic)
    {
        var json = Object(row);
        var details = ExportFields.Member(json, "prompt_tokens_details") ?? default;
        var written = Written.Of(json, details);
        var input = new Input(
            ExportFields.CountOrNull(json, "prompt_tokens") ?? row.PromptTokens,
            Math.Max(ExportFields.Count(details, "cached_tokens"), ExportFields.Count(json, "cache_read_input_tokens")),
            written.Total,
            ExportFields.Count(details, "audio_tokens"),
            ExportFields.Count(details, "image_tokens")
        );
        var usage = Output(row, json, input.Prompt);
        var searches = ExportFields.Member(json, "server_tool_use") ?? default;
        usage[UsageClass.WebSearch] = Math.Max(
            ExportFields.Count(searches, "web_search_requests"),
            ExportFields.Count(details, "web_search_requests")
        );
        var readings = new List<TokenUsage>();
        foreach (var isInside in Places(row, input, isAnthropic))
        {
            foreach (var (minutes, hour) in written.Splits(isAnthropic))
            {
                readings.Add(With(usage, input, isInside, minutes, hour));
            }
        }
        return (readings[0], readings[1..]);
    }

    private static TokenUsage With(TokenUsage usage, Input input, bool isInside, long minutes, long hour)
    {
        usage[UsageClass.Input] = isInside ? input.Prompt - input.Parts : input.Prompt - input.Audio - input.Image;
        usage[UsageClass.CacheRead] = input.Cached;
        usage[UsageClass.CacheWrite5m] = minutes;
        usage[UsageClass.CacheWrite1h] = hour;
        usage[UsageClass.AudioInput] = input.Audio;
        usage[UsageClass.ImageInput] = input.Image;
        return usage;
    }

    // Where the cached tokens are: inside the prompt, outside it, or possibly either.
    private static IReadOnlyList<bool> Places(SpendRow row, Input input, bool isAnthropic)
    {
        var fits = input.Prompt >= input.Parts;
        if (!isAnthropic || input.Cached + input.Written == 0)
        {
            return fits
                ? [true]
                : throw new FormatException(
                    $"the prompt has {input.Prompt} tokens, and its parts (cached, audio, images) have {input.Parts}"
                );
        }
        var isNative =
            row.CallType is not null
            && (
                row.CallType.Contains("anthropic_messages", StringComparison.Ordinal)
                || row.CallType.Contains("pass_through", StringComparison.Ordinal)
            );
        return !fits ? [false]
            : isNative ? [true, false]
            : [true];
    }

    private static TokenUsage Output(SpendRow row, JsonElement json, long prompt)
    {
        var details = ExportFields.Member(json, "completion_tokens_details") ?? default;
        var completion = ExportFields.CountOrNull(json, "completion_tokens") ?? row.CompletionTokens;
        var reasoning = ExportFields.Count(details, "reasoning_tokens");
        var (audio, image) = (ExportFields.Count(details, "audio_tokens"), ExportFields.Count(details, "image_tokens"));
        // Inside the completion, unless the total says that it is beside it.
        var isBeside = reasoning > 0 && row.TotalTokens == prompt + completion + reasoning;
        var visible = completion - audio - image - (isBeside ? 0 : reasoning);
        return visible >= 0
            ? new()
            {
                [UsageClass.Output] = visible,
                [UsageClass.ReasoningOutput] = reasoning,
                [UsageClass.AudioOutput] = audio,
                [UsageClass.ImageOutput] = image,
            }
            : throw new FormatException($"the completion has {completion} tokens, and its parts (reasoning, audio, images) have more");
    }

    private readonly record struct Input(long Prompt, long Cached, long Written, long Audio, long Image)
    {
        public long Parts => Cached + Written + Audio + Image;
    }

    private readonly record struct Written(long Total, long? Minutes, long? Hour)
    {
        public static Written Of(JsonElement json, JsonElement details)
        {
            var split =
                ExportFields.Member(details, "cache_creation_token_details") ?? ExportFields.Member(json, "cache_creation") ?? default;
            var (minutes, hour) = (
                ExportFields.CountOrNull(split, "ephemeral_5m_input_tokens"),
                ExportFields.CountOrNull(split, "ephemeral_1h_input_tokens")
            );
            var total = Math.Max(
                ExportFields.Count(json, "cache_creation_input_tokens"),
                ExportFields.Count(details, "cache_creation_tokens")
            );
            return minutes is null && hour is null ? new(total, null, null)
                : total == 0 || total == (minutes ?? 0) + (hour ?? 0) ? new((minutes ?? 0) + (hour ?? 0), minutes ?? 0, hour ?? 0)
                : throw new FormatException($"{total} tokens were written to the cache, and the parts are {minutes} and {hour}");
        }

        // Where the row doesn't say for how long, a model of Anthropic's may have written for an hour.
        public IReadOnlyList<(long Minutes, long Hour)> Splits(bool isAnthropic) =>
            Minutes is { } minutes ? [(minutes, Hour ?? 0)]
            : isAnthropic && Total > 0 ? [(Total, 0), (0, Total)]
            : [(Total, 0)];
    }
}
