using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Purser.Core.Budgets;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>Budgets as the admin API shows and takes them.</summary>
internal static class BudgetView
{
    public static async Task<object?> ListAsync(AdminContext context)
    {
        var balances = await context.Store.BalancesAsync();
        var control = context.Store.Control;
        var byId = balances.ToLookup(balance => balance.Budget.Id, StringComparer.Ordinal);
        // A budget for each of a kind has a row for every one that was used; before the first, one with its limit.
        return new
        {
            Data = control.Budgets.SelectMany(budget =>
                byId[budget.Id]
                    .DefaultIfEmpty(new BalanceSnapshot(budget, BudgetWindow.Always, 0, 0))
                    .Select(balance => View(control, balance))
            ),
        };
    }

    public static async Task<object?> SetAsync(AdminContext context, HttpContext http)
    {
        var body = await AdminEndpoints.ReadAsync<BudgetRequest>(http);
        var budget = await context.Store.ChangeAsync(change => change.SetBudget(body.Resolve(change)));
        var balances = await context.Store.BalancesAsync();
        var balance = balances.FirstOrDefault(balance => balance.Budget.Id == budget.Id);
        return View(context.Store.Control, balance ?? new BalanceSnapshot(budget, BudgetWindow.Always, 0, 0));
    }

    public static async Task<object?> RemoveAsync(AdminContext context, HttpContext http)
    {
        await context.Store.ChangeAsync(change =>
        {
            change.RemoveBudget(change.ResolveBudget(NamedIn(http)).Id);
            return true;
        });
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return null;
    }

    /// <summary>
    /// The id or name of a budget in the address of a call. Names may have slashes in them, which a route's values would leave escaped.
    /// </summary>
    public static string NamedIn(HttpContext http)
    {
        var segments = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0].Split('/');
        return Uri.UnescapeDataString(segments[Array.IndexOf(segments, "budgets") + 1]);
    }

    /// <summary>A scope for people: the paths and names of what it's made of.</summary>
    public static string PathOf(ControlSnapshot control, BudgetScope scope) =>
        string.Join(" + ", scope.Parts().Select(part => PathOf(control, part)));

    private static string PathOf(ControlSnapshot control, Scope scope) =>
        scope.IsEach ? $"each {BudgetNames.Of(scope)}"
        : scope.Kind is ScopeKind.Account or ScopeKind.Member
            ? control.Accounts.Find(scope.Id) is null ? scope.Id
                : control.Accounts.PathOf(scope.Id)
        : scope.Kind == ScopeKind.Key ? control.FindKey(scope.Id)?.Name ?? scope.Id
        : scope.IdText;

    private static object View(ControlSnapshot control, BalanceSnapshot balance)
    {
        var budget = balance.Budget;
        var bounded = balance.Window.Start > DateTimeOffset.MinValue && balance.Window.End < DateTimeOffset.MaxValue;
        var scope = balance.Instance.First;
        var second = balance.Instance.Second;
        return new
        {
            budget.Id,
            budget.Name,
            Scope = new
            {
                Kind = second is null ? BudgetNames.Of(scope.Kind) : $"{BudgetNames.Of(scope.Kind)}+{BudgetNames.Of(second.Value.Kind)}",
                Id = second is null ? scope.IdText : balance.Instance.ToString(),
                Path = PathOf(control, balance.Instance),
            },
            Unit = BudgetNames.Of(budget.Unit),
            Window = WindowName(budget.Window),
            TimeZone = budget.Window.TimeZone.Id,
            Limit = Budget.Format(budget.Unit, budget.Limit),
            Allowed = Budget.Format(budget.Unit, balance.Limit),
            Hard = budget.IsHard,
            OnExhausted = BudgetNames.Of(budget.OnExhausted),
            budget.Thresholds,
            Forecast = budget.ForecastPercent,
            Posted = Budget.Format(budget.Unit, balance.Posted),
            Pending = Budget.Format(budget.Unit, balance.Pending),
            Remaining = Budget.Format(budget.Unit, balance.Remaining),
            WindowStart = bounded ? balance.Window.Start : (DateTimeOffset?)null,
            ResetsAt = bounded ? balance.Window.End : (DateTimeOffset?)null,
        };
    }

    private static string WindowName(BudgetWindow window) =>
        window.Length > TimeSpan.Zero ? $"{BudgetNames.Of(window.Kind)}:{BudgetNames.Length(window.Length)}" : BudgetNames.Of(window.Kind);
}
