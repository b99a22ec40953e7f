using System.Collections.Frozen;
using System.Globalization;

namespace Purser.Core.Pricing;

/// <summary>Reads the hours of a price that have rates of their own.</summary>
internal static class HoursReader
{
    /// <summary>The key of a price.</summary>
    public const string Key = "hours";

    private const string TimeFormat = "HH:mm";
    private const string DayFormat = "yyyy-MM-dd";
    private const string Midnight = "24:00";

    private static readonly string[] NotBeside = ["service_tiers", "speeds"];
    private static readonly string[] Keys = ["name", "zone", "days", "times", "except", .. RateReader.CardKeys];

    /// <summary>The hours, in the order of the file.</summary>
    /// <param name="price">The price.</param>
    /// <param name="file">The file's name.</param>
    /// <param name="errors">Receives what is wrong.</param>
    /// <param name="rates">Reads rates.</param>
    /// <param name="standard">The rates of all other hours: their fees per call hold here as well.</param>
    public static IReadOnlyList<PriceHours> Read(
        PriceSection price,
        string file,
        List<PriceError> errors,
        RateReader rates,
        RateCard standard
    )
    {
        var read = new List<PriceHours>();
        foreach (var node in price.List(Key))
        {
            read.Add(Hours(new PriceSection(file, node, "an item of 'hours'", Keys, errors), rates, standard));
        }
        foreach (var other in NotBeside.Where(other => read.Count > 0 && price.Has(other)))
        {
            price.Report(
                PriceErrorKind.WrongValue,
                price.LineOf(other),
                $"a price with '{Key}' has '{other}' too",
                "what those cost at which hour can't be said: make it a model of its own"
            );
        }
        return read;
    }

    private static PriceHours Hours(PriceSection section, RateReader rates, RateCard standard) =>
        new()
        {
            Name = section.RequiredText("name", "add 'name: peak'") ?? "",
            Card = rates.CardBeside(section, standard),
            Days = Days(section),
            Spans = Spans(section),
            Except = Except(section),
            Zone = Zone(section),
        };

    private static FrozenSet<DayOfWeek> Days(PriceSection section)
    {
        var days = new HashSet<DayOfWeek>();
        foreach (var node in section.List("days"))
        {
            if (
                Enum.TryParse<DayOfWeek>(node.Text, ignoreCase: true, out var day)
                && Enum.GetNames<DayOfWeek>().Any(name => name.Equals(node.Text, StringComparison.OrdinalIgnoreCase))
            )
            {
                days.Add(day);
            }
            else
            {
                section.Report(PriceErrorKind.WrongValue, node.Line, $"a day is '{node.Text ?? node.Kind}'", "write monday, tuesday, …");
            }
        }
        return section.Has("days") ? days.ToFrozenSet() : Enum.GetValues<DayOfWeek>().ToFrozenSet();
    }

    private static List<(TimeOnly From, TimeOnly To)> Spans(PriceSection section)
    {
        var spans = new List<(TimeOnly, TimeOnly)>();
        foreach (var node in section.List("times"))
        {
            if (
                node.Text?.Split('-') is [var from, var to]
                && Time(from) is { } start
                && Time(to) is { } end
                && (start < end || end == TimeOnly.MinValue)
            )
            {
                spans.Add((start, end));
            }
            else
            {
                section.Report(
                    PriceErrorKind.WrongValue,
                    node.Line,
                    $"a time is '{node.Text ?? node.Kind}'",
                    "write \"01:00-04:00\", within a day; \"24:00\" is its end"
                );
            }
        }
        if (!section.Has("times"))
        {
            section.Report(PriceErrorKind.MissingKey, section.Line, $"{section.What} has no 'times'", "add 'times: [\"01:00-04:00\"]'");
        }
        return spans;
    }

    private static TimeOnly? Time(string text) =>
        text == Midnight ? TimeOnly.MinValue
        : TimeOnly.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time
        : null;

    private static FrozenSet<DateOnly> Except(PriceSection section)
    {
        var days = new HashSet<DateOnly>();
        foreach (var node in section.List("except"))
        {
            if (DateOnly.TryParseExact(node.Text, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            {
                days.Add(day);
            }
            else
            {
                section.Report(PriceErrorKind.WrongValue, node.Line, $"a day is '{node.Text ?? node.Kind}'", "write a date: 2026-10-01");
            }
        }
        return days.ToFrozenSet();
    }

    private static TimeZoneInfo Zone(PriceSection section)
    {
        if (section.Text("zone") is not { } name)
        {
            return TimeZoneInfo.Utc;
        }
        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone))
        {
            return zone;
        }
        section.Report(
            PriceErrorKind.WrongValue,
            section.LineOf("zone"),
            $"there is no time zone '{name}'",
            "write a name such as Asia/Shanghai"
        );
        return TimeZoneInfo.Utc;
    }
}
