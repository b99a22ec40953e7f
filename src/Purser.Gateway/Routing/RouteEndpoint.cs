using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Purser.Core.Ledger;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Storage;
using Purser.Providers;
using Purser.Routing.Choice;

namespace Purser.Gateway.Routing;

/// <summary>
/// <c>/v1/route</c>, with a client's own key. <c>GET</c>: what can be asked for, and what it stands for. <c>POST</c> with a request's body: where the
/// request would go and what it would cost at each model. Nothing is reserved, nothing is sent, and nothing is kept.
/// </summary>
internal sealed class RouteEndpoint(
    Authenticator authenticator,
    RequestRouter router,
    RoutingOptions? options,
    RouteListing listing,
    ModelCatalog catalog,
    LedgerStore store,
    RepositoryProjects repositories,
    BodyLimits bodies,
    TimeProvider clock
)
{
    private const string Path = "/v1/route";

    // What a client's format is called in the address, beside the formats' own names.
    private const string FormatParameter = "format";

    /// <summary>Maps it.</summary>
    public void Map(WebApplication app)
    {
        app.MapGet(Path, (RequestDelegate)ShowAsync);
        app.MapPost(Path, (RequestDelegate)TryAsync);
    }

    private async Task ShowAsync(HttpContext http)
    {
        using var exchange = ExchangeOf(http, ModelEndpoints.FormatOf(http));
        if (authenticator.Authenticate(http.Request) is not { } key)
        {
            await exchange.RefuseAsync(Refusal.InvalidKey);
            return;
        }

        await SendAsync(
            http,
            json =>
            {
                json.WriteString("mode", RoutingModes.NameOf(store.Control.Routing.For(key.Subject)));
                listing.WriteTo(json);
            }
        );
    }

    private async Task TryAsync(HttpContext http)
    {
        var format = FormatOf(http);
        using var exchange = ExchangeOf(http, format ?? ProviderCatalog.Chat);
        var refusal = format is null
            ? Refusal.BadRequest(
                "unknown_format",
                $"There is no format of that name. There are: {string.Join(", ", ProviderCatalog.Formats.Select(known => known.Name))}."
            )
            : await TryAsync(exchange);
        if (refusal is not null)
        {
            await exchange.RefuseAsync(refusal.Of(AttemptId.NameOf(exchange.RequestId)));
        }
    }

    private async Task<Refusal?> TryAsync(Exchange exchange)
    {
        var http = exchange.Http;
        if (authenticator.Authenticate(http.Request) is not { } key)
        {
            return Refusal.InvalidKey;
        }

        var (identity, refusal) = Identity.Read(key, http.Request.Headers);
        if (identity is null || (refusal ??= await exchange.ReadBodyAsync(bodies)) is not null)
        {
            return refusal;
        }

        // In the formats whose paths name the model, it comes in the address here.
        http.Request.RouteValues[ClientRoute.Model] = http.Request.Query.TryGetValue("model", out var model) ? model.ToString() : null;
        (var understanding, refusal) = Understanding.Read(exchange.Format, exchange.Body.Written, exchange.Target);
        if (understanding is null)
        {
            return refusal;
        }

        var subject = identity.SubjectFor(identity.Hints.With(understanding.Facts), understanding.Facts, repositories);
        var routed = router.Route(exchange, understanding, subject);
        var decision = routed?.Decision ?? Router.Route(understanding.Profile, catalog, exchange.StartedAt);
        var names = Quoted(understanding.Profile.Model, all: http.Request.Query["all"] == "true" || options is null);
        var quoted = router.Quote(names, exchange, understanding, subject);
        await SendAsync(http, json => WriteQuotes(json, understanding.Profile.Model, decision, routed?.Record, quoted));
        return null;
    }

    /// <summary>The names that are quoted: those of the policies and the one that is asked for, or every model there is.</summary>
    private List<string> Quoted(string asked, bool all)
    {
        var names = all
            ? catalog
                .Models.Where(model => model.Priced is { } priced && !priced.Aliases.Contains(model.Model))
                .Select(model => $"{model.Provider}/{model.Model}")
            : options!
                .Policies.Values.SelectMany(policy => policy.Candidates.Prepend(policy.Reference))
                .Concat(catalog.Find(asked).Count > 0 ? [asked] : (IEnumerable<string>)[]);
        return [.. names.Distinct(StringComparer.Ordinal)];
    }

    private static void WriteQuotes(Utf8JsonWriter json, string asked, RouteDecision decision, RouteRecord? record, in QuotedModels quoted)
    {
        json.WriteString("asked", asked);
        if (decision.Candidates is [var first, ..])
        {
            json.WriteString("model", first.Model.Model);
            json.WriteString("provider", first.Model.Provider);
            json.WriteString("at_most_usd", first.Ceiling.ToString());
        }

        json.WriteString("reason", decision.Reason);
        record?.WriteTo(json);
        json.WriteStartArray("models");
        // The cheapest first; those that can't do it last.
        foreach (
            var (option, place) in quoted
                .Options.Zip(quoted.Places)
                .OrderBy(pair => pair.First.Unable is not null)
                .ThenBy(pair => pair.First.Expected)
        )
        {
            Write(json, option, place.First);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, RouteOption option, Candidate? first)
    {
        json.WriteStartObject();
        json.WriteString("model", option.Model);
        EventDetail.WriteOptional(json, "provider", first?.Model.Provider);
        if (option.Unable is { } why)
        {
            json.WriteString("unable", why);
        }
        else
        {
            json.WriteString("expected_usd", option.Expected.ToString());
            json.WriteString("at_most_usd", first!.Ceiling.ToString());
            json.WriteString("price_entry", first.Price.Entry);
        }

        json.WriteEndObject();
    }

    private static WireFormat? FormatOf(HttpContext http) =>
        http.Request.Query.TryGetValue(FormatParameter, out var name)
            ? ProviderCatalog.Formats.FirstOrDefault(format => format.Name == name.ToString())
            : ModelEndpoints.FormatOf(http);

    private Exchange ExchangeOf(HttpContext http, WireFormat format)
    {
        var now = clock.GetUtcNow();
        return new Exchange(http, format, Guid.CreateVersion7(now), now, Stopwatch.GetTimestamp());
    }

    private static async Task SendAsync(HttpContext http, Action<Utf8JsonWriter> members)
    {
        using var body = new PooledBuffer(4096);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        await ModelEndpoints.SendAsync(http, body.Written);
    }
}
