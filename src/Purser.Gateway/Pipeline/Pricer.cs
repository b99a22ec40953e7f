using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Core.Usage;

namespace Purser.Gateway.Pipeline;

/// <summary>What an attempt costs.</summary>
/// <param name="Cost">The amount.</param>
/// <param name="Problem">Why the cost isn't by the price book and the usage, where it isn't.</param>
/// <param name="IsBeyondBelief">
/// Whether the usage costs more than any request can: then the cost is the most that one can, until someone knows better.
/// </param>
/// <param name="Entry">The price book's entry, where the answer came from another model than the one that was asked for; else null.</param>
/// <param name="ListCost">What it would cost by the price book, where the caller's own subscription pays for it; else null.</param>
internal readonly record struct AttemptCharge(
    Money Cost,
    string? Problem,
    bool IsBeyondBelief = false,
    string? Entry = null,
    Money? ListCost = null
);

/// <summary>Prices what was used. What can't be priced costs the most that it was reserved for: never nothing.</summary>
internal sealed class Pricer(ModelCatalog catalog)
{
    /// <summary>The charge of one attempt, what ran on other models included.</summary>
    public AttemptCharge Price(Reservation reservation, Metered metered)
    {
        var charge = Reckon(reservation, metered);
        return reservation.Candidate.OnSubscription
                ? charge with
                {
                    Cost = Money.Zero,
                    ListCost = charge.Cost < Amount.MostCost ? charge.Cost : Amount.MostCost,
                }
            : charge.Cost <= Amount.MostCost ? charge
            : charge with
            {
                Cost = Amount.MostCost,
                Problem = $"the usage would cost {charge.Cost}, which no request can",
                IsBeyondBelief = true,
            };
    }

    /// <summary>
    /// The same with what the price of the model that answered needs beside the usage that was stated: the time where it's by the hour, the size of
    /// the search's context where each request has a fee by that, and video and images as Google bills them.
    /// </summary>
    public Metered Completed(Reservation reservation, Metered metered, TaskProfile asked)
    {
        if (!metered.WasServed || Served(reservation, metered.ServedModel) is not { } price)
        {
            return metered;
        }

        var (usage, estimated) = (metered.Usage, metered.Estimated);
        if (price.ChargesTime)
        {
            usage[UsageClass.ComputeMillisecond] = metered.ComputeMilliseconds;
        }

        if (metered.Video?.TryAdd(price, ref usage) == false)
        {
            // Without a rate of its own it can't be priced, and costs the most that was held.
            usage[UsageClass.VideoInput] = metered.Video.Value.Fresh;
            usage[UsageClass.VideoCacheRead] = metered.Video.Value.CacheRead;
        }

        if (price.Standard.Rates.ChargesRequestsByContext && !usage.HasContextRequest)
        {
            var size = ContextRequest(price, asked.SearchContext);
            usage[size ?? price.Standard.Rates.DearestContextRequest] = 1;
            estimated |= size is null;
        }

        return metered with
        {
            Usage = usage,
            Estimated = estimated,
        };
    }

    /// <summary>What a request that searched was, by the size that it named or by the provider's default; null where that isn't known.</summary>
    private static UsageClass? ContextRequest(SkuPrice price, string? named) =>
        named switch
        {
            null => price.DefaultContextRequest,
            "low" => UsageClass.LowContextRequest,
            "medium" => UsageClass.MediumContextRequest,
            "high" => UsageClass.HighContextRequest,
            _ => null,
        };

    private AttemptCharge Reckon(Reservation reservation, Metered metered)
    {
        var cost = Money.Zero;
        var entry = default(string);
        if (metered.WasServed || metered.Usage != default)
        {
            if (Served(reservation, metered.ServedModel) is not { } price)
            {
                return new AttemptCharge(reservation.Held.Cost, $"no price for '{metered.ServedModel}', which the provider answered with");
            }

            entry = price == reservation.Candidate.Price ? null : price.Entry;
            if (!PriceCalculator.TryCost(price, metered.Usage, metered.Terms, out cost, out var failure))
            {
                return new AttemptCharge(reservation.Held.Cost, failure.Describe(price), Entry: entry);
            }
        }

        foreach (var (model, usage) in metered.Others)
        {
            var price = Known(catalog, reservation.Candidate.Model.Provider, model)?.PriceAt(reservation.AdmittedAt);
            if (price is null || !PriceCalculator.TryCost(price, usage, metered.Terms, out var beside, out _))
            {
                return new AttemptCharge(Larger(cost, reservation.Held.Cost), $"no price for '{model}', which the provider ran besides");
            }

            // Beyond the most that one can cost, it makes no difference by how much.
            cost = cost > Amount.MostCost || beside > Amount.MostCost ? Larger(cost, beside) : cost + beside;
        }

        return new AttemptCharge(cost, null, Entry: entry);
    }

    /// <summary>
    /// The price of the model that the answer names, which is the one that's billed: an alias may mean another one since. A name that isn't
    /// known says nothing of the price (servers of open models answer with paths of files): it's recorded, and the request priced as asked.
    /// </summary>
    private SkuPrice? Served(Reservation reservation, string? served)
    {
        var asked = reservation.Candidate;
        var other = Served(catalog, asked.Model.Provider, asked.Model.Model, served);
        return other is null || other == asked.Model.Priced ? asked.Price : other.PriceAt(reservation.AdmittedAt);
    }

    /// <summary>The model that an answer is priced as: the one that it names, where that is known, else the one that was asked for.</summary>
    /// <param name="catalog">What is known.</param>
    /// <param name="provider">Where the attempt went.</param>
    /// <param name="asked">The model that the provider was asked for.</param>
    /// <param name="served">The model that the answer names; null where it names none.</param>
    /// <returns>Null where not even the one that was asked for has a price.</returns>
    public static PricedModel? Served(ModelCatalog catalog, string provider, string asked, string? served) =>
        (served is null || served == asked ? null : Known(catalog, provider, served)) ?? Known(catalog, provider, asked);

    /// <summary>A model of a provider, by the name that the provider gives it; null where it isn't known, or has no price.</summary>
    public static PricedModel? Known(ModelCatalog catalog, string provider, string model) =>
        // Another provider may have a model of that very name: openrouter's "openai/gpt-5-mini" isn't openai's.
        catalog.FindPrice(provider, model);

    private static Money Larger(Money left, Money right) => left > right ? left : right;
}
