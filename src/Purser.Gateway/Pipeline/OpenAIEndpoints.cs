using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>What OpenAI's clients ask for that isn't served.</summary>
internal sealed class OpenAIEndpoints(ModelEndpoints models)
{
    // What Codex tries first. It goes on with POST at once where it's told so by this status, and tries again for a while where by another.
    private static readonly Refusal NoWebSocket = new(
        StatusCodes.Status426UpgradeRequired,
        "websocket_not_served",
        "Responses aren't served over a WebSocket here. Send them with POST; 'stream': true streams them."
    );

    public void Map(WebApplication app)
    {
        foreach (var route in ProviderCatalog.Responses.Routes.Where(route => !route.Template.Contains('{', StringComparison.Ordinal)))
        {
            // HTTP/2 opens a WebSocket by CONNECT.
            app.MapMethods(route.Template, ["GET", "CONNECT"], (RequestDelegate)RefuseWebSocketAsync);
        }
    }

    private Task RefuseWebSocketAsync(HttpContext http)
    {
        if (
            !http.Request.Headers.Upgrade.ToString().Contains("websocket", StringComparison.OrdinalIgnoreCase)
            && http.Request.Method == "GET"
        )
        {
            var refusal = new Refusal(
                StatusCodes.Status405MethodNotAllowed,
                "method_not_served",
                $"This gateway serves POST {http.Request.Path}, and GET {http.Request.Path}/{{id}} for a stored response of your own; lists of them aren't served."
            );
            return models.RefuseAsync(http, ProviderCatalog.Responses, refusal);
        }

        http.Response.Headers.Upgrade = "HTTP/1.1";
        return models.RefuseAsync(http, ProviderCatalog.Responses, NoWebSocket);
    }
}
