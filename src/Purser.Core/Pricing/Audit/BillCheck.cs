using System.Globalization;
using Purser.Core.Usage;

namespace Purser.Core.Pricing.Audit;

/// <summary>Compares one bill with what the book says, and finds why they differ.</summary>
/// <param name="findings">Where what is found goes.</param>
internal sealed class BillCheck(FindingTally findings)
{
    /// <summary>Exports write amounts as binary floating-point numbers: the sixteenth digit is noise, and sums lose some more.</summary>
    public const decimal Noise = 0.000000001m;

    private const string AddPrice = "Add the price: `./purser prices import`, or a price file of your own (docs/pricing.md).";

    /// <summary>Compares, and says what it found.</summary>
    /// <param name="bill">The bill.</param>
    /// <param name="model">The model; null where the bill is for several.</param>
    /// <param name="parts">The usage that was billed, each with its price.</param>
    /// <returns>By how much the bill is outside the book's range, in USD; null where a part has no price.</returns>
    public decimal? Compare(CheckedBill bill, PricedModel? model, IReadOnlyList<(AuditUsage Usage, AuditQuote Quote)> parts)
    {
        var (range, open) = (default(UsdRange), OpenTerms.None);
        foreach (var (_, quote) in parts)
        {
            if (quote.Range is not { } priced)
            {
                AddUnpriced(bill, quote.Failure!);
                return null;
            }
            (range, open) = (range + priced, open | quote.Open);
        }
        var tolerance = bill.Precision + (Noise * Math.Max(Math.Abs(bill.Usd), Math.Abs(range.High)));
        var outside = range.Outside(bill.Usd, tolerance);
        if (outside != 0m)
        {
            Add(bill, outside, Reason.Of(model, [.. parts.Select(part => part.Quote.First)], bill.Usd, tolerance), open);
        }
        else if (open != OpenTerms.None)
        {
            findings.Add(
                new()
                {
                    Name = Name(open),
                    Kind = FindingKind.Open,
                    Provider = bill.Provider,
                    Usd = range.High - range.Low,
                    Evidence = $"bills are within the book's range, which is this wide because the file doesn't say {Words(open)}",
                    Action = Narrower(open),
                },
                bill.Where,
                bill.Many
            );
        }
        return outside;
    }

    /// <summary>Says that usage has no price.</summary>
    public void AddUnpriced(CheckedBill bill, string why) =>
        findings.Add(
            new()
            {
                Name = "usage_without_price",
                Kind = FindingKind.Open,
                Provider = bill.Provider,
                Subject = bill.Subject,
                Usd = bill.Usd,
                Evidence = $"not compared, because {why}",
                Action = AddPrice,
            },
            bill.Where,
            bill.Many
        );

    /// <summary>Says that the book doesn't have a model.</summary>
    public void AddUnknownModel(CheckedBill bill) =>
        findings.Add(
            new()
            {
                Name = "model_without_price",
                Kind = FindingKind.Open,
                Provider = bill.Provider,
                Subject = bill.Subject,
                Usd = bill.Usd,
                Evidence = "not compared, because the price book doesn't have the model",
                Action = AddPrice,
            },
            bill.Where,
            bill.Many
        );

    private void Add(CheckedBill bill, decimal outside, Reason? reason, OpenTerms open)
    {
        var above = outside > 0m;
        var than = open == OpenTerms.None ? "the book" : "all of the book's range";
        findings.Add(
            new()
            {
                Name = reason?.Name ?? (above ? "billed_above_book" : "billed_below_book"),
                Kind = above ? FindingKind.Above : FindingKind.Below,
                Provider = bill.Provider,
                Subject = bill.Subject,
                Usd = Math.Abs(outside),
                Evidence = reason?.Evidence ?? $"the bill is {(above ? "above" : "below")} {than}, and no known mistake explains it",
                Action = reason?.Action ?? (above ? Dispute : Understand),
            },
            bill.Where,
            bill.Many
        );
    }

    private const string Dispute = "See that the book has your price (a contract?), then ask for the difference.";

    private const string Understand = "A discount, or a price that the book doesn't have: see your contract and docs/pricing.md.";

    private static string Words(OpenTerms open) =>
        string.Join(
            " and ",
            new[]
            {
                open.HasFlag(OpenTerms.Context) ? "the context length of each request" : null,
                open.HasFlag(OpenTerms.ServiceTier) ? "the service tier" : null,
                open.HasFlag(OpenTerms.PriceChange) ? "on which side of a price change it was" : null,
                open.HasFlag(OpenTerms.Hours) ? "the hour" : null,
                open.HasFlag(OpenTerms.Caching) ? "what was cached, and for how long" : null,
            }.OfType<string>()
        );

    private static string Name(OpenTerms open) =>
        open.HasFlag(OpenTerms.ServiceTier) ? "service_tier_not_known"
        : open.HasFlag(OpenTerms.Context) ? "context_not_known"
        : open.HasFlag(OpenTerms.Caching) ? "caching_not_known"
        : open.HasFlag(OpenTerms.PriceChange) ? "price_changed_within"
        : "hour_not_known";

    private static string Narrower(OpenTerms open) =>
        open.HasFlag(OpenTerms.ServiceTier) ? "Export usage grouped by service tier (docs/audit.md)."
        : open.HasFlag(OpenTerms.Context) ? "Nothing is wrong that these figures show; only a log of requests can tell."
        : open.HasFlag(OpenTerms.PriceChange) || open.HasFlag(OpenTerms.Hours) ? "Export usage by the hour."
        : "Nothing is wrong that these figures show.";
}

/// <summary>A bill, and how findings speak of it.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Subject">The model, or what else was billed.</param>
/// <param name="Usd">The amount.</param>
/// <param name="Precision">By how much it may be off.</param>
/// <param name="Where">The day, or the request.</param>
/// <param name="Many">What several of them are: <c>days</c>, <c>requests</c>.</param>
internal readonly record struct CheckedBill(string Provider, string Subject, decimal Usd, decimal Precision, string Where, string Many)
{
    /// <summary>That of a request.</summary>
    public static CheckedBill OfRequest(string provider, string model, decimal usd, string id) =>
        new(provider, model, usd, 0m, id, "requests");

    /// <summary>That of a day.</summary>
    public static CheckedBill OfDay(string provider, string subject, decimal usd, decimal precision, DateOnly day, UsageClass? of = null) =>
        new(
            provider,
            subject,
            usd,
            precision,
            day.ToString("O", CultureInfo.InvariantCulture) + (of is { } usageClass ? $" ({RateKey.Of(usageClass).Name})" : ""),
            of is null ? "days" : "lines"
        );
}
