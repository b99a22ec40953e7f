using Purser.Core.Usage;

namespace Purser.Core.Pricing.Import;

/// <summary>A card of rates while its figures are being read, in whatever order the table has them.</summary>
internal sealed class CardDraft
{
    private readonly SortedDictionary<long, Dictionary<UsageClass, decimal>> byThreshold = new() { [0] = [] };

    /// <summary>Whether any rate was read.</summary>
    public bool IsEmpty => byThreshold.Values.All(rates => rates.Count == 0);

    /// <summary>Whether a class has a rate below all thresholds.</summary>
    public bool Has(UsageClass usageClass) => byThreshold[0].ContainsKey(usageClass);

    /// <summary>Notes a rate.</summary>
    /// <param name="usageClass">The class it prices.</param>
    /// <param name="rate">USD per unit of the class.</param>
    /// <param name="above">The input tokens above which it holds; 0 for the rate up to the first threshold.</param>
    public void Add(UsageClass usageClass, decimal rate, long above = 0)
    {
        if (!byThreshold.TryGetValue(above, out var rates))
        {
            byThreshold[above] = rates = [];
        }
        rates[usageClass] = rate;
    }

    /// <summary>Lets each rate hold above later thresholds too, where the table gives none there: what it means by a flat rate.</summary>
    public void CarryUpwards()
    {
        var before = byThreshold[0];
        foreach (var rates in byThreshold.Values.Skip(1))
        {
            foreach (var (usageClass, rate) in before)
            {
                rates.TryAdd(usageClass, rate);
            }
            before = rates;
        }
    }

    /// <summary>The card. Fees hold at every length.</summary>
    public RateCard Card(IReadOnlyDictionary<UsageClass, decimal>? fees = null)
    {
        var standard = new Dictionary<UsageClass, decimal>(byThreshold[0]);
        foreach (var (usageClass, fee) in fees ?? Fees)
        {
            standard.TryAdd(usageClass, fee);
        }
        var tiers = byThreshold.Skip(1).Select(tier => new LongContextRates(tier.Key, new(WithFees(tier.Value, standard), false)));
        return new(new(standard, false), [.. tiers]);
    }

    /// <summary>The fees below all thresholds.</summary>
    public IReadOnlyDictionary<UsageClass, decimal> Fees => byThreshold[0].Where(rate => RateKey.Of(rate.Key).IsFee).ToDictionary();

    private static Dictionary<UsageClass, decimal> WithFees(Dictionary<UsageClass, decimal> rates, Dictionary<UsageClass, decimal> standard)
    {
        var all = new Dictionary<UsageClass, decimal>(rates);
        foreach (var (usageClass, fee) in standard.Where(rate => RateKey.Of(rate.Key).IsFee))
        {
            all.TryAdd(usageClass, fee);
        }
        return all;
    }
}
