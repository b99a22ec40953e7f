using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Purser.Core.Budgets;
using Purser.Core.Pricing;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>Budgets as the admin API shows and takes them.</summary>
internal static class BudgetView
{
    public static async Task<object?> ListAsync(AdminContext context)
    {
        var control = context.Store.Control;
        var balances = await context.Store.BalancesAsync([.. control.Budgets.Select(budget => budget.Scope).Distinct()]);
        var byId = balances.ToDictionary(balance => balance.Budget.Id, StringComparer.Ordinal);
        return new { Data = control.Budgets.Where(budget => byId.ContainsKey(budget.Id)).Select(budget => View(control, byId[budget.Id])) };
    }

    public static async Task<object?> SetAsync(AdminContext context, HttpContext http)
    {
        var body = await AdminEndpoints.ReadAsync<NewBudget>(http);
        if (body.Account is null == body.Key is null)
        {
            throw new RefusedChangeException("invalid_scope", "A budget is for an account or for a key: give one of them.");
        }

        var unit = ParseEnum<BudgetUnit>(body.Unit ?? "usd", "unit");
        var window = new BudgetWindow(ParseEnum<WindowKind>(body.Window ?? "month", "window"), ParseTimeZone(body.TimeZone ?? "UTC"));
        var limit = ParseLimit(unit, body.Limit ?? "");
        var budget = await context.Store.ChangeAsync(change =>
        {
            var scope = body.Account is not null
                ? new Scope(ScopeKind.Account, change.ResolveAccount(body.Account).Id)
                : new Scope(ScopeKind.Key, change.ResolveKey(body.Key!).Id);
            return change.SetBudget(scope, unit, window, limit, body.Name);
        });
        var balances = await context.Store.BalancesAsync([budget.Scope]);
        return View(context.Store.Control, balances.First(balance => balance.Budget.Id == budget.Id));
    }

    public static async Task<object?> RemoveAsync(AdminContext context, HttpContext http)
    {
        await context.Store.ChangeAsync(change =>
        {
            change.RemoveBudget((string)http.GetRouteValue("id")!);
            return true;
        });
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return null;
    }

    /// <summary>Reads a limit: dollars with at most nine decimals, or a whole number.</summary>
    public static long ParseLimit(BudgetUnit unit, string text)
    {
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var limit) || limit <= 0)
        {
            throw new RefusedChangeException("invalid_limit", $"'{text}' isn't a limit: a number above zero, such as 50 or 0.25.");
        }

        var scaled = unit == BudgetUnit.Usd ? limit * Money.NanosPerDollar : limit;
        return scaled <= long.MaxValue / 4 && scaled == decimal.Truncate(scaled)
            ? (long)scaled
            : throw new RefusedChangeException(
                "invalid_limit",
                $"'{text}' is too large or too fine for a limit in {AdminEndpoints.Lower(unit)}."
            );
    }

    /// <summary>Reads an IANA time zone.</summary>
    public static TimeZoneInfo ParseTimeZone(string id) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone)
            ? zone
            : throw new RefusedChangeException("invalid_time_zone", $"'{id}' isn't a time zone. Use a name like Europe/Berlin or UTC.");

    /// <summary>Reads one of an enumeration's lower-case names.</summary>
    public static T ParseEnum<T>(string text, string what)
        where T : struct, Enum =>
        Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0])
            ? value
            : throw new RefusedChangeException(
                $"invalid_{what}",
                $"'{text}' isn't a {what}: one of {string.Join(", ", Enum.GetValues<T>().Select(AdminEndpoints.Lower))}."
            );

    private static object View(ControlSnapshot control, BalanceSnapshot balance)
    {
        var budget = balance.Budget;
        var lifetime = budget.Window.Kind == WindowKind.Lifetime;
        return new
        {
            budget.Id,
            budget.Name,
            Scope = new
            {
                Kind = AdminEndpoints.Lower(budget.Scope.Kind),
                budget.Scope.Id,
                Path = budget.Scope.Kind == ScopeKind.Account
                    ? control.Accounts.PathOf(budget.Scope.Id)
                    : control.FindKey(budget.Scope.Id)?.Name,
            },
            Unit = AdminEndpoints.Lower(budget.Unit),
            Window = AdminEndpoints.Lower(budget.Window.Kind),
            TimeZone = budget.Window.TimeZone.Id,
            Limit = Budget.Format(budget.Unit, budget.Limit),
            Hard = true,
            OnExhausted = "block",
            Posted = Budget.Format(budget.Unit, balance.Posted),
            Pending = Budget.Format(budget.Unit, balance.Pending),
            Remaining = Budget.Format(budget.Unit, balance.Remaining),
            WindowStart = lifetime ? (DateTimeOffset?)null : balance.Window.Start,
            ResetsAt = lifetime ? (DateTimeOffset?)null : balance.Window.End,
        };
    }

    private sealed record NewBudget(
        string? Name,
        string? Account,
        string? Key,
        string? Unit,
        string? Window,
        string? Limit,
        string? TimeZone
    );
}
