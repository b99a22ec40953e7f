using Microsoft.AspNetCore.Http;
using Purser.Core.Ledger;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>The accounts, as the admin API shows and takes them.</summary>
internal static class AccountEndpoints
{
    public static Task<object?> ListAsync(AdminContext context)
    {
        var accounts = context.Store.Control.Accounts;
        return Task.FromResult<object?>(
            new { Data = accounts.All.OrderBy(account => accounts.PathOf(account.Id)).Select(account => View(accounts, account)) }
        );
    }

    public static async Task<object?> CreateAsync(AdminContext context, HttpContext http)
    {
        var body = await AdminEndpoints.ReadAsync<NewAccount>(http);
        var kind = BudgetRequest.ParseEnum<AccountKind>(body.Kind ?? "", "kind");
        var account = await context.Store.ChangeAsync(change => change.CreateAccount(body.Name ?? "", kind, body.Parent ?? ""));
        http.Response.StatusCode = StatusCodes.Status201Created;
        return View(context.Store.Control.Accounts, account);
    }

    private static object View(AccountTree accounts, Account account) =>
        new
        {
            account.Id,
            Kind = BudgetNames.Of(account.Kind),
            account.Name,
            Path = accounts.PathOf(account.Id),
            Parent = account.ParentId,
            account.CreatedAt,
        };

    private sealed record NewAccount(string? Name, string? Kind, string? Parent);
}
