using Purser.Core.Usage;

namespace Purser.Core.Pricing;

/// <summary>Checks a price by the hour of the operator's own machine: the time is the whole price of what the model does.</summary>
internal static class MachineHour
{
    /// <summary>The key of a model for the most seconds that one call may take.</summary>
    public const string Limit = "max_seconds";

    private const int MostSeconds = 86_400;

    private static readonly string[] NotBeside =
    [
        .. RateKey.All.Where(key => !key.IsFee).Select(key => key.Name),
        RateReader.LongContext,
        HoursReader.Key,
        "service_tiers",
        "speeds",
        "geo_uplift",
    ];

    /// <summary>The rate's key. It stands in a price itself, and never in a part of one.</summary>
    public static string Key { get; } = RateKey.Of(UsageClass.ComputeMillisecond).Name;

    /// <summary>Reports what a price by the hour has beside it and can't have.</summary>
    public static void Check(PriceSection price)
    {
        foreach (var other in NotBeside.Where(other => price.Has(Key) && price.Has(other)))
        {
            price.Report(
                PriceErrorKind.WrongValue,
                price.LineOf(other),
                $"a price with '{Key}' has '{other}' too",
                "the time is the price, whatever the request was: keep one of them, or make another model of it"
            );
        }
    }

    /// <summary>The most seconds that a call of a model may take; null where the model has no such limit, or a wrong one.</summary>
    public static long? LimitOf(PriceSection model, IReadOnlyList<SkuPrice> prices)
    {
        var seconds = model.Whole(Limit, MostSeconds, $"seconds, 1 to {MostSeconds}");
        if (model.Has(Limit) && !prices.Any(price => price.ChargesTime))
        {
            model.Report(
                PriceErrorKind.WrongValue,
                model.LineOf(Limit),
                $"'{Limit}' is there, and no price of the model is by the hour",
                $"it limits only calls that '{Key}' prices: leave it out. For others purser.yml has 'timeout_seconds'"
            );
        }
        return seconds;
    }
}
