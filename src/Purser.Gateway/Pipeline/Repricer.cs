using System.Text.Json;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Routing;
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
        var terms = RecordedTerms.Read(posted);
        var repricing = new Repricing(posted, route, new PriceName(terms.Entry ?? route.PriceEntry, route.PriceBookVersion));
        if (terms.HasOtherModels)
        {
            return Left(repricing, LeftReason.OtherModels, "what ran on other models besides isn't kept by class");
        }

        if (used.Usage == default)
        {
            return used.Cost == Money.Zero
                ? repricing with { Price = repricing.PostedBy }
                : Left(repricing, LeftReason.Unpriced, "no usage is recorded");
        }

        if (Pricer.Served(catalog, route.Provider, route.Model, used.ModelServed) is not { } model)
        {
            return Left(repricing, LeftReason.Unpriced, $"no price for '{route.Model}' of the provider '{route.Provider}' is configured");
        }

        var (came, admitted) = (JournalWriter.FromMicroseconds(used.StartedAt), JournalWriter.FromMicroseconds(posted.AdmittedAt));
        if (model.PriceAt(came) is not { } price)
        {
            return Left(repricing, LeftReason.Unpriced, $"the price book has no price of '{model.Id}' for that time");
        }

        if (!PriceCalculator.TryCost(price, used.Usage, terms.At(came), out var cost, out var failure))
        {
            return Left(repricing, LeftReason.Unpriced, failure.Describe(price));
        }

        return cost > Amount.MostCost
            ? Left(repricing, LeftReason.Unpriced, $"its usage would cost more than any request can by {price.Entry}")
            : repricing with
            {
                Price = new PriceName(price.Entry, bookVersion),
                Cost = cost,
                AlsoRight = AlsoRight(model, price, posted, terms, came, admitted),
            };
    }

    /// <summary>
    /// The price is chosen when the request comes in, that of another model that answers and the hour when it's admitted, moments later and
    /// by a clock that the journal only has nearly. Where all that makes a difference, each is right.
    /// </summary>
    private static List<Money> AlsoRight(
        PricedModel model,
        SkuPrice price,
        JournalEntry posted,
        RecordedTerms terms,
        DateTimeOffset came,
        DateTimeOffset admitted
    )
    {
        var later = model.PriceAt(admitted);
        if (later == price && price.StandardAt(came) == price.StandardAt(admitted))
        {
            return [];
        }

        var costs = new List<Money>();
        foreach (var other in (SkuPrice?[])[price, later])
        {
            if (other is not null && PriceCalculator.TryCost(other, posted.Event!.Usage, terms.At(admitted), out var cost, out _))
            {
                costs.Add(cost);
            }
        }

        return costs;
    }

    private static Repricing Left(Repricing repricing, LeftReason why, string detail) => repricing with { Left = why, Detail = detail };

    /// <summary>What else the price depends on, as the event's detail has it.</summary>
    /// <param name="Terms">The terms, without a time.</param>
    /// <param name="Entry">The price of the model that answered, where it isn't the route's.</param>
    /// <param name="HasOtherModels">Whether something was billed on other models.</param>
    private readonly record struct RecordedTerms(PricingTerms Terms, string? Entry, bool HasOtherModels)
    {
        public PricingTerms At(DateTimeOffset at) => Terms with { At = at };

        public static RecordedTerms Read(JournalEntry posted)
        {
            if (posted.Event!.Detail is not { } text)
            {
                return default;
            }

            try
            {
                using var document = JsonDocument.Parse(text);
                var detail = document.RootElement;
                return new RecordedTerms(
                    new PricingTerms(Text(detail, "service_tier"), Text(detail, "inference_geo"), Text(detail, "speed")),
                    Text(detail, "price_entry"),
                    detail.TryGetProperty("other_models", out _)
                );
            }
            catch (JsonException exception)
            {
                throw new InvalidDataException($"The detail of entry {posted.Seq} of the journal can't be read: {exception.Message}", exception);
            }
        }

        private static string? Text(JsonElement detail, string name) =>
            detail.TryGetProperty(name, out var value) ? value.GetString() : null;
    }
}
