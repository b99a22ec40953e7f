using System.Globalization;
using Purser.Core.Budgets;
using Purser.Core.Pricing;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>
/// A budget as the admin API and apply documents write it: texts, all optional but a limit and one or two things that it limits.
/// The word <c>each</c> instead of a name gives every one of its kind a balance of its own.
/// </summary>
internal sealed record BudgetRequest
{
    /// <summary>The units by the keys that documents and options name them with.</summary>
    public static readonly IReadOnlyList<string> UnitNames = [.. Enum.GetValues<BudgetUnit>().Select(BudgetNames.Of)];

    private const string EachWord = "each";
    private const string EachSign = "*";

    public string? Name { get; init; }
    public string? Account { get; init; }
    public string? Key { get; init; }
    public string? Member { get; init; }
    public string? Tag { get; init; }
    public string? Run { get; init; }
    public string? Provider { get; init; }
    public string? Model { get; init; }
    public string? Unit { get; init; }
    public string? Limit { get; init; }
    public string? Window { get; init; }
    public string? TimeZone { get; init; }
    public string? WeekStart { get; init; }
    public string? YearStart { get; init; }
    public string? OnExhausted { get; init; }
    public string? Thresholds { get; init; }
    public string? Forecast { get; init; }
    public string? CarryOver { get; init; }
    public string? CarryOverCap { get; init; }
    public string? Borrow { get; init; }

    /// <summary>The budget that is meant, its names resolved.</summary>
    /// <exception cref="RefusedChangeException">A text can't be read, or a name isn't there.</exception>
    public NewBudget Resolve(ControlTransaction change)
    {
        var scopes = new List<Scope>(2);
        Add(ScopeKind.Account, Account, path => change.ResolveAccount(path).Id);
        Add(ScopeKind.Key, Key, name => change.ResolveKey(name).Id);
        Add(ScopeKind.Member, Member, path => change.ResolveAccount(path).Id);
        Add(ScopeKind.Tag, Tag, tag => tag);
        Add(ScopeKind.Run, Run, run => run);
        Add(ScopeKind.Model, Model, model => model);
        Add(ScopeKind.Provider, Provider, provider => provider);
        return scopes.Count is 1 or 2
            ? Parse() with
            {
                Scope = scopes.Count == 1 ? scopes[0] : new BudgetScope(scopes[0], scopes[1]),
            }
            : throw new RefusedChangeException(
                "invalid_scope",
                "A budget limits one thing, or two at once: an account, a key, a member, a tag, a run, a model, a provider."
            );

        void Add(ScopeKind kind, string? text, Func<string, string> resolve)
        {
            if (text is not null)
            {
                scopes.Add(ScopeOf(kind, text, resolve));
            }
        }
    }

    /// <summary>All but the scope.</summary>
    /// <exception cref="RefusedChangeException">A text can't be read.</exception>
    public NewBudget Parse()
    {
        var unit = ParseEnum<BudgetUnit>(Unit ?? "usd", "unit");
        return new NewBudget(default, unit, ParseWindow(unit), ParseLimit(unit, Limit ?? ""), Name)
        {
            OnExhausted = ParseEnum<OnExhausted>(OnExhausted ?? "block", "on_exhausted"),
            Thresholds = Thresholds is null
                ? null
                : [.. Thresholds.Split(',', StringSplitOptions.TrimEntries).Select(text => Percent(text, "thresholds")).Order()],
            ForecastPercent = Forecast is null ? null : Percent(Forecast, "forecast"),
            CarryOver = CarryOver is null
                ? null
                : new CarryOver(
                    Percent(CarryOver, "carry_over"),
                    CarryOverCap is null ? ParseLimit(unit, Limit ?? "") : ParseLimit(unit, CarryOverCap)
                ),
            Borrow = Borrow is null ? null : ParseLimit(unit, Borrow),
        };
    }

    /// <summary>Reads a limit: dollars with at most nine decimals, or a whole number.</summary>
    public static long ParseLimit(BudgetUnit unit, string text)
    {
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var limit) || limit <= 0)
        {
            throw new RefusedChangeException("invalid_limit", $"'{text}' isn't a limit: a number above zero, such as 50 or 0.25.");
        }

        var most = long.MaxValue / 4;
        var perUnit = unit == BudgetUnit.Usd ? Money.NanosPerDollar : 1;
        return limit <= most / perUnit && limit * perUnit == decimal.Truncate(limit * perUnit)
            ? (long)(limit * perUnit)
            : throw new RefusedChangeException(
                "invalid_limit",
                $"'{text}' is too large or too fine for a limit in {BudgetNames.Of(unit)}."
            );
    }

    /// <summary>Reads an IANA time zone.</summary>
    public static TimeZoneInfo ParseTimeZone(string id) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone)
            ? zone
            : throw new RefusedChangeException("invalid_time_zone", $"'{id}' isn't a time zone. Use a name like Europe/Berlin or UTC.");

    /// <summary>Reads one of an enumeration's snake_case names.</summary>
    public static T ParseEnum<T>(string text, string what)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(BudgetNames.Of(value), text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        throw new RefusedChangeException(
            $"invalid_{what}",
            $"'{text}' isn't a {what}: one of {string.Join(", ", Enum.GetValues<T>().Select(BudgetNames.Of))}."
        );
    }

    private static Scope ScopeOf(ScopeKind kind, string text, Func<string, string> resolve)
    {
        if (kind == ScopeKind.Tag)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            return equals < 1 ? throw new RefusedChangeException("invalid_tag", $"'{text}' isn't a tag: name=value, or name=each.")
                : text[(equals + 1)..] is EachWord or EachSign ? Scope.EachTag(text[..equals])
                : new Scope(kind, text);
        }

        return text == EachWord ? Scope.EachOf(kind)
            : text == EachSign ? throw new RefusedChangeException("invalid_scope", "Write 'each', not '*'.")
            : new Scope(kind, resolve(text));
    }

    /// <summary>A kind's name; rolling and anchored windows with their length after a colon: <c>rolling:7d</c>, <c>anchored:5h</c>.</summary>
    private BudgetWindow ParseWindow(BudgetUnit unit)
    {
        var text = Window ?? (unit == BudgetUnit.Concurrency ? "lifetime" : "month");
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var kind = ParseEnum<WindowKind>(colon > 0 ? text[..colon] : text, "window");
        return new BudgetWindow(kind, ParseTimeZone(TimeZone ?? "UTC"))
        {
            Length = colon > 0 ? ParseLength(kind, text[(colon + 1)..]) : TimeSpan.Zero,
            WeekStart = ParseEnum<DayOfWeek>(WeekStart ?? "monday", "week_start"),
            YearStart = YearStart is null ? 1 : Month(YearStart),
        };
    }

    private static TimeSpan ParseLength(WindowKind kind, string text) =>
        !BudgetRules.HasLength(kind)
            ? throw new RefusedChangeException(
                "invalid_window",
                $"A window of one {BudgetNames.Of(kind)} has no other length: leave ':{text}' out, or say rolling:{text} or anchored:{text}."
            )
        : BudgetNames.TryLength(text, out var length) ? length
        : throw new RefusedChangeException(
            "invalid_window",
            $"'{text}' isn't a length between 1s and 3653d: a number and s, m, h or d, such as 5h or 7d."
        );

    private static int Month(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var month) && month is >= 1 and <= 12
            ? month
            : throw new RefusedChangeException("invalid_year_start", $"'{text}' isn't a month: 1 to 12.");

    private static int Percent(string text, string what) =>
        int.TryParse(text.TrimEnd('%'), NumberStyles.None, CultureInfo.InvariantCulture, out var percent)
            ? percent
            : throw new RefusedChangeException($"invalid_{what}", $"'{text}' isn't a percentage.");
}
