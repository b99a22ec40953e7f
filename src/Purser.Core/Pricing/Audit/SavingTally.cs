using System.Globalization;
using Purser.Core.Usage;

namespace Purser.Core.Pricing.Audit;

/// <summary>Adds up usage by model and terms, and says at the end what other terms of the same book would have saved at most.</summary>
internal sealed class SavingTally
{
    private const decimal UsualHitRate = 0.5m;
    private const decimal HighHitRate = 0.9m;

    private readonly Dictionary<(PricedModel Model, PricedWay Terms), Used> used = [];

    /// <summary>Adds usage that has a price.</summary>
    public void Add(PricedModel model, AuditUsage usage, PricedWay way)
    {
        // Prices with hours have no tiers, and what caching saves depends on the hour.
        if (way.Entry.Hours.Count > 0)
        {
            return;
        }
        var context = BookRates.Contexts(way.Entry, 0, 0, stated: true).LastOrDefault(longer => way.Context >= longer);
        var key = (model, way with { Usage = default, Context = context, Terms = way.Terms with { At = null } });
        if (!used.TryGetValue(key, out var sum))
        {
            used.Add(key, sum = new());
        }
        sum.Add(way.Usage);
        sum.TierIsOpen |= usage.Terms.ServiceTier is null;
        sum.CachingIsOpen |= usage.OtherReadings.Count > 0;
    }

    /// <summary>What could have been saved.</summary>
    public void AddTo(FindingTally findings)
    {
        foreach (var ofModel in used.GroupBy(entry => entry.Key.Model))
        {
            foreach (var tier in (ReadOnlySpan<string>)["batch", "flex"])
            {
                AddTier(findings, ofModel.Key, tier, [.. ofModel.Select(entry => (entry.Value.As(entry.Key.Terms), entry.Value))]);
            }
            AddPriority(findings, ofModel.Key, [.. ofModel.Select(entry => entry.Value.As(entry.Key.Terms))]);
            AddCaching(
                findings,
                ofModel.Key,
                [.. ofModel.Where(entry => !entry.Value.CachingIsOpen).Select(entry => entry.Value.As(entry.Key.Terms))]
            );
        }
    }

    private static bool IsStandard(in PricedWay way) =>
        PricingTerms.IsStandardTier(way.Terms.ServiceTier) && PricingTerms.IsStandardSpeed(way.Terms.Speed);

    private static void AddTier(FindingTally findings, PricedModel model, string tier, IReadOnlyList<(PricedWay Way, Used Used)> ways)
    {
        var (now, then, open) = (0m, 0m, false);
        foreach (var (way, sum) in ways.Where(way => IsStandard(way.Way)))
        {
            if (way.Cost is { } standard && (way with { Terms = way.Terms with { ServiceTier = tier } }).Cost is { } cheaper)
            {
                (now, then, open) = (now + standard, then + cheaper, open || sum.TierIsOpen);
            }
        }
        if (now <= then)
        {
            return;
        }
        var already = open ? " The file doesn't name the tier: some of it may be on it already." : "";
        findings.Add(
            new()
            {
                Name = tier,
                Kind = FindingKind.Saving,
                Provider = model.Provider,
                Subject = model.Id,
                Usd = now - then,
                Evidence = $"{Usd(now)} of standard traffic costs {Usd(then)} on {tier}",
                Action =
                    $"At most this, if all of it can {(tier == "batch" ? "wait for hours" : "be slower, or fail and be tried again")}.{already}",
            }
        );
    }

    private static void AddPriority(FindingTally findings, PricedModel model, IReadOnlyList<PricedWay> ways)
    {
        var (now, then) = (0m, 0m);
        foreach (var way in ways.Where(way => !IsStandard(way)))
        {
            var standard = way with { Terms = way.Terms with { ServiceTier = null, Speed = null } };
            if (way.Cost is { } dearer && standard.Cost is { } cost && dearer > cost)
            {
                (now, then) = (now + dearer, then + cost);
            }
        }
        if (now > then)
        {
            findings.Add(
                new()
                {
                    Name = "priority",
                    Kind = FindingKind.Saving,
                    Provider = model.Provider,
                    Subject = model.Id,
                    Usd = now - then,
                    Evidence = $"{Usd(now)} on dearer tiers or speeds costs {Usd(then)} at the standard price",
                    Action = "At most this, if none of it needs to be that fast.",
                }
            );
        }
    }

    // At a hit rate h a token costs h × read + (1 − h) × write in place of the input rate.
    private static void AddCaching(FindingTally findings, PricedModel model, IReadOnlyList<PricedWay> ways)
    {
        var (fresh, all, input, read, write) = (0L, 0L, 0m, 0m, 0m);
        foreach (var way in ways)
        {
            var tokens = way.Usage[UsageClass.Input];
            all += way.Usage.InputTokens;
            if (
                Cost(way, UsageClass.Input, tokens) is { } asInput
                && Cost(way, UsageClass.CacheRead, tokens) is { } asRead
                && asRead < asInput
            )
            {
                fresh += tokens;
                (input, read) = (input + asInput, read + asRead);
                write += Cost(way, UsageClass.CacheWrite5m, tokens) ?? asInput;
            }
        }
        decimal Saved(decimal hits) => Math.Max(0m, input - (hits * read) - ((1m - hits) * write));
        if (all == 0 || Saved(HighHitRate) <= 0m)
        {
            return;
        }
        findings.Add(
            new()
            {
                Name = "caching",
                Kind = FindingKind.Saving,
                Provider = model.Provider,
                Subject = model.Id,
                Usd = Saved(HighHitRate),
                Evidence = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{100m * fresh / all:0.#} % of {all:N0} input tokens were not read from a cache; a hit rate of 50 % on them saves {Usd(Saved(UsualHitRate))}, of 90 % {Usd(Saved(HighHitRate))}"
                ),
                Action =
                    "At most this, as far as prompts begin alike: put what stays the same first, and mark it for caching where the vendor asks for it.",
            }
        );
    }

    private static decimal? Cost(PricedWay way, UsageClass usageClass, long tokens) =>
        (way with { Usage = new() { [usageClass] = tokens } }).Cost;

    // Cents, but for what is less than one.
    private static string Usd(decimal amount) =>
        "$" + amount.ToString(amount is 0m or >= 0.01m ? "N2" : "0.00####", CultureInfo.InvariantCulture);

    private sealed class Used
    {
        private TokenUsage usage;

        public bool TierIsOpen { get; set; }

        public bool CachingIsOpen { get; set; }

        public void Add(in TokenUsage more) => usage = AuditUsage.Sum(usage, more);

        public PricedWay As(PricedWay terms) => terms with { Usage = usage };
    }
}
