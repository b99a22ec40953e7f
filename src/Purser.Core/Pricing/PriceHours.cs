using System.Globalization;

namespace Purser.Core.Pricing;

/// <summary>
/// Hours of some days at which other rates hold, in a time zone of the provider's: a peak, or a night's discount. Instants, not durations:
/// where a clock is put back, an hour that comes twice counts twice.
/// </summary>
public sealed class PriceHours
{
    /// <summary>What the file calls them: <c>peak</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The rates in these hours.</summary>
    public required RateCard Card { get; init; }

    /// <summary>On which days of the week; never empty.</summary>
    public required IReadOnlySet<DayOfWeek> Days { get; init; }

    /// <summary>From when on (included) to when (excluded), within a day; <c>00:00</c> as an end is midnight. Never empty.</summary>
    public required IReadOnlyList<(TimeOnly From, TimeOnly To)> Spans { get; init; }

    /// <summary>Days on which they don't hold, though their day of the week does.</summary>
    public required IReadOnlySet<DateOnly> Except { get; init; }

    /// <summary>Whose days and hours these are.</summary>
    public required TimeZoneInfo Zone { get; init; }

    /// <summary>Whether they hold at an instant.</summary>
    public bool HoldAt(DateTimeOffset at)
    {
        var local = TimeZoneInfo.ConvertTime(at, Zone).DateTime;
        if (!Days.Contains(local.DayOfWeek) || Except.Contains(DateOnly.FromDateTime(local)))
        {
            return false;
        }
        var time = TimeOnly.FromDateTime(local);
        foreach (var (from, to) in Spans)
        {
            if (time >= from && (time < to || to == TimeOnly.MinValue))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>When they hold, in full: the same text for the same hours.</summary>
    public override string ToString()
    {
        var spans = Spans.Select(span => string.Create(CultureInfo.InvariantCulture, $"{span.From:HH:mm}-{span.To:HH:mm}"));
        var except = Except.Order().Select(day => day.ToString("O", CultureInfo.InvariantCulture));
        return $"{Name} {Zone.Id} {string.Join(',', Days.Order())} {string.Join(',', spans)} {string.Join(',', except)}";
    }
}
