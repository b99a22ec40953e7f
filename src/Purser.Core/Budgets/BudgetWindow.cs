namespace Purser.Core.Budgets;

/// <summary>How often a budget starts afresh.</summary>
public enum WindowKind
{
    /// <summary>Each hour of UTC, whatever the time zone.</summary>
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

    /// <summary>Each minute of UTC: what rate limits are written in.</summary>
    Minute,

    /// <summary>The last so many hours or days, at every instant.</summary>
    Rolling,

    /// <summary>So long from the first use; then again from the next first use.</summary>
    Anchored,

    /// <summary>The life of an agent's run.</summary>
    Run,
}

/// <summary>One window of time.</summary>
/// <param name="Start">The first instant in it.</param>
/// <param name="End">The first instant after it.</param>
public readonly record struct WindowSpan(DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>Whether an instant lies in the window.</summary>
    public bool Contains(DateTimeOffset at) => at >= Start && at < End;
}

/// <summary>
/// When a budget starts afresh. Calendar windows are of a time zone: a day is the time between two local midnights, 23, 24 or 25 hours
/// long.
/// </summary>
/// <param name="Kind">How long.</param>
/// <param name="TimeZone">Whose calendar.</param>
public sealed record BudgetWindow(WindowKind Kind, TimeZoneInfo TimeZone)
{
    /// <summary>A run that was idle for so long has ended; the same name is then another run.</summary>
    public static readonly TimeSpan RunIdle = TimeSpan.FromDays(7);

    /// <summary>The whole of time.</summary>
    public static readonly WindowSpan Always = new(DateTimeOffset.MinValue, DateTimeOffset.MaxValue);

    /// <summary>How long a rolling or anchored window is: a second to ten years; zero for the others.</summary>
    public TimeSpan Length { get; init; }

    /// <summary>The day that weeks begin with: Monday (ISO 8601) unless set.</summary>
    public DayOfWeek WeekStart { get; init; } = DayOfWeek.Monday;

    /// <summary>The month that years and quarters begin with, 1 to 12: January unless set.</summary>
    public int YearStart { get; init; } = 1;

    /// <summary>Whether the windows follow each other without a gap, each known beforehand.</summary>
    public bool IsCalendar => Kind is not (WindowKind.Lifetime or WindowKind.Rolling or WindowKind.Anchored or WindowKind.Run);

    /// <summary>
    /// How finely a rolling window forgets: a charge counts for the window's length and up to this much longer, never shorter. A 128th
    /// of the length, at least a second.
    /// </summary>
    public TimeSpan Granularity =>
        Kind == WindowKind.Rolling ? TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerSecond, Length.Ticks / 128)) : TimeSpan.Zero;

    // More than any two offsets of one place have ever differed (a zone that changed sides of the date line went by 24 hours).
    private static readonly TimeSpan Nearby = TimeSpan.FromHours(26);
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(15);

    /// <summary>
    /// The window that an instant lies in; of an anchored one, the window that begins with it. Life-time, run and rolling windows are all
    /// of time: a rolling one forgets by itself.
    /// </summary>
    public WindowSpan At(DateTimeOffset instant)
    {
        if (!IsCalendar)
        {
            return Kind == WindowKind.Anchored ? new WindowSpan(instant, instant + Length) : Always;
        }

        if (Kind is WindowKind.Hour or WindowKind.Minute)
        {
            var length = Kind == WindowKind.Hour ? TimeSpan.TicksPerHour : TimeSpan.TicksPerMinute;
            var start = new DateTimeOffset(instant.UtcTicks - (instant.UtcTicks % length), TimeSpan.Zero);
            return new WindowSpan(start, start.AddTicks(length));
        }

        var first = FirstDay(TimeZoneInfo.ConvertTime(instant, TimeZone).Date);
        var span = new WindowSpan(ToInstant(first), ToInstant(Next(first)));

        // Where the clock is set back across a midnight, the last hour of the old day comes again when the new day has begun: it is the
        // new day's. Where a zone skips a whole day, that day's window is empty.
        while (instant >= span.End)
        {
            first = Next(first);
            span = new WindowSpan(span.End, ToInstant(Next(first)));
        }

        return span;
    }

    private DateTime FirstDay(DateTime day) =>
        Kind switch
        {
            WindowKind.Day => day,
            WindowKind.Week => day.AddDays(-(((int)day.DayOfWeek - (int)WeekStart + 7) % 7)),
            WindowKind.Month => new DateTime(day.Year, day.Month, 1),
            WindowKind.Quarter => new DateTime(day.Year, day.Month, 1).AddMonths(-(MonthOfYear(day) % 3)),
            WindowKind.Year => new DateTime(day.Year, day.Month, 1).AddMonths(-MonthOfYear(day)),
            _ => throw new InvalidOperationException($"{Kind} isn't a calendar window."),
        };

    private int MonthOfYear(DateTime day) => (day.Month - YearStart + 12) % 12;

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

    /// <summary>
    /// The first instant at which the local clock shows this midnight or later: the first of two midnights, or the end of the gap where
    /// the clock skips over it.
    /// </summary>
    private DateTimeOffset ToInstant(DateTime midnight)
    {
        // The offset at the guess is right unless the clock changes nearby, so most midnights are found at once.
        var guess = new DateTimeOffset(midnight - TimeZone.GetUtcOffset(midnight), TimeSpan.Zero);
        if (Local(guess) == midnight && Local(guess - Nearby) == midnight - Nearby && Local(guess + Nearby) == midnight + Nearby)
        {
            return guess;
        }

        // Local time isn't monotonous here, so it's searched forward, in steps that no clock change is shorter than.
        var before = new DateTimeOffset(midnight - Nearby, TimeSpan.Zero);
        while (Local(before + Step) < midnight)
        {
            before += Step;
        }

        // Between two steps the clock may still jump; the last tick that shows the old day is found by halves.
        var (low, high) = (before.Ticks, (before + Step).Ticks);
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = Local(new DateTimeOffset(middle, TimeSpan.Zero)) < midnight ? (middle, high) : (low, middle);
        }

        return new DateTimeOffset(high, TimeSpan.Zero);
    }

    private DateTime Local(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, TimeZone).DateTime;
}
