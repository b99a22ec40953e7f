using Purser.Core.Usage;

namespace Purser.Core.Pricing.Audit;

/// <summary>Bills, and the usage that they are for: the smallest part of a model's day that both exports tell apart.</summary>
/// <param name="Class">The class; null where bills aren't of one.</param>
/// <param name="Terms">The terms that both exports state.</param>
/// <param name="Bills">The bills; empty where there are none for it.</param>
/// <param name="Parts">The usage, each with its price; empty where there is none for it.</param>
internal sealed record BillUnit(
    UsageClass? Class,
    AuditTerms Terms,
    IReadOnlyList<AuditBill> Bills,
    IReadOnlyList<(AuditUsage Usage, AuditQuote Quote)> Parts
)
{
    /// <summary>What was billed, in USD.</summary>
    public decimal Usd => Bills.Sum(bill => bill.Usd);

    /// <summary>By how much that may be off.</summary>
    public decimal Precision => Bills.Sum(bill => bill.Precision);

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(
            ", ",
            new[]
            {
                Class is { } usageClass ? RateKey.Of(usageClass).Name : null,
                Terms.ServiceTier,
                Terms.LongContext is true ? "long context" : null,
                Terms.InferenceGeo,
                Terms.Speed,
            }.OfType<string>()
        );
}

/// <summary>Splits a model's day into units.</summary>
internal static class BillUnits
{
    /// <summary>Splits usage and bills by what both of them state. Bills that state their quantity need no usage.</summary>
    public static IReadOnlyList<BillUnit> Of(PricedModel model, IReadOnlyList<AuditUsage> usages, IReadOnlyList<AuditBill> bills)
    {
        if (bills.All(bill => bill is { Class: not null, Quantity: not null }))
        {
            return [.. bills.Select(bill => OfQuantity(model, Tier(usages), bill))];
        }
        var byClass = bills.All(bill => bill.Class is not null);
        var stated = new AuditTerms(
            Stated(usages, bills, terms => terms.ServiceTier) ? "" : null,
            Stated(usages, bills, terms => terms.LongContext) ? true : null,
            Stated(usages, bills, terms => terms.InferenceGeo) ? "" : null,
            Stated(usages, bills, terms => terms.Speed) ? "" : null
        );
        var billed = bills.ToLookup(bill => (byClass ? bill.Class : null, Only(stated, bill.Terms)));
        var used = usages
            .SelectMany(usage => byClass ? Classes(usage) : [(null, usage)])
            .ToLookup(part => (part.Class, Only(stated, part.Usage.Terms)), part => part.Usage);
        return Folded([
            .. billed
                .Select(group => group.Key)
                .Union(used.Select(group => group.Key))
                .Select(key => new BillUnit(
                    key.Item1,
                    key.Item2,
                    [.. billed[key]],
                    [.. used[key].Select(usage => (usage, AuditQuote.Of(model, usage)))]
                )),
        ]);
    }

    /// <summary>
    /// Where no line is for cached input, and the line of fresh input is above what its own usage costs, that line is for both: whoever doesn't
    /// know of the cached rate has no line of it.
    /// </summary>
    private static List<BillUnit> Folded(List<BillUnit> units)
    {
        foreach (var cached in units.FindAll(unit => unit is { Class: UsageClass.CacheRead, Bills.Count: 0 }))
        {
            var at = units.FindIndex(unit =>
                unit is { Class: UsageClass.Input, Bills.Count: > 0, Parts.Count: > 0 }
                && unit.Terms == cached.Terms
                && IsAboveItsUsage(unit)
            );
            if (at >= 0)
            {
                units[at] = units[at] with { Parts = [.. units[at].Parts, .. cached.Parts] };
                units.Remove(cached);
            }
        }
        return units;
    }

    private static bool IsAboveItsUsage(BillUnit unit) =>
        unit.Parts.All(part => part.Quote.Range is not null)
        && unit.Usd > unit.Parts.Sum(part => part.Quote.Range!.Value.High) + unit.Precision + (BillCheck.Noise * Math.Abs(unit.Usd));

    private static BillUnit OfQuantity(PricedModel model, string? tier, AuditBill bill)
    {
        var usage = new AuditUsage
        {
            Provider = bill.Provider,
            Model = model.Id,
            Period = bill.Period,
            Terms = bill.Terms with { ServiceTier = bill.Terms.ServiceTier ?? tier },
            Usage = new() { [bill.Class!.Value] = bill.Quantity!.Value },
            SearchesApart = true,
        };
        return new(bill.Class, bill.Terms, [bill], [(usage, AuditQuote.Of(model, usage))]);
    }

    // Costs don't always name the tier. Where all usage was on one, they are of that.
    private static string? Tier(IReadOnlyList<AuditUsage> usages)
    {
        var tiers = usages.Select(usage => usage.Terms.ServiceTier).Distinct().ToList();
        return tiers.Count == 1 ? tiers[0] : null;
    }

    private static bool Stated<T>(IReadOnlyList<AuditUsage> usages, IReadOnlyList<AuditBill> bills, Func<AuditTerms, T?> term) =>
        usages.All(usage => term(usage.Terms) is not null) && bills.All(bill => term(bill.Terms) is not null);

    private static AuditTerms Only(AuditTerms stated, AuditTerms terms) =>
        new(
            stated.ServiceTier is null ? null : terms.ServiceTier,
            stated.LongContext is null ? null : terms.LongContext,
            stated.InferenceGeo is null ? null : terms.InferenceGeo,
            stated.Speed is null ? null : terms.Speed
        );

    private static IEnumerable<(UsageClass? Class, AuditUsage Usage)> Classes(AuditUsage usage)
    {
        for (var usageClass = default(UsageClass); (int)usageClass < TokenUsage.ClassCount; usageClass++)
        {
            if (usage.Usage[usageClass] > 0)
            {
                yield return (usageClass, usage.Of(usageClass));
            }
        }
    }
}
