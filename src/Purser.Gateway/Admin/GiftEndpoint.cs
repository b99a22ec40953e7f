using Microsoft.AspNetCore.Http;
using Purser.Core.Budgets;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>
/// Gifts between two budgets. What is given counts at the giver as if it had been spent there at that moment, and is the taker's to spend
/// once: each in its present window, or the next of an anchored one that isn't in use; of a rolling window for its length. So the two
/// together never spend more than the limits of those windows.
/// </summary>
internal static class GiftEndpoint
{
    /// <summary>Serves <c>POST /admin/v1/gifts</c>.</summary>
    public static async Task<object?> GiveAsync(AdminContext context, HttpContext http)
    {
        var body = await AdminEndpoints.ReadAsync<NewGift>(http);
        return await context.Store.ChangeAsync(change =>
        {
            var from = change.ResolveBudget(body.From ?? "");
            var to = change.ResolveBudget(body.To ?? "");
            var amount = BudgetRequest.ParseLimit(from.Unit, body.Amount ?? "");
            Check(from, to);
            var left = change.Room(from);
            if (amount > left)
            {
                throw new RefusedChangeException(
                    "not_enough_left",
                    $"'{from.Name}' has {Budget.Format(from.Unit, left)} left in its window; that's the most it can give."
                );
            }

            var given = Make(from, -amount);
            var taken = Make(to, amount);
            return new { Data = (object[])[GrantEndpoints.View(given, from.Unit), GrantEndpoints.View(taken, to.Unit)] };

            Grant Make(Budget budget, long signed)
            {
                var until = budget.Window.Kind == WindowKind.Rolling ? change.Now + budget.Window.Length : (DateTimeOffset?)null;
                var by = body.By ?? "administrator";
                return GrantEndpoints.Make(change, budget, null, signed, until, GrantCause.Gift, by, body.Reason ?? "");
            }
        });
    }

    private static void Check(Budget from, Budget to)
    {
        if (from.Scope.IsEach || to.Scope.IsEach)
        {
            throw new RefusedChangeException("invalid_gift", "A gift goes between single budgets, not those for each of a kind.");
        }

        if (from.Unit != to.Unit || from.Id == to.Id)
        {
            throw new RefusedChangeException("invalid_gift", "A gift goes from one budget to another of the same unit.");
        }

        if (from.Unit == BudgetUnit.Concurrency)
        {
            throw new RefusedChangeException("invalid_gift", "Calls at once are never spent, so they can't be given: change the limits.");
        }

        if (!from.IsHard)
        {
            throw new RefusedChangeException(
                "giver_only_alerts",
                $"'{from.Name}' only alerts: it holds nobody to its limit, so there is nothing that it could give."
            );
        }
    }

    private sealed record NewGift(string? From, string? To, string? Amount, string? Reason, string? By);
}
