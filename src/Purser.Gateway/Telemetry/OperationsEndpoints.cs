using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Telemetry;

/// <summary>What an orchestrator and a Prometheus server ask.</summary>
internal static class OperationsEndpoints
{
    public static void Map(WebApplication app, LedgerStore store)
    {
        app.MapGet("/health/live", (RequestDelegate)(http => http.Response.WriteAsync("live\n")));
        app.MapGet("/health/ready", (RequestDelegate)ReadyAsync);
        app.MapPrometheusScrapingEndpoint("/metrics");

        Task ReadyAsync(HttpContext http)
        {
            var fault = store.Fault;
            http.Response.StatusCode = fault is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            // Which store is down, not why: the reason can hold paths, and is in the log.
            return http.Response.WriteAsJsonAsync(
                new
                {
                    ready = fault is null,
                    stores = new[]
                    {
                        new { name = "ledger", state = State(fault) },
                        // Without them there are no reports, but requests are served and paid for as ever.
                        new { name = "usage_events", state = State(store.EventsFault) },
                    },
                }
            );
        }

        static string State(Exception? fault) => fault is null ? "up" : "down";
    }
}
