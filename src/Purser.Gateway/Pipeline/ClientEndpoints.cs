using System.Collections.Frozen;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Purser.Gateway.Configuration;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>The paths that AI clients call.</summary>
internal static class ClientEndpoints
{
    public static void Map(
        WebApplication app,
        RequestPipeline pipeline,
        TokenCounting counting,
        ModelEndpoints models,
        Authenticator authenticator,
        IReadOnlyList<ProviderOptions> providers
    )
    {
        foreach (var format in ProviderCatalog.Formats)
        {
            foreach (var route in format.Routes)
            {
                app.MapPost(route.Template, (RequestDelegate)(http => pipeline.ServeAsync(http, format, route)));
            }

            foreach (var route in format.Counting?.Routes ?? [])
            {
                app.MapPost(route.Template, (RequestDelegate)(http => counting.ServeAsync(http, format, route)));
            }
        }

        models.Map(app);
        new OpenAIEndpoints(models).Map(app);
        new BedrockEndpoints(models, authenticator, RegionsOf(providers)).Map(app);
        // Claude Code asks this first, to see whether anyone is there.
        app.MapMethods("/api/hello", ["HEAD"], (RequestDelegate)(_ => Task.CompletedTask));
        // Agents that are told to send telemetry may take the gateway for its collector.
        foreach (var signal in (string[])["metrics", "logs", "traces"])
        {
            app.MapPost($"/v1/{signal}", (RequestDelegate)NoTelemetryAsync);
        }

        app.MapFallback((RequestDelegate)NotServedAsync);

        Task NoTelemetryAsync(HttpContext http) =>
            models.RefuseAsync(
                http,
                ModelEndpoints.FormatOf(http),
                new Refusal(
                    404,
                    "no_telemetry",
                    "This gateway takes no OpenTelemetry data: it meters the calls themselves. Set OTEL_EXPORTER_OTLP_ENDPOINT to a collector."
                )
            );

        Task NotServedAsync(HttpContext http) =>
            models.RefuseAsync(
                http,
                ModelEndpoints.FormatOf(http),
                new Refusal(
                    404,
                    "not_served",
                    $"This gateway doesn't serve {http.Request.Method} {http.Request.Path}. It serves {string.Join(", ", Served)} and GET /v1/models."
                )
            );
    }

    private static FrozenDictionary<string, string> RegionsOf(IReadOnlyList<ProviderOptions> providers) =>
        providers
            .Where(provider => provider.Region is not null)
            .ToFrozenDictionary(provider => provider.Name, provider => provider.Region!, StringComparer.Ordinal);

    // The first path of each format: the others are the same for other clients.
    private static IEnumerable<string> Served =>
        ProviderCatalog
            .Formats.SelectMany(served => served.Routes.Take(1).Concat(served.Counting?.Routes.Take(1) ?? []))
            .Select(served => $"POST {served.Template}");
}
