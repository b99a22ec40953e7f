namespace Purser.Core.Budgets;

/// <summary>How often a budget starts afresh.</summary>
public enum WindowKind
{
    /// <summary>Each clock hour.</summary>
    Hour,

    /// <summary>Each calendar day.</summary>
    Day,

    /// <summary>Each calendar week, from Monday (ISO 8601).</summary>
    Week,

    /// <summary>Each calendar month.</summary>
    Month,

    /// <summary>Each calendar quarter.</summary>
    Quarter,

    /// <summary>Each calendar year.</summary>
    Year,

    /// <summary>Never.</summary>
    Lifetime,
}

/// <summary>One window of time.</summary>
/// <param name="Start">The first instant in it.</param>
/// <param name="End">The first instant after it.</param>
public readonly record struct WindowSpan(DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>Whether an instant lies in the window.</summary>
    public bool Contains(DateTimeOffset at) => at >= Start && at < End;
}

/// <summary>Calendar windows in a time zone: a day is the time between two local midnights, 23, 24 or 25 hours long.</summary>
/// <param name="Kind">How long.</param>
/// <param name="TimeZone">Whose calendar.</param>
public sealed record BudgetWindow(WindowKind Kind, TimeZoneInfo TimeZone)
{
    /// <summary>The window that an instant lies in. The life-time window is all of time.</summary>
    public WindowSpan At(DateTimeOffset instant)
    {
        if (Kind == WindowKind.Lifetime)
        {
            return new WindowSpan(DateTimeOffset.MinValue, DateTimeOffset.MaxValue);
        }

        if (Kind == WindowKind.Hour)
        {
            var hour = TimeSpan.TicksPerHour;
            var start = new DateTimeOffset(instant.UtcTicks - (instant.UtcTicks % hour), TimeSpan.Zero);
            return new WindowSpan(start, start.AddHours(1));
        }

        var local = TimeZoneInfo.ConvertTime(instant, TimeZone).Date;
        var first = FirstDay(local);
        var span = new WindowSpan(ToInstant(first), ToInstant(Next(first)));

        // Where midnight happens twice, the second pass over it still belongs to the day that the first one began.
        return instant < span.Start ? new WindowSpan(ToInstant(FirstDay(first.AddDays(-1))), span.Start) : span;
    }

    private DateTime FirstDay(DateTime day) =>
        Kind switch
        {
            WindowKind.Day => day,
            WindowKind.Week => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
            WindowKind.Month => new DateTime(day.Year, day.Month, 1),
            WindowKind.Quarter => new DateTime(day.Year, ((day.Month - 1) / 3 * 3) + 1, 1),
            WindowKind.Year => new DateTime(day.Year, 1, 1),
            _ => throw new InvalidOperationException($"{Kind} isn't a calendar window."),
        };

    private DateTime Next(DateTime first) =>
        Kind switch
        {
            WindowKind.Day => first.AddDays(1),
            WindowKind.Week => first.AddDays(7),
            WindowKind.Month => first.AddMonths(1),
            WindowKind.Quarter => first.AddMonths(3),
            WindowKind.Year => first.AddYears(1),
            _ => throw new InvalidOperationException($"{Kind} isn't a calendar window."),
        };

    /// <summary>The instant of a local midnight: the first of two, or the end of the gap where the clock skips over it.</summary>
    private DateTimeOffset ToInstant(DateTime midnight)
    {
        var local = midnight;
        while (TimeZone.IsInvalidTime(local))
        {
            local = local.AddMinutes(15);
        }

        var offset = TimeZone.IsAmbiguousTime(local) ? TimeZone.GetAmbiguousTimeOffsets(local).Max() : TimeZone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }
}
