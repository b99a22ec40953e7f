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
        var messages = ProviderCatalog.Messages;
        foreach (var format in ProviderCatalog.Formats)
        {
            foreach (var route in format.Routes)
            {
                app.MapPost(route.Template, (RequestDelegate)(http => pipeline.ServeAsync(http, format, route)));
            }
        }

        app.MapPost(messages.Routes[0].Template + TokenCounting.Subpath, (RequestDelegate)(http => counting.ServeAsync(http, messages)));
        app.MapGet("/v1/models", (RequestDelegate)ListModelsAsync);
        new OpenAIEndpoints(authenticator, catalog, clock).Map(app);
        // Claude Code asks this first, to see whether anyone is there.
        app.MapMethods("/api/hello", ["HEAD"], (RequestDelegate)(_ => Task.CompletedTask));
        app.MapFallback((RequestDelegate)NotServedAsync);

        Task ListModelsAsync(HttpContext http)
        {
            var format = FormatOf(http);
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
                FormatOf(http),
                new Refusal(
                    404,
                    "not_served",
                    $"This gateway doesn't serve {http.Request.Method} {http.Request.Path}. It serves {string.Join(", ", ProviderCatalog.Formats.Select(served => $"POST {served.Routes[0].Template}"))}, POST {messages.Routes[0].Template}{TokenCounting.Subpath} and GET /v1/models."
                )
            );

        async Task RefuseAsync(HttpContext http, WireFormat format, Refusal refusal)
        {
            var now = clock.GetUtcNow();
            using var exchange = new Exchange(http, format, Guid.CreateVersion7(now), now, 0);
            await exchange.RefuseAsync(refusal);
        }
    }

    private static WireFormat FormatOf(HttpContext http) =>
        http.Request.Headers.ContainsKey("anthropic-version") || http.Request.Path.StartsWithSegments("/v1/messages")
            ? ProviderCatalog.Messages
            : ProviderCatalog.Chat;
}
