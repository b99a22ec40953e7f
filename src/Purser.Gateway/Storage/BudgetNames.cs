using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Purser.Core.Budgets;

namespace Purser.Gateway.Storage;

/// <summary>What budgets' units, windows and scopes are called, in the API and in sentences.</summary>
internal static class BudgetNames
{
    /// <summary>The snake_case name of a value: <c>cache_read_tokens</c>.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => Known<T>.Names.TryGetValue(value, out var name) ? name : Made(value);

    /// <summary>A scope of "each" by its kind: <c>run</c>, <c>team tag</c>.</summary>
    public static string Of(Scope scope) =>
        scope.Kind == ScopeKind.Tag ? $"{scope.Id.AsSpan(0, scope.Id.IndexOf('=', StringComparison.Ordinal))} tag" : Of(scope.Kind);

    /// <summary>A window in a name: <c>a month</c>, <c>in any 7d</c>, <c>for life</c>.</summary>
    public static string Phrase(BudgetWindow window) =>
        window.Kind switch
        {
            WindowKind.Lifetime => "for life",
            WindowKind.Run => "a run",
            WindowKind.Rolling => $"in any {Length(window.Length)}",
            WindowKind.Anchored => $"in {Length(window.Length)} from first use",
            _ => $"{(window.Kind == WindowKind.Hour ? "an" : "a")} {Of(window.Kind)}",
        };

    private static string Made<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>A length as people write it: <c>5h</c>, <c>7d</c>, <c>90s</c>.</summary>
    public static string Length(TimeSpan length) =>
        (length.Ticks % TimeSpan.TicksPerDay, length.Ticks % TimeSpan.TicksPerHour, length.Ticks % TimeSpan.TicksPerMinute) switch
        {
            (0, _, _) => string.Create(CultureInfo.InvariantCulture, $"{length.TotalDays:0}d"),
            (_, 0, _) => string.Create(CultureInfo.InvariantCulture, $"{length.TotalHours:0}h"),
            (_, _, 0) => string.Create(CultureInfo.InvariantCulture, $"{length.TotalMinutes:0}m"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{length.TotalSeconds:0}s"),
        };

    /// <summary>Reads a length between a second and ten years: a whole number and <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>.</summary>
    public static bool TryLength(string text, out TimeSpan length)
    {
        length = default;
        if (text.Length < 2 || !long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        long seconds = text[^1] switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => 0,
        };
        var most = BudgetRules.LongestLength.Ticks / TimeSpan.TicksPerSecond;
        if (seconds == 0 || count < 1 || count > most / seconds)
        {
            return false;
        }

        length = TimeSpan.FromSeconds(count * seconds);
        return true;
    }

    // Every event has some of them.
    private static class Known<T>
        where T : struct, Enum
    {
        public static readonly FrozenDictionary<T, string> Names = Enum.GetValues<T>().ToFrozenDictionary(value => value, Made);
    }
}
