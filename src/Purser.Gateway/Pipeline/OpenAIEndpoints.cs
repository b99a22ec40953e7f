using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Purser.Core.Routing;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>What OpenAI's and Azure's clients ask for beside what is sent on to a provider.</summary>
internal sealed class OpenAIEndpoints(Authenticator authenticator, ModelCatalog catalog, TimeProvider clock)
{
    private const string Id = "id";

    // What Codex tries first. It goes on with POST at once where it's told so by this status, and tries again for a while where by another.
    private static readonly Refusal NoWebSocket = new(
        StatusCodes.Status426UpgradeRequired,
        "websocket_not_served",
        "Responses aren't served over a WebSocket here. Send them with POST; 'stream': true streams them."
    );

    public void Map(WebApplication app)
    {
        foreach (var path in new[] { "/v1/models", "/openai/v1/models", "/openai/models" })
        {
            app.MapGet($"{path}/{{**{Id}}}", (RequestDelegate)ShowAsync);
        }

        foreach (var path in new[] { "/openai/v1/models", "/openai/models" })
        {
            app.MapGet(path, (RequestDelegate)ListAsync);
        }

        foreach (var route in ProviderCatalog.Responses.Routes.Where(route => !route.Template.Contains('{', StringComparison.Ordinal)))
        {
            // HTTP/2 opens a WebSocket by CONNECT.
            app.MapMethods(route.Template, ["GET", "CONNECT"], (RequestDelegate)RefuseWebSocketAsync);
        }
    }

    private Task ListAsync(HttpContext http) =>
        authenticator.Authenticate(http.Request.Headers) is null
            ? RefuseAsync(http, ProviderCatalog.Chat, Refusal.InvalidKey)
            : SendAsync(http, ProviderCatalog.Chat.ModelList([.. Listed()]));

    private Task ShowAsync(HttpContext http)
    {
        var format = http.Request.Headers.ContainsKey("anthropic-version") ? ProviderCatalog.Messages : ProviderCatalog.Chat;
        if (authenticator.Authenticate(http.Request.Headers) is null)
        {
            return RefuseAsync(http, format, Refusal.InvalidKey);
        }

        var name = (http.GetRouteValue(Id) as string ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var found = catalog.Find(name).Select(model => model.Model).FirstOrDefault();
        var listed = Listed().FirstOrDefault(model => model.Id == found);
        return listed.Id is null
            ? RefuseAsync(http, format, new Refusal(404, Refusal.NotFound, $"No provider here serves the model '{name}'."))
            : SendAsync(http, Entry(format.ModelList([listed])));
    }

    /// <summary>The one entry of a list, as the format writes it alone.</summary>
    private static byte[] Entry(byte[] list)
    {
        using var document = JsonDocument.Parse(list);
        var entries = document.RootElement.EnumerateObject().First(member => member.Value.ValueKind == JsonValueKind.Array).Value;
        return Encoding.UTF8.GetBytes(entries[0].GetRawText());
    }

    private IEnumerable<ListedModel> Listed()
    {
        var now = clock.GetUtcNow();
        return catalog
            .Models.Where(model => model.Priced?.PriceAt(now) is not null)
            .Select(model => new ListedModel(model.Model, model.Provider))
            .DistinctBy(model => model.Id);
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
                $"This gateway serves POST {http.Request.Path} alone: stored responses belong to the provider's account, and aren't shown."
            );
            return RefuseAsync(http, ProviderCatalog.Responses, refusal);
        }

        http.Response.Headers.Upgrade = "HTTP/1.1";
        return RefuseAsync(http, ProviderCatalog.Responses, NoWebSocket);
    }

    private static Task SendAsync(HttpContext http, byte[] json)
    {
        http.Response.ContentType = "application/json";
        return http.Response.Body.WriteAsync(json, http.RequestAborted).AsTask();
    }

    private async Task RefuseAsync(HttpContext http, WireFormat format, Refusal refusal)
    {
        var now = clock.GetUtcNow();
        using var exchange = new Exchange(http, format, Guid.CreateVersion7(now), now, 0);
        await exchange.RefuseAsync(refusal);
    }
}
