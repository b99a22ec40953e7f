using System.Globalization;
using System.Text.RegularExpressions;

namespace Purser.Cli.Commands;

/// <summary>Reads the times that the command line takes: <c>2026-11-24T12:00:00Z</c>, <c>2026-11-24</c>, <c>7d</c>, <c>12h</c>, <c>30m</c>.</summary>
internal static partial class TimeText
{
    private static readonly string[] Dates = ["yyyy-MM-dd"];

    /// <summary>Which way a span counts from now, and whether a date means its start or its end.</summary>
    public enum Direction
    {
        /// <summary>A span counts back; a date is its first instant.</summary>
        BackToStart,

        /// <summary>A span counts back; a date is the instant after its end, so that it is included.</summary>
        BackToEnd,

        /// <summary>A span counts ahead; a date is its first instant.</summary>
        Ahead,
    }

    /// <summary>Reads a time. Where no offset is given, it is UTC.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static DateTimeOffset Read(string text, DateTimeOffset now, Direction direction, string option)
    {
        if (SpanPattern().Match(text) is { Success: true } match && int.TryParse(match.Groups[1].Value, out var number))
        {
            var span = match.Groups[2].Value switch
            {
                "d" => TimeSpan.FromDays(number),
                "h" => TimeSpan.FromHours(number),
                _ => TimeSpan.FromMinutes(number),
            };
            return direction == Direction.Ahead ? now + span : now - span;
        }

        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParseExact(text, Dates, CultureInfo.InvariantCulture, Utc, out var date))
        {
            return direction != Direction.BackToEnd ? date
                : date < DateTimeOffset.MaxValue.AddDays(-1) ? date.AddDays(1)
                : DateTimeOffset.MaxValue;
        }

        if (text.Contains('T', StringComparison.Ordinal) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var time))
        {
            return time;
        }

        throw CliException.Usage($"{option} is a date (2026-11-24), a time (2026-11-24T12:00:00Z) or a span (7d, 12h, 30m), not '{text}'");
    }

    /// <summary>A time as the admin API takes it.</summary>
    public static string Write(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex("^([0-9]{1,5})([dhm])$")]
    private static partial Regex SpanPattern();
}
