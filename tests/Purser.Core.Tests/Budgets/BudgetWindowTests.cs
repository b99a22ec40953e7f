using System.Globalization;
using CsCheck;
using Purser.Core.Budgets;
using Xunit;

namespace Purser.Core.Tests.Budgets;

public sealed class BudgetWindowTests
{
    public static TheoryData<WindowKind, string, string, string, string> Windows =>
        new()
        {
            // An ordinary hour, also in a zone that is half an hour off: hours are UTC's.
            { WindowKind.Hour, "Asia/Kolkata", "2026-03-01T10:59:59Z", "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z" },
            // The first instant of a window is in it, the last is the next one's.
            { WindowKind.Day, "UTC", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z" },
            { WindowKind.Day, "UTC", "2026-03-01T23:59:59.9999999Z", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z" },
            // Clocks go forward at 02:00 (23 hours) and back at 03:00 (25 hours).
            { WindowKind.Day, "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z" },
            { WindowKind.Day, "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z" },
            { WindowKind.Day, "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z" },
            { WindowKind.Day, "America/New_York", "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z" },
            { WindowKind.Day, "America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z" },
            // Clocks jump from 00:00 to 01:00: the day begins at 01:00.
            { WindowKind.Day, "America/Sao_Paulo", "2018-11-04T15:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z" },
            { WindowKind.Day, "America/Sao_Paulo", "2018-11-04T02:59:59Z", "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z" },
            { WindowKind.Day, "America/Asuncion", "2018-10-07T12:00:00Z", "2018-10-07T04:00:00Z", "2018-10-08T03:00:00Z" },
            { WindowKind.Day, "Africa/Cairo", "2024-04-26T12:00:00Z", "2024-04-25T22:00:00Z", "2024-04-26T21:00:00Z" },
            // Clocks go back from 00:00 to 23:00: the old day has 25 hours.
            { WindowKind.Day, "America/Sao_Paulo", "2018-02-18T02:30:00Z", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z" },
            // Clocks go back from 01:00 to 00:00: midnight happens twice, the first begins the day.
            { WindowKind.Day, "America/Havana", "2026-11-01T05:30:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z" },
            // Clocks go back from 00:01 to 23:01: what comes again of the old day belongs to the new one, which has begun.
            { WindowKind.Day, "America/St_Johns", "2010-11-07T03:00:00Z", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z" },
            { WindowKind.Day, "America/St_Johns", "2010-11-07T02:30:30Z", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z" },
            // A day that never was.
            { WindowKind.Day, "Pacific/Apia", "2011-12-30T09:00:00Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z" },
            { WindowKind.Day, "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z" },
            // Weeks begin on Monday, also across the year and across a clock change (167 hours).
            { WindowKind.Week, "UTC", "2026-11-29T23:00:00Z", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z" },
            { WindowKind.Week, "UTC", "2027-01-01T12:00:00Z", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z" },
            { WindowKind.Week, "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z" },
            { WindowKind.Month, "UTC", "2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z" },
            { WindowKind.Month, "UTC", "2026-02-28T12:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z" },
            { WindowKind.Month, "Europe/Berlin", "2026-03-31T22:30:00Z", "2026-03-31T22:00:00Z", "2026-04-30T22:00:00Z" },
            { WindowKind.Quarter, "UTC", "2026-06-30T23:59:59Z", "2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z" },
            { WindowKind.Quarter, "UTC", "2026-12-01T00:00:00Z", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z" },
            { WindowKind.Year, "UTC", "2028-12-31T00:00:00Z", "2028-01-01T00:00:00Z", "2029-01-01T00:00:00Z" },
            { WindowKind.Year, "Asia/Tokyo", "2026-12-31T15:00:00Z", "2026-12-31T15:00:00Z", "2027-12-31T15:00:00Z" },
        };

    [Theory]
    [MemberData(nameof(Windows))]
    public void An_instant_lies_in_its_calendar_window(WindowKind kind, string zone, string at, string start, string end)
    {
        var window = new BudgetWindow(kind, TimeZoneInfo.FindSystemTimeZoneById(zone));

        Assert.Equal(new WindowSpan(Instant(start), Instant(end)), window.At(Instant(at)));
    }

    [Theory]
    [InlineData(WindowKind.Minute, 1, 1, "2026-03-01T10:59:59.9Z", "2026-03-01T10:59:00Z", "2026-03-01T11:00:00Z")]
    [InlineData(WindowKind.Week, 0, 1, "2026-11-25T12:00:00Z", "2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z")]
    [InlineData(WindowKind.Week, 3, 1, "2026-11-25T00:00:00Z", "2026-11-25T00:00:00Z", "2026-12-02T00:00:00Z")]
    [InlineData(WindowKind.Week, 6, 1, "2026-11-22T12:00:00Z", "2026-11-21T00:00:00Z", "2026-11-28T00:00:00Z")]
    [InlineData(WindowKind.Quarter, 1, 2, "2026-01-31T12:00:00Z", "2025-11-01T00:00:00Z", "2026-02-01T00:00:00Z")]
    [InlineData(WindowKind.Quarter, 1, 12, "2026-11-30T12:00:00Z", "2026-09-01T00:00:00Z", "2026-12-01T00:00:00Z")]
    [InlineData(WindowKind.Year, 1, 4, "2026-03-31T12:00:00Z", "2025-04-01T00:00:00Z", "2026-04-01T00:00:00Z")]
    [InlineData(WindowKind.Year, 1, 4, "2026-04-01T00:00:00Z", "2026-04-01T00:00:00Z", "2027-04-01T00:00:00Z")]
    [InlineData(WindowKind.Month, 1, 4, "2026-03-31T12:00:00Z", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")]
    public void Weeks_and_years_begin_where_they_are_set_to(WindowKind kind, int week, int year, string at, string start, string end)
    {
        var window = new BudgetWindow(kind, TimeZoneInfo.Utc) { WeekStart = (DayOfWeek)week, YearStart = year };

        Assert.Equal(new WindowSpan(Instant(start), Instant(end)), window.At(Instant(at)));
    }

    [Theory]
    [InlineData("2026-03-10T12:00:00Z", "2026-03-09T23:53:00Z", "2026-03-10T22:53:00Z")]
    [InlineData("2026-03-09T23:53:00Z", "2026-03-09T23:53:00Z", "2026-03-10T22:53:00Z")]
    [InlineData("2026-03-09T23:52:59.9999999Z", "2026-03-08T23:53:00Z", "2026-03-09T23:53:00Z")]
    [InlineData("2026-10-20T12:00:00Z", "2026-10-19T22:53:00Z", "2026-10-20T23:53:00Z")]
    public void Midnight_is_found_to_the_tick_in_a_zone_off_the_quarter_hours(string at, string start, string end)
    {
        var forward = TimeZoneInfo.TransitionTime.CreateFixedDateRule(new DateTime(1, 1, 1, 2, 0, 0), 3, 10);
        var back = TimeZoneInfo.TransitionTime.CreateFixedDateRule(new DateTime(1, 1, 1, 3, 0, 0), 10, 20);
        var summer = TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(
            DateTime.MinValue.Date,
            DateTime.MaxValue.Date,
            TimeSpan.FromHours(1),
            forward,
            back
        );
        var zone = TimeZoneInfo.CreateCustomTimeZone("seven", TimeSpan.FromMinutes(7), "seven", "seven", "seven", [summer]);

        Assert.Equal(new WindowSpan(Instant(start), Instant(end)), new BudgetWindow(WindowKind.Day, zone).At(Instant(at)));
    }

    [Theory]
    [InlineData(WindowKind.Rolling, 128 * 90, 90)]
    [InlineData(WindowKind.Rolling, 128, 1)]
    [InlineData(WindowKind.Rolling, 5, 1)]
    [InlineData(WindowKind.Anchored, 128 * 90, 0)]
    public void A_rolling_window_forgets_by_a_128th_of_its_length_at_least_a_second(WindowKind kind, int seconds, int granularity) =>
        Assert.Equal(
            TimeSpan.FromSeconds(granularity),
            new BudgetWindow(kind, TimeZoneInfo.Utc) { Length = TimeSpan.FromSeconds(seconds) }.Granularity
        );

    [Fact]
    public void Calendar_windows_are_those_that_follow_each_other() =>
        Assert.Equal(
            [WindowKind.Lifetime, WindowKind.Rolling, WindowKind.Anchored, WindowKind.Run],
            Enum.GetValues<WindowKind>().Where(kind => !new BudgetWindow(kind, TimeZoneInfo.Utc).IsCalendar)
        );

    [Fact]
    public void A_lifetime_window_never_ends()
    {
        var span = new BudgetWindow(WindowKind.Lifetime, TimeZoneInfo.Utc).At(Instant("2026-01-01T00:00:00Z"));

        Assert.Equal(new WindowSpan(DateTimeOffset.MinValue, DateTimeOffset.MaxValue), span);
    }

    [Fact]
    public void Windows_tile_time_without_gap_or_overlap()
    {
        string[] zones =
        [
            "UTC",
            "Europe/Berlin",
            "America/New_York",
            "America/Asuncion",
            "Africa/Cairo",
            "America/Sao_Paulo",
            "America/St_Johns",
            "America/Havana",
            "Australia/Lord_Howe",
            "Asia/Kathmandu",
            "Asia/Tehran",
            "Pacific/Apia",
            "Africa/Casablanca",
            "America/Nuuk",
        ];
        var seconds = (Instant("2035-01-01T00:00:00Z") - Instant("2005-01-01T00:00:00Z")).TotalSeconds;
        Gen.Select(
                Gen.Int[0, zones.Length - 1].Select(index => zones[index]),
                Gen.Int[0, (int)WindowKind.Year],
                Gen.Int[0, (int)seconds],
                Gen.Double[0, 1]
            )
            .Sample(
                (zone, kind, second, part) =>
                {
                    var window = new BudgetWindow((WindowKind)kind, TimeZoneInfo.FindSystemTimeZoneById(zone));
                    var at = Instant("2005-01-01T00:00:00Z").AddSeconds(second);
                    var span = window.At(at);
                    var inside = span.Start.AddTicks((long)((span.End - span.Start).Ticks * part * 0.999999));

                    return span.Contains(at)
                        && window.At(inside) == span
                        && window.At(span.Start) == span
                        && window.At(span.End.AddTicks(-1)) == span
                        && window.At(span.End).Start == span.End
                        && window.At(span.Start.AddTicks(-1)).End == span.Start;
                },
                iter: Sampling.Times(1_500)
            );
    }

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
