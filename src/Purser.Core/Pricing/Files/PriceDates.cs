using System.Globalization;

namespace Purser.Core.Pricing;

/// <summary>When a price holds: from its start, if that is known, to its end, if it has one.</summary>
internal sealed record PriceDates(DateTimeOffset? Start, DateTimeOffset? End)
{
    private const string Unknown = "unknown";
    private const string Example = "write 'unknown', a day (2026-09-01, which begins in UTC) or an instant (2026-08-16T16:00:00Z)";

    private const string ExampleOfKnown =
        "write a day (2026-09-01, which begins in UTC) or an instant (2026-09-01T00:00:00+02:00) of this or the next century";

    private static readonly string[] Instants = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:sszzz"];

    /// <summary>The start, in the form that an entry's id ends in.</summary>
    public string Name =>
        Start is not { } start ? Unknown
        : start.TimeOfDay == TimeSpan.Zero ? start.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        : start.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static PriceDates Read(PriceSection price)
    {
        price.RequiredText("start", Example);
        var dates = new PriceDates(Instant(price, "start", mayBeUnknown: true), Instant(price, "end", mayBeUnknown: false));
        if (dates.End <= dates.Start)
        {
            price.Report(
                PriceErrorKind.WrongValue,
                price.LineOf("end"),
                "the price ends before it starts",
                "'end' is the first instant after the price"
            );
        }
        return dates;
    }

    /// <summary>Whether a price that starts no earlier holds at some instant at which this one does.</summary>
    public bool Overlaps(PriceDates later) => later.Start == Start || later.Start is null || End > later.Start;

    /// <summary>An instant with the offset that it's written in; null where it is missing or wrong.</summary>
    public static DateTimeOffset? KnownInstant(PriceSection section, string key)
    {
        if (section.Text(key) is not { } text)
        {
            return null;
        }
        if (
            DateTimeOffset.TryParseExact(text, Instants, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            && instant.Year is >= 2000 and < 2200
        )
        {
            return instant;
        }
        section.Report(PriceErrorKind.WrongValue, section.LineOf(key), $"'{key}' is '{text}'", ExampleOfKnown);
        return null;
    }

    private static DateTimeOffset? Instant(PriceSection price, string key, bool mayBeUnknown)
    {
        if (price.Node(key)?.Text is not { Length: > 0 } text || (mayBeUnknown && text == Unknown))
        {
            return null;
        }
        const DateTimeStyles Style = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParseExact(text, Instants, CultureInfo.InvariantCulture, Style, out var instant))
        {
            return instant;
        }
        price.Report(PriceErrorKind.WrongValue, price.LineOf(key), $"'{key}' is '{text}'", Example);
        return null;
    }
}
