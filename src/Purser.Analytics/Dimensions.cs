namespace Purser.Analytics;

/// <summary>What usage can be grouped and filtered by: a fixed set, so that no text of a caller's is ever part of a query's own.</summary>
public static class Dimensions
{
    /// <summary>What a dimension's name begins with that is a tag: <c>tag:feature</c>.</summary>
    public const string TagPrefix = "tag:";

    private static readonly Dictionary<string, (string Sql, AttemptTraits Traits)> Known = new(StringComparer.Ordinal)
    {
        ["organization"] = ("\"purser.organization\"", AttemptTraits.None),
        ["department"] = ("\"purser.department\"", AttemptTraits.None),
        ["team"] = ("\"purser.team\"", AttemptTraits.None),
        ["project"] = ("\"purser.project\"", AttemptTraits.None),
        ["member"] = ("\"purser.member\"", AttemptTraits.None),
        ["account"] = ("\"purser.account_path\"", AttemptTraits.None),
        ["key"] = ("\"purser.key\"", AttemptTraits.None),
        ["provider"] = ("\"gen_ai.provider.name\"", AttemptTraits.Provider),
        ["model"] = ("\"gen_ai.request.model\"", AttemptTraits.Model),
        ["model_requested"] = ("\"purser.model_requested\"", AttemptTraits.ModelRequested),
        ["model_served"] = ("\"gen_ai.response.model\"", AttemptTraits.ModelServed),
        ["price_entry"] = ("\"SkuPriceId\"", AttemptTraits.PriceEntry),
        ["day"] = ("CAST(epoch_us(\"ChargePeriodStart\") // 86400000000 AS BIGINT)", AttemptTraits.None),
        ["hour"] = ("CAST(epoch_us(\"ChargePeriodStart\") // 3600000000 AS BIGINT)", AttemptTraits.None),
        [Quarter] = ("CAST(epoch_us(\"ChargePeriodStart\") // 900000000 AS BIGINT)", AttemptTraits.None),
        ["outcome"] = ("\"purser.outcome\"", AttemptTraits.Outcome),
        ["refusal"] = ("\"purser.refusal\"", AttemptTraits.Outcome),
        ["session"] = ("\"purser.session\"", AttemptTraits.None),
        ["run"] = ("\"purser.run\"", AttemptTraits.None),
        ["agent"] = ("\"purser.agent\"", AttemptTraits.None),
        ["repository"] = ("\"purser.repository\"", AttemptTraits.None),
        ["branch"] = ("\"purser.branch\"", AttemptTraits.None),
        ["end_user"] = ("\"purser.end_user\"", AttemptTraits.None),
        ["service_tier"] = ("\"purser.service_tier\"", AttemptTraits.ServiceTier),
        ["route_mode"] = ("\"purser.route.mode\"", AttemptTraits.Routing),
        ["route_policy"] = ("\"purser.route.policy\"", AttemptTraits.Routing),
    };

    /// <summary>
    /// Quarters of an hour since 1970 UTC, as days of any time zone are made of: no clock changes at another instant than one. Not for users.
    /// </summary>
    public const string Quarter = "quarter";

    /// <summary>The names that users know, tags aside.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Keys.Where(name => name is not Quarter)];

    /// <summary>Whether there is such a dimension.</summary>
    public static bool IsKnown(string dimension) => Known.ContainsKey(dimension) || TagOf(dimension) is not null;

    /// <summary>What can differ in a dimension between attempts of one request.</summary>
    internal static AttemptTraits TraitsOf(string dimension) =>
        Known.TryGetValue(dimension, out var known) ? known.Traits : AttemptTraits.None;

    /// <summary>The SQL of a dimension's value; null for a tag, which needs a parameter.</summary>
    /// <exception cref="ArgumentException">There is no such dimension.</exception>
    internal static string? SqlOf(string dimension) =>
        Known.TryGetValue(dimension, out var known) ? known.Sql
        : TagOf(dimension) is not null ? null
        : throw new ArgumentException($"There is no dimension '{dimension}'; there is {string.Join(", ", Names)}, {TagPrefix}NAME.");

    /// <summary>The name of a tag; null where it's another dimension.</summary>
    public static string? TagOf(string dimension) =>
        dimension.StartsWith(TagPrefix, StringComparison.Ordinal) && dimension.Length > TagPrefix.Length
            ? dimension[TagPrefix.Length..]
            : null;
}
