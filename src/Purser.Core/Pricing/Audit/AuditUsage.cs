using Purser.Core.Usage;

namespace Purser.Core.Pricing.Audit;

/// <summary>A span of time of an export; an instant where both ends are the same.</summary>
/// <param name="From">Its first instant.</param>
/// <param name="To">The first instant after it.</param>
public readonly record struct AuditPeriod(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>Whether it is one instant: that of a request.</summary>
    public bool IsInstant => From == To;

    /// <summary>The day (UTC) that it begins on, by which usage and costs are joined.</summary>
    public DateOnly Day => DateOnly.FromDateTime(From.UtcDateTime);

    /// <summary>A request's instant.</summary>
    public static AuditPeriod At(DateTimeOffset instant) => new(instant, instant);
}

/// <summary>What an export says of the terms of usage or of a cost. What it doesn't say stays open: it is never taken as standard.</summary>
/// <param name="ServiceTier">
/// The tier, in the price book's words; <c>standard</c> where the export says that there was none. Null where it doesn't say.
/// </param>
/// <param name="LongContext">Whether it was on the long-context price; null where the export doesn't say.</param>
/// <param name="InferenceGeo">Where inference stayed; null where the export doesn't say.</param>
/// <param name="Speed">The speed; null where the export doesn't say, which means the standard one.</param>
public readonly record struct AuditTerms(
    string? ServiceTier = null,
    bool? LongContext = null,
    string? InferenceGeo = null,
    string? Speed = null
);

/// <summary>Usage that an export states: of one request, or the sum over a bucket of time.</summary>
public sealed record AuditUsage
{
    /// <summary>The provider, by its name in the price book.</summary>
    public required string Provider { get; init; }

    /// <summary>The model, as the export names it.</summary>
    public required string Model { get; init; }

    /// <summary>When.</summary>
    public required AuditPeriod Period { get; init; }

    /// <summary>On which terms, as far as the export says.</summary>
    public AuditTerms Terms { get; init; }

    /// <summary>How many requests; 0 where the export doesn't say.</summary>
    public long Requests { get; init; }

    /// <summary>What was used, in disjoint classes.</summary>
    public required TokenUsage Usage { get; init; }

    /// <summary>Other ways to read the same figures, where the export can be read in more than one: the price is a range then.</summary>
    public IReadOnlyList<TokenUsage> OtherReadings { get; init; } = [];

    /// <summary>
    /// Whether the provider bills searches on lines of their own, so that the tokens of a model that always searches can be compared without them.
    /// </summary>
    public bool SearchesApart { get; init; }

    // What this is a part of: the whole decides about the context.
    internal TokenUsage? Whole { get; init; }

    /// <summary>Why no cost is to be expected for it, in words; null where one is.</summary>
    public string? NotInCosts { get; init; }

    /// <summary>This usage and more of the same model, time and terms.</summary>
    internal AuditUsage Plus(AuditUsage other) =>
        this with
        {
            Requests = Requests == 0 || other.Requests == 0 ? 0 : Requests + other.Requests,
            Usage = Sum(Usage, other.Usage),
            // A reading that one of them doesn't have is its only one.
            OtherReadings =
            [
                .. Enumerable
                    .Range(0, Math.Max(OtherReadings.Count, other.OtherReadings.Count))
                    .Select(index =>
                        Sum(
                            index < OtherReadings.Count ? OtherReadings[index] : Usage,
                            index < other.OtherReadings.Count ? other.OtherReadings[index] : other.Usage
                        )
                    ),
            ],
        };

    /// <summary>The part of it that is of one class.</summary>
    internal AuditUsage Of(UsageClass usageClass) =>
        this with
        {
            Whole = Whole ?? Usage,
            Usage = Part(Usage, usageClass),
            OtherReadings = [.. OtherReadings.Select(reading => Part(reading, usageClass))],
        };

    /// <summary>All of it but one class.</summary>
    internal AuditUsage Without(UsageClass usageClass)
    {
        var (usage, readings) = (Usage, OtherReadings.ToArray());
        usage[usageClass] = 0;
        for (var index = 0; index < readings.Length; index++)
        {
            readings[index][usageClass] = 0;
        }
        return this with { Whole = Whole ?? Usage, Usage = usage, OtherReadings = readings };
    }

    /// <summary>The sum, class by class.</summary>
    internal static TokenUsage Sum(TokenUsage left, in TokenUsage right)
    {
        for (var usageClass = default(UsageClass); (int)usageClass < TokenUsage.ClassCount; usageClass++)
        {
            left[usageClass] += right[usageClass];
        }
        return left;
    }

    private static TokenUsage Part(in TokenUsage usage, UsageClass usageClass) => new() { [usageClass] = usage[usageClass] };
}
