using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Core.Usage;
using Purser.Gateway.Batches;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// Prices what was used once more, by the price book in use: as <see cref="Pricer"/> would have had it been in use then. What can't be
/// priced has no cost, and never none.
/// </summary>
/// <param name="catalog">The models of the configured providers, with their prices.</param>
/// <param name="bookVersion">The price book's version.</param>
internal sealed class Repricer(ModelCatalog catalog, string bookVersion)
{
    /// <summary>What an attempt costs.</summary>
    /// <param name="posted">The entry that posted it, with its usage event.</param>
    /// <param name="route">Where it went.</param>
    /// <exception cref="InvalidDataException">Its usage event isn't as the gateway writes it.</exception>
    public Repricing Price(JournalEntry posted, StoredRoute route)
    {
        var used = posted.Event!;
        var recorded = RecordedUsage.Read(posted, route.Provider);
        var repricing = new Repricing(posted, route, new PriceName(recorded.Entry ?? route.PriceEntry, route.PriceBookVersion));
        if (used.Marks.HasFlag(JournalMarks.Subscription))
        {
            return repricing with { Left = LeftReason.Subscription };
        }

        if (recorded.Others is null)
        {
            return Left(repricing, LeftReason.OtherModels, "what ran on other models besides wasn't kept by class then");
        }

        if (used.Usage == default && recorded.Others.Count == 0)
        {
            return used.Cost == Money.Zero
                ? repricing with
                {
                    Price = repricing.PostedBy,
                }
                : Left(repricing, LeftReason.Unpriced, "no usage is recorded");
        }

        if (Pricer.Served(catalog, route.Provider, route.Model, used.ModelServed) is not { } model)
        {
            return Left(repricing, LeftReason.Unpriced, $"no price for '{route.Model}' of the provider '{route.Provider}' is configured");
        }

        var came = JournalWriter.FromMicroseconds(used.StartedAt);
        if (model.PriceAt(came) is not { } price)
        {
            return Left(repricing, LeftReason.Unpriced, $"the price book has no price of '{model.Id}' for that time");
        }

        if (recorded.IsBatchSum is { } isSum && !(isSum && BatchDetail.PricesSums(price)))
        {
            return Left(repricing, LeftReason.Batch, "what each request of a batch used isn't kept, and the sum of it has another price");
        }

        return TryCost(price, recorded, came, out var cost, out var problem)
            ? repricing with
            {
                Price = new PriceName(price.Entry, bookVersion),
                Cost = cost,
                AlsoRight = AlsoRight(model, price, recorded, came, JournalWriter.FromMicroseconds(posted.AdmittedAt)),
            }
            : Left(repricing, LeftReason.Unpriced, problem);
    }

    /// <summary>
    /// The price is chosen when the request comes in; that of another model that answers, and the hour, when it's admitted, moments later and
    /// by a clock that the journal only has nearly. Where all that makes a difference, each is right.
    /// </summary>
    private List<Money> AlsoRight(PricedModel model, SkuPrice price, RecordedUsage recorded, DateTimeOffset came, DateTimeOffset admitted)
    {
        var later = model.PriceAt(admitted);
        if (later == price && price.StandardAt(came) == price.StandardAt(admitted) && recorded.Others!.Count == 0)
        {
            return [];
        }

        var costs = new List<Money>();
        foreach (var other in (SkuPrice?[])[price, later])
        {
            if (other is not null && TryCost(other, recorded, admitted, out var cost, out _))
            {
                costs.Add(cost);
            }
        }

        return costs;
    }

    private bool TryCost(SkuPrice price, RecordedUsage recorded, DateTimeOffset at, out Money cost, out string problem)
    {
        (cost, problem) = (Money.Zero, "");
        var (terms, own) = (recorded.Terms with { At = at }, recorded.Usage);
        if (!price.ChargesTime)
        {
            // It was the price then, and isn't any more.
            own[UsageClass.ComputeMillisecond] = 0;
        }

        if (recorded.Usage != default && !PriceCalculator.TryCost(price, own, terms, out cost, out var failure))
        {
            problem = failure.Describe(price);
            return false;
        }

        foreach (var (name, usage) in recorded.Others!)
        {
            if (
                Pricer.Known(catalog, recorded.Provider, name)?.PriceAt(at) is not { } beside
                || !PriceCalculator.TryCost(beside, usage, terms, out var more, out _)
            )
            {
                problem = $"no price for '{name}', which the provider ran besides";
                return false;
            }

            // Beyond the most that one can cost, it makes no difference by how much.
            cost = cost > Amount.MostCost || more > Amount.MostCost ? Money.MaxValue : cost + more;
        }

        if (cost > Amount.MostCost)
        {
            problem = $"its usage would cost more than any request can by {price.Entry}";
        }

        return cost <= Amount.MostCost;
    }

    private static Repricing Left(Repricing repricing, LeftReason why, string detail) => repricing with { Left = why, Detail = detail };
}
