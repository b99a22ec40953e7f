using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Purser.Core.Routing;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>The paths that AI clients call.</summary>
internal static class ClientEndpoints
{
    public static void Map(
        WebApplication app,
        RequestPipeline pipeline,
        TokenCounting counting,
        Authenticator authenticator,
        ModelCatalog catalog,
        TimeProvider clock
    )
    {
        var openai = ProviderCatalog.ByApi("openai")!;
        var anthropic = ProviderCatalog.ByApi("anthropic")!;
        foreach (var format in ProviderCatalog.All)
        {
            app.MapPost(format.ClientPath, (RequestDelegate)(http => pipeline.ServeAsync(http, format)));
        }

        app.MapPost(anthropic.ClientPath + TokenCounting.Subpath, (RequestDelegate)(http => counting.ServeAsync(http, anthropic)));
        app.MapGet("/v1/models", (RequestDelegate)ListModelsAsync);
        // Claude Code asks this first, to see whether anyone is there.
        app.MapMethods("/api/hello", ["HEAD"], (RequestDelegate)(_ => Task.CompletedTask));
        app.MapFallback((RequestDelegate)NotServedAsync);

        Task ListModelsAsync(HttpContext http)
        {
            var format = FormatOf(http, openai, anthropic);
            if (authenticator.Authenticate(http.Request.Headers) is null)
            {
                return RefuseAsync(http, format, Refusal.InvalidKey);
            }

            var now = clock.GetUtcNow();
            var listed = catalog
                .Models.Where(model => model.Priced?.PriceAt(now) is not null)
                .Select(model => new ListedModel(model.Model, model.Provider))
                .DistinctBy(model => model.Id);
            http.Response.ContentType = "application/json";
            return http.Response.Body.WriteAsync(format.ModelList([.. listed]), http.RequestAborted).AsTask();
        }

        Task NotServedAsync(HttpContext http) =>
            RefuseAsync(
                http,
                FormatOf(http, openai, anthropic),
                new Refusal(
                    404,
                    "not_served",
                    $"This gateway doesn't serve {http.Request.Method} {http.Request.Path}. It serves {string.Join(", ", ProviderCatalog.All.Select(served => $"POST {served.ClientPath}"))}, POST {anthropic.ClientPath}{TokenCounting.Subpath} and GET /v1/models."
                )
            );

        async Task RefuseAsync(HttpContext http, WireFormat format, Refusal refusal)
        {
            var now = clock.GetUtcNow();
            using var exchange = new Exchange(http, format, Guid.CreateVersion7(now), now, 0);
            await exchange.RefuseAsync(refusal);
        }
    }

    private static WireFormat FormatOf(HttpContext http, WireFormat openai, WireFormat anthropic) =>
        http.Request.Headers.ContainsKey("anthropic-version") || http.Request.Path.StartsWithSegments("/v1/messages") ? anthropic : openai;
}
