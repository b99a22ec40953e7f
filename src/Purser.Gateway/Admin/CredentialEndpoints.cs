using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Purser.Gateway.Credentials;
using Purser.Gateway.Storage;
using Purser.Providers;

namespace Purser.Gateway.Admin;

/// <summary>The providers' credentials, as the admin API shows and takes them. A secret goes in, and never comes out.</summary>
internal static class CredentialEndpoints
{
    public static void Map(IEndpointRouteBuilder admin, AdminContext context)
    {
        AdminEndpoints.Handle(admin, "GET", "/credentials", context, _ => Task.FromResult<object?>(List(context)));
        AdminEndpoints.Handle(admin, "POST", "/credentials", context, http => AddAsync(context, http));
        AdminEndpoints.Handle(
            admin,
            "POST",
            "/credentials/{id}/rotate",
            context,
            async http =>
            {
                var secret = (await AdminEndpoints.ReadAsync<Rotation>(http)).Secret ?? "";
                return await ChangeAsync(context, change => change.RotateCredential(Named(http), secret, context.Options.MasterKey));
            }
        );
        AdminEndpoints.Handle(
            admin,
            "POST",
            "/credentials/{id}",
            context,
            async http =>
            {
                var body = await AdminEndpoints.ReadAsync<Change>(http);
                return await ChangeAsync(context, change => change.ChangeCredential(Named(http), body.Label, body.Weight, body.Disabled));
            }
        );
        AdminEndpoints.Handle(
            admin,
            "DELETE",
            "/credentials/{id}",
            context,
            async http =>
            {
                await context.Store.ChangeAsync(change =>
                {
                    change.RemoveCredential(Named(http));
                    return true;
                });
                http.Response.StatusCode = StatusCodes.Status204NoContent;
                return null;
            }
        );
    }

    private static object List(AdminContext context) => new { Data = context.Store.Control.Credentials.All.Select(View) };

    private static async Task<object?> AddAsync(AdminContext context, HttpContext http)
    {
        var body = await AdminEndpoints.ReadAsync<NewCredential>(http);
        var kind =
            ProviderCredential.KindOf(body.Kind ?? "key")
            ?? throw new RefusedChangeException(
                "invalid_kind",
                $"There is no kind '{body.Kind}'.",
                "key, service-account, aws-keys or entra"
            );
        var provider =
            context.Options.Providers.FirstOrDefault(provider => provider.Name == body.Provider)
            ?? throw new RefusedChangeException(
                "unknown_provider",
                $"There is no provider '{body.Provider}'.",
                $"Those of the configuration: {string.Join(", ", context.Options.Providers.Select(provider => provider.Name))}"
            );
        var taken = ProviderCatalog.FindApi(provider.Api)!.CredentialKinds;
        if (!taken.Contains(ProviderCredential.NameOf(kind)))
        {
            throw new RefusedChangeException("invalid_kind", $"'{provider.Name}' is called with: {string.Join(", ", taken)}.");
        }

        var view = await ChangeAsync(
            context,
            change =>
                change.AddCredential(provider.Name, body.Label ?? "", kind, body.Weight ?? 1, body.Secret ?? "", context.Options.MasterKey)
        );
        http.Response.StatusCode = StatusCodes.Status201Created;
        return view;
    }

    private static async Task<object?> ChangeAsync(AdminContext context, Func<ControlTransaction, ProviderCredential> change) =>
        View(await context.Store.ChangeAsync(change));

    private static object View(ProviderCredential credential) =>
        new
        {
            credential.Id,
            credential.Provider,
            credential.Label,
            Kind = ProviderCredential.NameOf(credential.Kind),
            credential.Weight,
            credential.Disabled,
            credential.LastFour,
            credential.CreatedAt,
            credential.RotatedAt,
        };

    private static string Named(HttpContext http) => (string)http.GetRouteValue("id")!;

    private sealed record NewCredential(string? Provider, string? Label, int? Weight, string? Kind, string? Secret);

    private sealed record Rotation(string? Secret);

    private sealed record Change(string? Label, int? Weight, bool? Disabled);
}
