using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Routing;
using Purser.Providers;
using Purser.Providers.Ollama;

namespace Purser.Gateway.Pipeline;

/// <summary>The lists of models, in each client's form.</summary>
internal sealed class ModelEndpoints(Authenticator authenticator, ModelCatalog catalog, RoutingOptions? routing, TimeProvider clock)
{
    private const string Json = "application/json";
    private const long LargestQuestion = 64 << 10;

    // That whose API is served here.
    private static readonly byte[] OllamaVersion = """{"version":"0.30.0"}"""u8.ToArray();

    public void Map(WebApplication app)
    {
        // Azure's clients have paths of their own.
        foreach (var path in (IEnumerable<string>)["/v1/models", "/openai/v1/models", "/openai/models"])
        {
            app.MapGet(path, (RequestDelegate)(http => ListAsync(http, FormatOf(http))));
            app.MapGet(path + "/{**model}", (RequestDelegate)(http => ShowAsync(http, FormatOf(http))));
        }

        app.MapGet("/v1beta/models", (RequestDelegate)(http => ListAsync(http, ProviderCatalog.Gemini)));
        app.MapGet("/v1beta/models/{model}", (RequestDelegate)(http => ShowAsync(http, ProviderCatalog.Gemini)));
        app.MapGet("/api/tags", (RequestDelegate)(http => ListAsync(http, ProviderCatalog.Ollama)));
        app.MapPost("/api/show", (RequestDelegate)ShowOllamaAsync);
        // Clients ask for it to see what they may send; nothing is in its answer that needs a key.
        app.MapGet("/api/version", (RequestDelegate)(http => SendAsync(http, OllamaVersion)));
    }

    /// <summary>The format of a client that calls a path which several have.</summary>
    public static WireFormat FormatOf(HttpContext http)
    {
        var (headers, path) = (http.Request.Headers, http.Request.Path);
        return headers.ContainsKey("anthropic-version") || path.StartsWithSegments("/v1/messages") ? ProviderCatalog.Messages
            : headers.ContainsKey("x-goog-api-key")
            || http.Request.Query.ContainsKey("key")
            || path.StartsWithSegments("/v1beta")
            || path.StartsWithSegments("/v1/projects")
                ? ProviderCatalog.Gemini
            : path.StartsWithSegments("/api") ? ProviderCatalog.Ollama
            : path.StartsWithSegments("/v2") ? ProviderCatalog.Cohere
            : path.StartsWithSegments("/model")
            || path.StartsWithSegments("/inference-profiles")
            || path.StartsWithSegments("/foundation-models")
                ? ProviderCatalog.Converse
            : ProviderCatalog.Chat;
    }

    /// <summary>Answers with a refusal in a client's format.</summary>
    public async Task RefuseAsync(HttpContext http, WireFormat format, Refusal refusal)
    {
        var now = clock.GetUtcNow();
        using var exchange = new Exchange(http, format, Guid.CreateVersion7(now), now, 0);
        await exchange.RefuseAsync(refusal);
    }

    private Task ListAsync(HttpContext http, WireFormat format) =>
        authenticator.Authenticate(http.Request) is null
            ? RefuseAsync(http, format, Refusal.InvalidKey)
            : SendAsync(http, format.ModelList([.. Listed(format)]));

    private Task ShowAsync(HttpContext http, WireFormat format)
    {
        if (authenticator.Authenticate(http.Request) is null)
        {
            return RefuseAsync(http, format, Refusal.InvalidKey);
        }

        var name = (http.GetRouteValue("model") as string ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        return ShowAsync(http, format, name, listed => Entry(format.ModelList([listed])));
    }

    /// <summary>The models that can be asked for in a format.</summary>
    public IReadOnlyList<ListedModel> ListedFor(WireFormat format) => [.. Listed(format)];

    /// <summary>The one entry of a list, as the format writes it alone.</summary>
    public static byte[] Entry(byte[] list)
    {
        using var document = JsonDocument.Parse(list);
        var entries = document.RootElement.EnumerateObject().First(member => member.Value.ValueKind == JsonValueKind.Array).Value;
        return Encoding.UTF8.GetBytes(entries[0].GetRawText());
    }

    private async Task ShowOllamaAsync(HttpContext http)
    {
        var format = ProviderCatalog.Ollama;
        if (authenticator.Authenticate(http.Request) is null)
        {
            await RefuseAsync(http, format, Refusal.InvalidKey);
            return;
        }

        var now = clock.GetUtcNow();
        using var exchange = new Exchange(http, format, Guid.CreateVersion7(now), now, 0);
        if (await exchange.ReadBodyAsync(new BodyLimits(LargestQuestion, Spill: null)) is { } refusal)
        {
            await exchange.RefuseAsync(refusal);
            return;
        }

        await ShowAsync(http, format, OllamaFormat.ShownModel(exchange.Body.Span) ?? "", OllamaFormat.ModelEntry);
    }

    private Task ShowAsync(HttpContext http, WireFormat format, string name, Func<ListedModel, byte[]> write)
    {
        var found = catalog.Find(name).Select(model => model.Model).FirstOrDefault();
        // A name of the routing's is no model's.
        var listed = Listed(format).FirstOrDefault(model => model.Id == (found ?? name));
        return listed.Id is null
            ? RefuseAsync(http, format, new Refusal(404, Refusal.NotFound, $"No provider here serves the model '{name}'."))
            : SendAsync(http, write(listed));
    }

    /// <summary>
    /// The models with a price. Clients of OpenAI and Anthropic get all of them, whatever they can be asked in; those whose lists say what a model can
    /// do get the ones that they can use. Behind them what can be asked for in their place: the routing's policies and aliases.
    /// </summary>
    private IEnumerable<ListedModel> Listed(WireFormat format)
    {
        var models = Models(format).ToList();
        return routing is null ? models : models.Concat(Names(routing, models));
    }

    /// <summary>The routing's names, each with the limits of the first model that it may go to.</summary>
    private IEnumerable<ListedModel> Names(RoutingOptions options, List<ListedModel> models)
    {
        var names = options.Policies.Values.ToDictionary(
            RouteNames.AskedAs,
            policy => policy.Candidates.Prepend(policy.Reference),
            StringComparer.Ordinal
        );
        foreach (var (alias, target) in options.Aliases)
        {
            names.TryAdd(alias, names.GetValueOrDefault(target) ?? [target]);
        }

        foreach (var (name, goesTo) in names.OrderBy(named => named.Key, StringComparer.Ordinal))
        {
            var ids = goesTo.SelectMany(catalog.Find).Select(model => model.Model);
            if (ids.SelectMany(id => models.Where(model => model.Id == id)).Cast<ListedModel?>().FirstOrDefault() is { } first)
            {
                yield return first with
                {
                    Id = name,
                    OwnedBy = "purser",
                };
            }
        }
    }

    private IEnumerable<ListedModel> Models(WireFormat format)
    {
        var now = clock.GetUtcNow();
        return catalog
            .Models.Where(model => model.Priced?.PriceAt(now) is not null && format.Lists(model.Formats.Serve))
            .Select(model => new ListedModel(
                model.Model,
                model.Provider,
                ContextTokens: model.Priced!.ContextTokens,
                MaxOutputTokens: model.Priced.MaxOutputTokens
            ))
            .DistinctBy(model => model.Id);
    }

    /// <summary>Answers with JSON.</summary>
    public static Task SendAsync(HttpContext http, ReadOnlyMemory<byte> body)
    {
        http.Response.ContentType = Json;
        return http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }
}
