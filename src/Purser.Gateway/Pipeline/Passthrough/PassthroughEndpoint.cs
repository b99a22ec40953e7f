using System.Collections.Frozen;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Purser.Core.Ledger;
using Purser.Providers;
using Purser.Providers.Passthrough;

namespace Purser.Gateway.Pipeline.Passthrough;

/// <summary>
/// Serves <c>/passthrough/PROVIDER/…</c>: what a provider offers at its own paths, where that is on a list and has a price.
/// <list type="number">
/// <item>authenticate;</item>
/// <item>split the target as it came over the wire: a path that isn't plain is refused, and nothing is unescaped;</item>
/// <item>a path of a format that the provider speaks is served as ever, by that provider alone;</item>
/// <item>any other has to be on the list of the provider's API, or on the operator's.</item>
/// </list>
/// </summary>
internal sealed partial class PassthroughEndpoint(
    Authenticator authenticator,
    RequestPipeline pipeline,
    PassthroughCall call,
    ModelEndpoints models,
    FrozenDictionary<string, Provider> providers,
    TimeProvider clock,
    ILogger<PassthroughEndpoint> logger
)
{
    /// <summary>What the ledger calls these requests.</summary>
    public const string Api = "passthrough";

    private const string Prefix = "/passthrough/";

    /// <summary>Maps all that is below the prefix.</summary>
    public void Map(WebApplication app) => app.Map(Prefix + "{**rest}", (RequestDelegate)ServeAsync);

    private async Task ServeAsync(HttpContext http)
    {
        // Step 1: authenticate.
        if (authenticator.Authenticate(http.Request) is null)
        {
            await RefuseAsync(http, Refusal.InvalidKey);
            return;
        }

        // Step 2: split.
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!PassthroughPath.TrySplit(target, Prefix, out var name, out var path))
        {
            await RefuseAsync(http, NotPlain);
            return;
        }

        if (!providers.TryGetValue(name, out var provider))
        {
            await RefuseAsync(http, new Refusal(404, "provider_not_found", $"There is no provider '{name}' here."));
            return;
        }

        // Step 3: a format that it speaks.
        if (http.Request.Method == "POST" && Known(provider.Api, path) is var (format, route, model))
        {
            http.Request.RouteValues[ClientRoute.Model] = model;
            await pipeline.ServeAsync(http, format, route, name);
            return;
        }

        // Step 4: a route on the lists.
        var closed = PassthroughPath.FindClosed(path);
        var listed = closed is null ? Listed(provider, http.Request.Method, path) : null;
        if (listed is null)
        {
            await RefuseAsync(http, closed is null ? NotListed(http.Request.Method, name, path) : Closed(closed));
            return;
        }

        await CallAsync(http, provider, listed, path);
    }

    private async Task CallAsync(HttpContext http, Provider provider, PassthroughRoute route, string path)
    {
        var now = clock.GetUtcNow();
        using var exchange = new Exchange(http, ModelEndpoints.FormatOf(http), Guid.CreateVersion7(now), now, Stopwatch.GetTimestamp())
        {
            Api = Api,
            Only = provider.Options.Name,
        };
        try
        {
            await call.ServeAsync(exchange, provider, route, path);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client left; what was spent is settled.
        }
        catch (Exception exception)
        {
            LogBug(logger, AttemptId.NameOf(exchange.RequestId), exception);
            await exchange.RefuseAsync(new Refusal(500, "internal_error", "Purser failed on this request; its log says why."));
        }
    }

    private static (WireFormat Format, ClientRoute Route, string? Model)? Known(ProviderApi api, string path)
    {
        foreach (var format in ProviderCatalog.Formats.Where(format => api.Formats.Any(own => own.Name == format.Name)))
        {
            foreach (var route in format.Routes)
            {
                if (PassthroughRoute.TryMatch(route.Template, path, out var model))
                {
                    return (format, route, model);
                }
            }
        }

        return null;
    }

    private static PassthroughRoute? Listed(Provider provider, string method, string path) =>
        provider
            .Options.Passthrough.Concat(provider.Api.PassthroughRoutes)
            .FirstOrDefault(route => route.Method == method && route.Matches(path));

    private Task RefuseAsync(HttpContext http, Refusal refusal) => models.RefuseAsync(http, ModelEndpoints.FormatOf(http), refusal);

    private static Refusal NotPlain { get; } =
        Refusal.BadRequest(
            "path_not_plain",
            "A path that is passed through is /passthrough/PROVIDER/…, with letters, digits and - . _ ~ : @ alone: no escapes, no empty parts, no dots at a part's end."
        );

    private static Refusal Closed(string part) =>
        new(
            StatusCodes.Status403Forbidden,
            "route_closed",
            $"'{part}' isn't passed through: a provider's administration, and what it keeps for the organization (files, batches, responses, assistants …), "
                + "aren't reached with the organization's key. Files, batches and stored responses of your own are at the gateway's own paths (/v1/files …)."
        );

    private static Refusal NotListed(string method, string provider, string path) =>
        new(
            StatusCodes.Status403Forbidden,
            "route_not_allowed",
            $"{method} {path} isn't on the list of what is passed through to '{provider}', for nothing says what it costs. An operator can allow it in purser.yml: "
                + $"providers: - name: {provider} / passthrough: - route: {method} {path}, with 'free: true' or its price (docs/passthrough.md)."
        );

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} failed in the gateway itself")]
    private static partial void LogBug(ILogger logger, string requestId, Exception exception);
}
