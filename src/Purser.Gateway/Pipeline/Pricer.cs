using Purser.Core.Pricing;
using Purser.Core.Routing;

namespace Purser.Gateway.Pipeline;

/// <summary>What an attempt costs.</summary>
/// <param name="Cost">The amount.</param>
/// <param name="Problem">Why the price book couldn't price it, where it couldn't: then the cost is the ceiling.</param>
internal readonly record struct AttemptCharge(Money Cost, string? Problem);

/// <summary>Prices what was used. What can't be priced costs the most that it was reserved for: never nothing.</summary>
internal sealed class Pricer(ModelCatalog catalog)
{
    /// <summary>The charge of one attempt, what ran on other models included.</summary>
    public AttemptCharge Price(Reservation reservation, Metered metered)
    {
        var cost = Money.Zero;
        if (metered.Usage != default)
        {
            var price = reservation.Candidate.Price;
            if (!PriceCalculator.TryCost(price, metered.Usage, metered.Terms, out cost, out var failure))
            {
                return new AttemptCharge(reservation.Held.Cost, failure.Describe(price));
            }
        }

        foreach (var (model, usage) in metered.Others)
        {
            var price = catalog.Find($"{reservation.Candidate.Model.Provider}/{model}") is [{ Priced: { } priced }, ..]
                ? priced.PriceAt(reservation.AdmittedAt)
                : null;
            if (price is null || !PriceCalculator.TryCost(price, usage, metered.Terms, out var beside, out _))
            {
                return new AttemptCharge(
                    cost > reservation.Held.Cost ? cost : reservation.Held.Cost,
                    $"no price for '{model}', which the provider ran besides"
                );
            }

            cost += beside;
        }

        return new AttemptCharge(cost, null);
    }
}
