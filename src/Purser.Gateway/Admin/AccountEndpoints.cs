using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Purser.Core.Ledger;
using Purser.Gateway.Credentials;
using Purser.Gateway.Routing;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>The accounts and their memberships, as the admin API shows and takes them.</summary>
internal static class AccountEndpoints
{
    public static void Map(IEndpointRouteBuilder admin, AdminContext context)
    {
        AdminEndpoints.Handle(admin, "GET", "/accounts", context, _ => Task.FromResult<object?>(List(context)));
        AdminEndpoints.Handle(admin, "POST", "/accounts", context, http => CreateAsync(context, http));
        AdminEndpoints.Handle(admin, "GET", "/accounts/{id}/history", context, http => Task.FromResult<object?>(History(context, http)));
        AdminEndpoints.Handle(
            admin,
            "POST",
            "/accounts/{id}/move",
            context,
            async http =>
            {
                var body = await AdminEndpoints.ReadAsync<Move>(http);
                var to = body.To ?? throw new RefusedChangeException("invalid_to", "Say the account that it moves below: \"to\".");
                return await ChangeAsync(context, change => change.MoveAccount(Named(http), to, body.From));
            }
        );
        AdminEndpoints.Handle(
            admin,
            "POST",
            "/accounts/{id}/settings",
            context,
            async http =>
            {
                var said = await AdminEndpoints.ReadAsync<Settings>(http);
                return await ChangeAsync(context, Change(said, Named(http)));
            }
        );
        AdminEndpoints.Handle(
            admin,
            "POST",
            "/accounts/{id}/end",
            context,
            async http =>
            {
                var at = (await AdminEndpoints.ReadOptionalAsync<End>(http))?.At;
                return await ChangeAsync(context, change => change.EndMembership(Named(http), at));
            }
        );
        AdminEndpoints.Handle(
            admin,
            "POST",
            "/accounts/{id}/cancel",
            context,
            async http =>
            {
                var from = (await AdminEndpoints.ReadOptionalAsync<Cancel>(http))?.From;
                return await ChangeAsync(context, change => change.CancelPlans(Named(http), from));
            }
        );
    }

    /// <summary>What the body says is changed, and nothing else.</summary>
    private static Func<ControlTransaction, Account> Change(Settings said, string account)
    {
        if (said is { SubscriptionPassthrough: null, Routing: null })
        {
            throw new RefusedChangeException("no_setting", "Say \"subscription_passthrough\" or \"routing\".");
        }

        var allowed = said.SubscriptionPassthrough is { } passthrough ? ReadPassthrough(passthrough) : null;
        RoutingMode? mode = null;
        if (said.Routing is { } routing && !RoutingModes.TryRead(routing, out mode))
        {
            throw new RefusedChangeException("invalid_routing", "Say \"off\", \"suggest\", \"shadow\", \"on\" or \"inherit\".");
        }

        return change =>
        {
            var changed = said.SubscriptionPassthrough is null ? null : change.SetSubscriptions(account, allowed);
            return said.Routing is null ? changed! : change.SetRouting(account, mode);
        };
    }

    private static bool? ReadPassthrough(string? name) =>
        name switch
        {
            "allow" => true,
            "deny" => false,
            "inherit" => null,
            _ => throw new RefusedChangeException("invalid_subscription_passthrough", "Say \"allow\", \"deny\" or \"inherit\"."),
        };

    private static object List(AdminContext context)
    {
        var control = context.Store.Control;
        var accounts = control.Accounts;
        return new
        {
            Data = accounts
                .All.OrderBy(account => !accounts.IsPlaced(account.Id))
                .ThenBy(account => accounts.PathOf(account.Id))
                .Select(account => View(control, account)),
        };
    }

    private static async Task<object?> CreateAsync(AdminContext context, HttpContext http)
    {
        var body = await AdminEndpoints.ReadAsync<NewAccount>(http);
        var kind = BudgetRequest.ParseEnum<AccountKind>(body.Kind ?? "", "kind");
        var view = await ChangeAsync(context, change => change.CreateAccount(body.Name ?? "", kind, body.Parent ?? ""));
        http.Response.StatusCode = StatusCodes.Status201Created;
        return view;
    }

    private static async Task<object> ChangeAsync(AdminContext context, Func<ControlTransaction, Account> change)
    {
        var account = await context.Store.ChangeAsync(change);
        return View(context.Store.Control, account);
    }

    private static object View(ControlSnapshot control, Account account) =>
        new
        {
            account.Id,
            Kind = BudgetNames.Of(account.Kind),
            account.Name,
            Path = control.Accounts.IsPlaced(account.Id) ? control.Accounts.PathOf(account.Id) : null,
            Parent = account.ParentId,
            account.CreatedAt,
            SubscriptionPassthrough = control.Subscriptions.Of(account.Id) is { } allowed ? SubscriptionSettings.NameOf(allowed) : null,
            Routing = control.Routing.Of(account.Id) is { } mode ? RoutingModes.NameOf(mode) : null,
            Since = control.History.InForce(account.Id, control.From)?.From,
            Planned = control
                .History.Of(account.Id)
                .Where(membership => membership.From > control.From)
                .Select(membership => new
                {
                    membership.From,
                    Parent = membership.ParentId,
                    Path = PathThen(control, membership),
                }),
        };

    private static object History(AdminContext context, HttpContext http)
    {
        var control = context.Store.Control;
        var account =
            control.Accounts.Resolve(Named(http))
            ?? throw new RefusedChangeException("unknown_account", $"There is no account '{Named(http)}'.", "purser accounts list");
        var memberships = control.History.Of(account.Id);
        var present = control.History.InForce(account.Id, control.From);
        return new
        {
            Data = memberships.Select(
                (membership, i) =>
                    new
                    {
                        membership.From,
                        Until = i + 1 < memberships.Count ? memberships[i + 1].From : (DateTimeOffset?)null,
                        Parent = membership.ParentId,
                        Path = PathThen(control, membership),
                        State = membership == present ? "in_force"
                        : membership.From > control.From ? "planned"
                        : "past",
                    }
            ),
        };
    }

    /// <summary>The path of an account when a membership begins; null where it has none then.</summary>
    private static string? PathThen(ControlSnapshot control, Membership membership) =>
        membership.ParentId is null ? null
        : membership.From > control.From ? control.At(membership.From).Accounts.PathOf(membership.AccountId)
        : control.History.At(membership.From).PathOf(membership.AccountId);

    /// <summary>The id or the path in the address; the slashes of a path are escaped there.</summary>
    private static string Named(HttpContext http) =>
        ((string)http.GetRouteValue("id")!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private sealed record Settings(string? SubscriptionPassthrough, string? Routing);

    private sealed record NewAccount(string? Name, string? Kind, string? Parent);

    private sealed record Move(string? To, DateTimeOffset? From);

    private sealed record End(DateTimeOffset? At);

    private sealed record Cancel(DateTimeOffset? From);
}
