using CsCheck;
using Purser.Core.Budgets;
using Xunit;

namespace Purser.Core.Tests.Budgets;

/// <summary>What holds of calendar windows in every time zone that the machine knows.</summary>
public sealed class WindowLawTests
{
    private static readonly WindowKind[] Kinds =
    [
        WindowKind.Minute,
        WindowKind.Hour,
        WindowKind.Day,
        WindowKind.Week,
        WindowKind.Month,
        WindowKind.Quarter,
        WindowKind.Year,
    ];

    private static readonly TimeZoneInfo[] Zones = [.. TimeZoneInfo.GetSystemTimeZones()];

    private static readonly Gen<BudgetWindow> Windows = Gen.Select(
        Gen.Int[0, Kinds.Length - 1].Select(i => Kinds[i]),
        Gen.Int[0, Zones.Length - 1].Select(i => Zones[i]),
        Gen.Int[0, 6],
        Gen.Int[1, 12],
        (kind, zone, day, month) => new BudgetWindow(kind, zone) { WeekStart = (DayOfWeek)day, YearStart = month }
    );

    private static readonly Gen<DateTimeOffset> Instants = Gen.Long[
            new DateTimeOffset(1990, 1, 1, 0, 0, 0, TimeSpan.Zero).Ticks,
            new DateTimeOffset(2040, 1, 1, 0, 0, 0, TimeSpan.Zero).Ticks
        ]
        .Select(ticks => new DateTimeOffset(ticks, TimeSpan.Zero));

    [Fact]
    public void Windows_follow_each_other_without_gap_or_overlap() =>
        Gen.Select(Windows, Instants)
            .Sample(
                (window, at) =>
                {
                    var span = window.At(at);
                    Assert.True(span.Contains(at));
                    Assert.Equal(span, window.At(span.Start));
                    Assert.Equal(span, window.At(span.End.AddTicks(-1)));
                    Assert.Equal(span.End, window.At(span.End).Start);
                    Assert.Equal(span.Start, window.At(span.Start.AddTicks(-1)).End);
                },
                iter: Sampling.Times(3_000)
            );

    [Fact]
    public void A_day_is_between_the_shortest_and_the_longest_that_ever_were() =>
        Gen.Select(Windows, Instants)
            .Sample(
                (window, at) =>
                {
                    var span = (window with { Kind = WindowKind.Day }).At(at);
                    Assert.InRange(span.End - span.Start, TimeSpan.FromHours(22), TimeSpan.FromHours(48));
                },
                iter: Sampling.Times(3_000)
            );
}
