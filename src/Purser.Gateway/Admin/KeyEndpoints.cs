using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>The virtual keys, as the admin API shows and takes them.</summary>
internal static class KeyEndpoints
{
    public static Task<object?> ListAsync(AdminContext context) =>
        Task.FromResult<object?>(new { Data = context.Store.Control.Keys.OrderBy(key => key.CreatedAt).Select(key => View(context, key)) });

    public static async Task<object?> CreateAsync(AdminContext context, HttpContext http)
    {
        var body = await AdminEndpoints.ReadAsync<NewKey>(http);
        var (key, secret) = await context.Store.ChangeAsync(change =>
            change.CreateKey(body.Account ?? "", body.Name ?? "", body.ExpiresAt)
        );
        http.Response.StatusCode = StatusCodes.Status201Created;
        return new
        {
            key.Id,
            key.Name,
            Account = key.AccountId,
            AccountPath = context.Store.Control.Accounts.PathOf(key.AccountId),
            Key = secret,
            key.ExpiresAt,
        };
    }

    public static async Task<object?> DisableAsync(AdminContext context, HttpContext http) =>
        View(context, await context.Store.ChangeAsync(change => change.DisableKey((string)http.GetRouteValue("id")!)));

    private static object View(AdminContext context, VirtualKey key) =>
        new
        {
            key.Id,
            key.Name,
            Account = key.AccountId,
            AccountPath = context.Store.Control.Accounts.PathOf(key.AccountId),
            key.CreatedAt,
            key.ExpiresAt,
            key.Disabled,
        };

    private sealed record NewKey(string? Account, string? Name, DateTimeOffset? ExpiresAt);
}
