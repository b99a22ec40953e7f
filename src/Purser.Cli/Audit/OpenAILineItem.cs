using System.Collections.Frozen;
using Purser.Core.Pricing.Audit;
using Purser.Core.Usage;

namespace Purser.Cli.Audit;

/// <summary>
/// A line item of OpenAI's costs, such as <c>gpt-4.1-2025-04-14, cached input</c>, <c>priority | gpt-5.6-sol, output, long context</c>,
/// <c>gpt-audio-mini-2025-12-15 audio, input</c> or <c>web search tool calls</c>. OpenAI doesn't document the words: a line with one that
/// isn't known here is no model's.
/// </summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Model">The model; null where it is no model's.</param>
/// <param name="Class">The class; null where the line doesn't say.</param>
/// <param name="Terms">The tier, where the line names one, and the context.</param>
internal readonly record struct OpenAILineItem(AuditBillKind Kind, string? Model, UsageClass? Class, AuditTerms Terms)
{
    private const string Text = "text";

    private static readonly FrozenDictionary<(string Modality, string Direction), UsageClass> Classes = new Dictionary<
        (string, string),
        UsageClass
    >
    {
        [(Text, "input")] = UsageClass.Input,
        [(Text, "cached input")] = UsageClass.CacheRead,
        [(Text, "cache writes")] = UsageClass.CacheWrite5m,
        [(Text, "output")] = UsageClass.Output,
        [("audio", "input")] = UsageClass.AudioInput,
        [("audio", "cached input")] = UsageClass.AudioCacheRead,
        [("audio", "output")] = UsageClass.AudioOutput,
        [("image", "input")] = UsageClass.ImageInput,
        [("image", "cached input")] = UsageClass.ImageCacheRead,
        [("image", "output")] = UsageClass.ImageOutput,
    }.ToFrozenDictionary();

    private static readonly string[] Tiers = ["standard", "batch", "flex", "priority", "fast", "ultrafast"];

    /// <summary>Reads a line item.</summary>
    /// <param name="line">The line; null where costs aren't split.</param>
    public static OpenAILineItem Of(string? line)
    {
        if (line is null)
        {
            return new(AuditBillKind.Everything, null, null, default);
        }
        if (line.StartsWith("web search", StringComparison.OrdinalIgnoreCase))
        {
            return new(AuditBillKind.WebSearch, null, null, default);
        }
        var bar = line.Split(" | ");
        var tier = bar is [var prefix, _] && Tiers.Contains(prefix.ToLowerInvariant()) ? prefix.ToLowerInvariant() : null;
        var parts = bar[^1].Split(", ");
        var name = parts[0].Split(' ');
        var direction = parts.Length > 1 ? parts[1].ToLowerInvariant() : "";
        var modality = name.Length == 2 ? name[1].ToLowerInvariant() : Text;
        // "gpt-realtime, audio input" and "gpt-audio audio, input" are the same.
        if (direction.Split(' ', 2) is [(Text or "audio" or "image") and var first, var rest])
        {
            (modality, direction) = (first, rest);
        }
        var isLong = parts is [_, _, "long context"];
        var isKnown = (bar.Length == 1 || tier is not null) && name.Length <= 2 && (parts.Length == 2 || isLong);
        return isKnown && Classes.TryGetValue((modality, direction), out var usageClass)
            ? new(AuditBillKind.Model, name[0], usageClass, new(tier, isLong))
            : new(AuditBillKind.Other, null, null, default);
    }
}
