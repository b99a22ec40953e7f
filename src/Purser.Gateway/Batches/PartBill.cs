using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Core.Usage;
using Purser.Gateway.Pipeline;
using Purser.Providers.Bodies;

namespace Purser.Gateway.Batches;

/// <summary>A request of a batch with what it cost.</summary>
/// <param name="CustomId">The client's name for it; null where it has none.</param>
/// <param name="Model">The model that answered; null where that isn't known.</param>
/// <param name="Input">Its input tokens.</param>
/// <param name="Output">Its output tokens.</param>
/// <param name="Cost">What it cost.</param>
internal readonly record struct BilledLine(string? CustomId, string? Model, long Input, long Output, Money Cost);

/// <summary>
/// What the requests of a batch for one model used and cost: each is priced as a request is, by its own context; the sum is rounded once, up.
/// </summary>
/// <param name="part">The requests.</param>
/// <param name="held">What is held for them.</param>
/// <param name="provider">Where the batch is.</param>
/// <param name="catalog">The prices.</param>
internal sealed class PartBill(BatchPart part, Core.Ledger.Reservation held, string provider, ModelCatalog catalog)
{
    private const int MostDearest = 20;

    private readonly SortedSet<string> entries = new(StringComparer.Ordinal);
    private readonly SortedSet<string> served = new(StringComparer.Ordinal);
    private readonly PriorityQueue<BilledLine, long> dearest = new();
    private TokenUsage usage;
    private PricingTerms? terms;
    private bool hasOneTerms = true;
    private decimal usd;

    /// <summary>The requests.</summary>
    public BatchPart Part => part;

    /// <summary>What is held for them.</summary>
    public Core.Ledger.Reservation Held => held;

    /// <summary>How many were answered and could be priced.</summary>
    public long Priced { get; private set; }

    /// <summary>How many were answered, or may have been, without anything that can be priced.</summary>
    public long Unpriced { get; private set; }

    /// <summary>How many of its requests are still without a result.</summary>
    public long Left => Math.Max(0, part.Lines - Priced - Unpriced);

    /// <summary>Why one of them can't be priced; null where each can be.</summary>
    public string? Problem { get; private set; }

    /// <summary>The models that answered.</summary>
    public IReadOnlyCollection<string> Served => served;

    /// <summary>The price book's entries that were used.</summary>
    public IReadOnlyCollection<string> Entries => entries;

    /// <summary>The terms; those of the first where they aren't all the same.</summary>
    public PricingTerms Terms => terms ?? new PricingTerms(BatchPlan.Tier);

    /// <summary>Whether the cost is that of the sum of the usage, by one price on one set of terms: then the sum can be priced anew.</summary>
    public bool IsSum =>
        Unpriced == 0
        && hasOneTerms
        && entries.Count == 1
        && served.Count <= 1
        && PriceAt(served.FirstOrDefault()) is { } price
        && PriceCalculator.Price(price, usage, Terms).Charge?.ExactUsd == usd;

    /// <summary>The dearest of them, the dearest first.</summary>
    public IEnumerable<BilledLine> Dearest => dearest.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element);

    /// <summary>Takes the result of a request that is billed.</summary>
    public void Add(in BodyUsage billed, string? customId)
    {
        if (billed.Error is { } error)
        {
            Miss(1, error);
            return;
        }

        if (PriceAt(billed.ServedModel) is not { } price)
        {
            Miss(1, $"no price for '{billed.ServedModel ?? part.Model}'");
            return;
        }

        var own = billed.Usage;
        var lineTerms = billed.Terms with { ServiceTier = BatchPlan.Tier, At = held.AdmittedAt };
        if (billed.CountsNothing && !price.Free)
        {
            Miss(1, "an answer counts nothing");
        }
        else if (!billed.Video.TryAdd(price, ref own) || PriceCalculator.Price(price, own, lineTerms).Charge is not { } charge)
        {
            Miss(1, $"an answer has what {price.Entry} has no price for in a batch");
        }
        else if (charge.Cost > Amount.MostCost)
        {
            Miss(1, "the usage of an answer would cost what no request can");
        }
        else
        {
            Take(own, lineTerms, charge, billed.ServedModel, customId);
        }
    }

    /// <summary>Counts requests that were answered, or may have been, and of which nothing can be priced.</summary>
    public void Miss(long lines, string why)
    {
        Unpriced += lines;
        Problem ??= why;
    }

    /// <summary>
    /// What is posted. What can't be priced costs the most that one request was held for, each; all together no more than what the others leave of the
    /// hold, unless these alone exceed it: then it's what they cost, and that beside.
    /// </summary>
    public (TokenUsage Usage, Amount Actual) Close()
    {
        var total = usage;
        var cost = Money.FromUsdRoundedUp(usd);
        if (Unpriced > 0)
        {
            cost += new Money(Rest((Int128)Unpriced * part.MostNanos, held.Held.Cost.Nanos - cost.Nanos));
            total[UsageClass.Input] += Rest((Int128)Unpriced * part.MostInput, held.Held.Parts.Input - usage.InputTokens);
            total[UsageClass.Output] += Rest((Int128)Unpriced * part.MostOutput, held.Held.Parts.Output - usage.OutputTokens);
        }

        var actual = new Amount(cost, total.TotalTokens, Priced + Unpriced)
        {
            Parts = new TokenParts(
                total.InputTokens,
                total.CachedInputTokens,
                total[UsageClass.CacheWrite5m] + total[UsageClass.CacheWrite1h],
                total.OutputTokens,
                total[UsageClass.ReasoningOutput]
            ),
        };
        return (total, actual);
    }

    private static long Rest(Int128 most, long left) => (long)Int128.Clamp(left > 0 ? Int128.Min(most, left) : most, 0, long.MaxValue / 4);

    private void Take(in TokenUsage own, PricingTerms lineTerms, Charge charge, string? model, string? customId)
    {
        var sum = usage;
        for (var usageClass = default(UsageClass); (int)usageClass < TokenUsage.ClassCount; usageClass++)
        {
            sum[usageClass] += own[usageClass];
        }

        usage = sum;
        Priced++;
        usd += charge.ExactUsd;
        hasOneTerms &= terms is null || terms == lineTerms;
        terms ??= lineTerms;
        entries.Add(charge.Entry);
        if (model is not null && served.Count < MostDearest)
        {
            served.Add(model);
        }

        var line = new BilledLine(customId, model, own.InputTokens, own.OutputTokens, charge.Cost);
        if (dearest.Count < MostDearest)
        {
            dearest.Enqueue(line, charge.Cost.Nanos);
        }
        else
        {
            dearest.EnqueueDequeue(line, charge.Cost.Nanos);
        }
    }

    private SkuPrice? PriceAt(string? model) => Pricer.Served(catalog, provider, part.Model, model)?.PriceAt(held.AdmittedAt);
}
