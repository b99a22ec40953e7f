using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Purser.Simulator.Faults;

/// <summary>
/// Which requests go wrong, and how. The grammar:
/// <code>
/// plan      = "none" | rule *( "," rule )
/// rule      = kind [ ":" rate ] [ "@" condition *( "&amp;" condition ) ]
/// kind      = "401" | "429" | "500" | "503" | "529" | "timeout" | "reset" | "cut" | "garbage" | "stream-error" | "slow" | "no-usage" | "overrun" | "blocked"
/// rate      = a number from 0 to 1; 1 when left out
/// condition = "every=" n | "nth=" n | "model=" name [ "*" ] | "key=" key [ "*" ] | "api=" api | "stream=" ( "true" | "false" )
/// api       = "openai" | "azure" | "anthropic" | "gemini" | "vertex" | "bedrock" | "ollama" | "cohere"
/// </code>
/// Rules with <c>every</c> or <c>nth</c> come first and count the requests that match, in the order of arrival. The rates of the other
/// rules that match a request add up, and one draw from the request's own seed chooses among them.
/// </summary>
public sealed class FaultPlan
{
    private static readonly FrozenDictionary<string, FaultKind> Kinds = new Dictionary<string, FaultKind>
    {
        ["ok"] = FaultKind.None,
        ["401"] = FaultKind.KeyRefused,
        ["429"] = FaultKind.RateLimited,
        ["500"] = FaultKind.ServerError,
        ["503"] = FaultKind.Unavailable,
        ["529"] = FaultKind.Overloaded,
        ["timeout"] = FaultKind.Timeout,
        ["reset"] = FaultKind.Reset,
        ["cut"] = FaultKind.Cut,
        ["garbage"] = FaultKind.Garbage,
        ["stream-error"] = FaultKind.StreamError,
        ["slow"] = FaultKind.Slow,
        ["no-usage"] = FaultKind.NoUsage,
        ["overrun"] = FaultKind.Overrun,
        ["blocked"] = FaultKind.Blocked,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<FaultKind, string> Names = Kinds.ToFrozenDictionary(kind => kind.Value, kind => kind.Key);

    /// <summary>The names of the APIs, in rules and in the record.</summary>
    public static IReadOnlyList<string> Apis { get; } = ["openai", "azure", "anthropic", "gemini", "vertex", "bedrock", "ollama", "cohere"];

    private FaultPlan(IReadOnlyList<FaultRule> rules) => Rules = rules;

    /// <summary>Nothing goes wrong.</summary>
    public static FaultPlan None { get; } = new([]);

    /// <summary>The rules, in the order they were given.</summary>
    public IReadOnlyList<FaultRule> Rules { get; }

    /// <summary>The kind that a name stands for in specifications and prompts.</summary>
    /// <returns>False when no kind has the name.</returns>
    public static bool TryParseKind(string name, out FaultKind kind) => Kinds.TryGetValue(name, out kind);

    /// <summary>The name of a kind in specifications, prompts and the record.</summary>
    public static string NameOf(FaultKind kind) => Names[kind];

    /// <summary>Reads a specification; see <see cref="FaultPlan"/> for the grammar.</summary>
    /// <exception cref="FormatException">The specification is wrong; the message says what to write instead.</exception>
    public static FaultPlan Parse(string text) => TryParse(text, out var plan, out var error) ? plan : throw new FormatException(error);

    /// <summary>Reads a specification; see <see cref="FaultPlan"/> for the grammar.</summary>
    /// <param name="text">The specification; white space around its parts is ignored.</param>
    /// <param name="plan">The plan, when it is right.</param>
    /// <param name="error">What is wrong and what to write instead, when it isn't.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out FaultPlan? plan, [NotNullWhen(false)] out string? error)
    {
        plan = null;
        error = null;
        if (string.IsNullOrWhiteSpace(text) || text.Trim() == "none")
        {
            plan = None;
            return true;
        }

        var rules = new List<FaultRule>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var rule = ParseRule(part, out error);
            if (rule is null)
            {
                error ??= $"fault '{part}' can't be read";
                return false;
            }

            rules.Add(rule);
        }

        var sum = rules.Where(rule => !rule.Counts && rule is { Model: null, Key: null, Api: null, Stream: null }).Sum(rule => rule.Rate);
        if (sum > 1 + 1e-9)
        {
            error = $"the rates add up to {sum.ToString(CultureInfo.InvariantCulture)}: they must not exceed 1";
            return false;
        }

        plan = new FaultPlan(rules);
        return true;
    }

    /// <summary>What goes wrong with one request.</summary>
    /// <param name="api">The API, as <see cref="Apis"/> names it.</param>
    /// <param name="model">The model's name as the request gives it.</param>
    /// <param name="stream">Whether the answer is streamed.</param>
    /// <param name="draw">The request's draw, 0 (included) to 1 (excluded).</param>
    /// <param name="counts">How many requests matched each rule so far; one element a rule, changed by this call.</param>
    /// <param name="key">The key that the request was sent with.</param>
    internal FaultKind Decide(string api, string model, bool stream, double draw, long[] counts, ReadOnlySpan<char> key = default)
    {
        for (var i = 0; i < Rules.Count; i++)
        {
            var rule = Rules[i];
            if (rule.Counts && rule.Matches(api, model, stream, key) && rule.IsDue(Interlocked.Increment(ref counts[i])))
            {
                if (draw < rule.Rate)
                {
                    return rule.Kind;
                }
            }
        }

        var threshold = 0.0;
        foreach (var rule in Rules)
        {
            if (!rule.Counts && rule.Matches(api, model, stream, key))
            {
                threshold += rule.Rate;
                if (draw < threshold)
                {
                    return rule.Kind;
                }
            }
        }

        return FaultKind.None;
    }

    private static FaultRule? ParseRule(string text, out string? error)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var head = at < 0 ? text : text[..at];
        var colon = head.IndexOf(':', StringComparison.Ordinal);
        var name = (colon < 0 ? head : head[..colon]).Trim();
        if (!Kinds.TryGetValue(name, out var kind))
        {
            error = $"fault '{name}' is unknown: use one of {string.Join(", ", Kinds.Keys.Where(key => key != "ok").Order())}";
            return null;
        }

        var rate = 1.0;
        if (
            colon >= 0
            && (
                !double.TryParse(head[(colon + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out rate)
                || !(rate is >= 0 and <= 1)
            )
        )
        {
            error = $"rate '{head[(colon + 1)..]}' of fault '{name}' is not a number from 0 to 1";
            return null;
        }

        var rule = new FaultRule(kind, rate, null, null, null, null, null);
        error = null;
        foreach (var condition in at < 0 ? [] : text[(at + 1)..].Split('&', StringSplitOptions.TrimEntries))
        {
            var changed = AddCondition(rule, condition);
            if (changed is null)
            {
                error =
                    $"condition '{condition}' of fault '{name}' can't be read: use every=N, nth=N (N from 1), model=NAME, model=PREFIX*, key=KEY, key=PREFIX*, "
                    + $"api=NAME ({string.Join(", ", Apis)}), stream=true or stream=false";
                return null;
            }

            rule = changed;
        }

        return rule;
    }

    private static FaultRule? AddCondition(FaultRule rule, string condition)
    {
        var equals = condition.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0 || equals == condition.Length - 1)
        {
            return null;
        }

        var value = condition[(equals + 1)..];
        return condition[..equals] switch
        {
            "every" when Positive(value, out var n) => rule with { Every = n },
            "nth" when Positive(value, out var n) => rule with { Nth = n },
            "model" => rule with { Model = value },
            "key" => rule with { Key = value },
            "api" when Apis.Contains(value) => rule with { Api = value },
            "stream" when bool.TryParse(value, out var stream) => rule with { Stream = stream },
            _ => null,
        };
    }

    private static bool Positive(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;
}
