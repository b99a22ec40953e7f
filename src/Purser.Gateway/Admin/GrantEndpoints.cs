using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>Grants and gifts, the worst case of all limits, and what is not confirmed.</summary>
internal static class GrantEndpoints
{
    private const int MostDays = 3660;

    public static void Map(IEndpointRouteBuilder admin, AdminContext context)
    {
        AdminEndpoints.Handle(admin, "GET", "/grants", context, _ => Task.FromResult<object?>(List(context)));
        AdminEndpoints.Handle(admin, "POST", "/budgets/{id}/grants", context, http => GrantAsync(context, http));
        AdminEndpoints.Handle(admin, "POST", "/gifts", context, http => GiftEndpoint.GiveAsync(context, http));
        AdminEndpoints.Handle(admin, "GET", "/exposure", context, http => ExposureOfAsync(context, http));
        AdminEndpoints.Handle(admin, "GET", "/ledger/unconfirmed", context, _ => Task.FromResult<object?>(Unconfirmed(context)));
        AdminEndpoints.Handle(admin, "POST", "/ledger/confirm", context, http => ConfirmAsync(context, http));
        AdminEndpoints.Handle(admin, "POST", "/ledger/rerate", context, http => RerateEndpoint.RerateAsync(context, http));
    }

    /// <summary>A grant as the API shows it.</summary>
    public static object View(Grant grant, BudgetUnit unit) =>
        new
        {
            grant.Id,
            grant.BudgetId,
            Instance = grant.Instance?.ToString(),
            Amount = Budget.Format(unit, grant.Amount),
            grant.From,
            grant.Until,
            Cause = BudgetNames.Of(grant.Cause),
            grant.By,
            grant.Reason,
        };

    /// <summary>Makes a grant, in a change of the control plane.</summary>
    public static Grant Make(
        ControlTransaction change,
        Budget budget,
        BudgetScope? instance,
        long amount,
        DateTimeOffset? until,
        GrantCause cause,
        string by,
        string reason
    )
    {
        if (string.IsNullOrWhiteSpace(reason))
        {
            throw new RefusedChangeException("invalid_reason", "Say what the grant is for: it's kept with it.");
        }

        if (budget.Scope.IsEach == instance is null)
        {
            throw new RefusedChangeException(
                "invalid_instance",
                budget.Scope.IsEach
                    ? $"'{budget.Name}' is for each of a kind: say which one (instance), as 'purser budgets list' shows it."
                    : $"'{budget.Name}' is one budget: it has no instances."
            );
        }

        if (instance is { } one && !budget.Scope.Covers(one))
        {
            throw new RefusedChangeException(
                "invalid_instance",
                $"'{budget.Name}' isn't for '{one}': say which one (instance), as 'purser budgets list' shows it."
            );
        }

        if (budget.Unit == BudgetUnit.Concurrency && until is null)
        {
            // It's allowed, but for ever: whoever wants that changes the limit.
            throw new RefusedChangeException(
                "invalid_until",
                "More concurrent attempts are granted until a time; for ever, change the limit."
            );
        }

        if (until <= change.Now)
        {
            throw new RefusedChangeException("invalid_until", "The grant would end in the past.");
        }

        return change.AddGrant(new Grant(Ids.New("grant"), budget.Id, instance, amount, change.Now, until, cause, by, reason));
    }

    private static object List(AdminContext context)
    {
        using var connection = context.Store.OpenLedgerReader();
        var units = context.Store.Control.Budgets.ToDictionary(budget => budget.Id, budget => budget.Unit, StringComparer.Ordinal);
        return new { Data = ControlTables.Grants(connection).Select(grant => View(grant, units[grant.BudgetId])) };
    }

    private static async Task<object?> GrantAsync(AdminContext context, HttpContext http)
    {
        var body = await AdminEndpoints.ReadAsync<NewGrant>(http);
        return await context.Store.ChangeAsync(change =>
        {
            var budget = change.ResolveBudget(BudgetView.NamedIn(http));
            var amount = BudgetRequest.ParseLimit(budget.Unit, body.Amount ?? "");
            var grant = Make(
                change,
                budget,
                Instance(body.Instance),
                amount,
                body.Until,
                GrantCause.Approved,
                body.By ?? "administrator",
                body.Reason ?? ""
            );
            return View(grant, budget.Unit);
        });
    }

    private static async Task<object?> ExposureOfAsync(AdminContext context, HttpContext http)
    {
        var text = http.Request.Query["days"].ToString();
        var days = 31;
        if (
            text.Length > 0
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out days) || days is < 1 or > MostDays)
        )
        {
            throw new RefusedChangeException("invalid_days", $"'{text}' isn't a number of days: 1 to {MostDays}.");
        }

        var (total, accounts) = Exposure.Of(context.Store.Control, await context.Store.AddedAsync(), days);
        return new
        {
            Days = days,
            TotalUsd = Exposure.Text(total),
            Accounts = accounts,
        };
    }

    private static object Unconfirmed(AdminContext context)
    {
        using var connection = context.Store.OpenLedgerReader();
        return new { Data = Reconciliation.List(connection, context.Store.Control) };
    }

    private static async Task<object?> ConfirmAsync(AdminContext context, HttpContext http)
    {
        var body = await AdminEndpoints.ReadAsync<NewConfirmation>(http);
        if (
            !decimal.TryParse(body.CostUsd, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var usd)
            || usd < 0
            || usd > Amount.MostCost.Usd
        )
        {
            throw new RefusedChangeException(
                "invalid_cost",
                $"'{body.CostUsd}' isn't what a request can have cost: dollars, such as 0 or 0.0125, at most {Amount.MostCost.Usd:N0}."
            );
        }

        return AttemptId.TryParseRequest(body.RequestId, out var request) && body.Attempt is >= 1 and <= 255
            ? await context.Store.ChangeAsync(change =>
                change.Confirm(
                    new AttemptId(request, (byte)body.Attempt),
                    Money.FromUsdRoundedUp(usd),
                    body.By ?? "administrator",
                    body.Reason ?? ""
                )
            )
            : throw new RefusedChangeException("unknown_attempt", $"'{body.RequestId}' isn't a request id.", "purser ledger unconfirmed");
    }

    private static BudgetScope? Instance(string? text)
    {
        try
        {
            return text is null ? null : BudgetScope.Parse(text);
        }
        catch (FormatException)
        {
            throw new RefusedChangeException("invalid_instance", $"'{text}' isn't a scope as 'purser budgets list' shows it.");
        }
    }

    private sealed record NewGrant(string? Amount, string? Reason, string? By, DateTimeOffset? Until, string? Instance);

    private sealed record NewConfirmation(string? RequestId, string? CostUsd, string? Reason, string? By)
    {
        public int Attempt { get; init; } = 1;
    }
}
