using System.Collections.Concurrent;

namespace Purser.Auditor;

/// <summary>
/// Calendar windows by their plain definition: a day begins with the first instant at which the clock on the wall shows its midnight or
/// later, found by walking quarter by quarter of an hour and then minute by minute.
/// </summary>
public static class AuditCalendar
{
    private const long Minute = 60_000_000;
    private static readonly ConcurrentDictionary<string, TimeZoneInfo> Zones = new();
    private static readonly ConcurrentDictionary<(string Zone, int Day), long> Midnights = new();

    /// <summary>The window that an instant lies in.</summary>
    /// <param name="budget">Whose windows.</param>
    /// <param name="at">Microseconds since 1970 UTC.</param>
    public static (long Start, long End) WindowAt(AuditBudget budget, long at)
    {
        if (budget.Window is "minute" or "hour")
        {
            var length = budget.Window == "minute" ? Minute : 60 * Minute;
            var start = at - (((at % length) + length) % length);
            return (start, start + length);
        }

        // From two days before, walk over the first days until the one that begins after the instant.
        var day = DateOnly.FromDateTime(DateTime.UnixEpoch.AddTicks(at * 10)).AddDays(-2);
        while (!IsFirst(budget, day))
        {
            day = day.AddDays(-1);
        }

        while (true)
        {
            var next = day.AddDays(1);
            while (!IsFirst(budget, next))
            {
                next = next.AddDays(1);
            }

            var (start, end) = (Midnight(budget.Zone, day), Midnight(budget.Zone, next));
            if (at < end)
            {
                return (start, end);
            }

            day = next;
        }
    }

    private static bool IsFirst(AuditBudget budget, DateOnly day) =>
        budget.Window switch
        {
            "day" => true,
            "week" => (int)day.DayOfWeek == budget.WeekStart,
            "month" => day.Day == 1,
            "quarter" => day.Day == 1 && (day.Month + 24 - budget.YearStart) % 3 == 0,
            "year" => day.Day == 1 && day.Month == budget.YearStart,
            _ => throw new ArgumentOutOfRangeException(nameof(budget), budget.Window, "no such window"),
        };

    private static long Midnight(string zone, DateOnly day) =>
        Midnights.GetOrAdd(
            (zone, day.DayNumber),
            static (key) =>
            {
                var info = Zones.GetOrAdd(key.Zone, TimeZoneInfo.FindSystemTimeZoneById);
                var midnight = DateOnly.FromDayNumber(key.Day).ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
                // No clock is more than 14 hours ahead of UTC.
                var at = midnight.AddHours(-15);
                while (Wall(at.AddMinutes(15)) < midnight)
                {
                    at = at.AddMinutes(15);
                }

                while (Wall(at) < midnight)
                {
                    at = at.AddMinutes(1);
                }

                DateTime Wall(DateTime utc) => utc + info.GetUtcOffset(utc);

                return (at.Ticks - DateTime.UnixEpoch.Ticks) / 10;
            }
        );
}
