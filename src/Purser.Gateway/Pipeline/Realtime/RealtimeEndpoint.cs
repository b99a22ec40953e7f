using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Purser.Core.Ledger;
using Purser.Core.Routing;
using Purser.Gateway.Credentials;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Gateway.Storage;
using Purser.Providers;

namespace Purser.Gateway.Pipeline.Realtime;

/// <summary>
/// Opens realtime sessions:
/// <list type="number">
/// <item>authenticate and identify, as any request;</item>
/// <item>find the model, and take a place among the sessions;</item>
/// <item>hold the first response's money;</item>
/// <item>open the provider's WebSocket, and only then the client's.</item>
/// </list>
/// </summary>
internal sealed partial class RealtimeEndpoint(
    PipelineParts parts,
    ModelEndpoints models,
    ILogger<RealtimeEndpoint> logger,
    CancellationToken stopping
)
{
    private const string KeyProtocol = "openai-insecure-api-key.";
    private const int LongestEvent = 64 << 20;

    private static readonly string[] Paths = ["/v1/realtime", "/openai/v1/realtime", "/openai/realtime"];

    // They would let a browser speak with the provider itself, where nothing is reserved and nothing is seen of what is used.
    private static readonly string[] Bypasses = ["client_secrets", "calls", "calls/{**rest}", "sessions", "transcription_sessions"];

    // A browser's page, and what the caller's own tracing says.
    private static readonly HashSet<string> EndHere = new(
        ["origin", "baggage", "traceparent", "tracestate"],
        StringComparer.OrdinalIgnoreCase
    );

    private readonly ConcurrentDictionary<string, int> byKey = new(StringComparer.Ordinal);
    private int sessions;

    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        foreach (var path in Paths)
        {
            // HTTP/2 opens a WebSocket by CONNECT.
            app.MapMethods(path, ["GET", "CONNECT"], (RequestDelegate)ServeAsync);
            foreach (var bypass in Bypasses)
            {
                app.MapPost($"{path}/{bypass}", (RequestDelegate)(http => models.RefuseAsync(http, ProviderCatalog.Chat, Bypass(http))));
            }
        }
    }

    private static Refusal Bypass(HttpContext http) =>
        new(
            StatusCodes.Status403Forbidden,
            "realtime_bypass_not_served",
            $"{http.Request.Path} opens a session between the client and the provider itself, which no budget would see. Open a WebSocket at "
                + "/v1/realtime?model=… with the Purser key instead."
        );

    private async Task ServeAsync(HttpContext http)
    {
        var now = parts.Clock.GetUtcNow();
        using var exchange = new Exchange(http, ProviderCatalog.Chat, Guid.CreateVersion7(now), now, 0) { Api = ProviderApi.Realtime };
        try
        {
            if (await ServeAsync(exchange) is { } refusal)
            {
                parts.Metrics?.Refused(ProviderApi.Realtime, refusal.Code);
                await exchange.RefuseAsync(refusal.Of(AttemptId.NameOf(exchange.RequestId)));
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client left before anything was decided; what was held is given back.
        }
        catch (Exception exception)
        {
            LogBug(logger, AttemptId.NameOf(exchange.RequestId), exception);
            await exchange.RefuseAsync(new Refusal(500, "internal_error", "Purser failed on this session; its log says why."));
        }
    }

    private async Task<Refusal?> ServeAsync(Exchange exchange)
    {
        var http = exchange.Http;
        var protocols = http.WebSockets.WebSocketRequestedProtocols;
        if (!http.WebSockets.IsWebSocketRequest)
        {
            http.Response.Headers.Upgrade = "websocket";
            return new Refusal(
                StatusCodes.Status426UpgradeRequired,
                "websocket_required",
                "Realtime sessions are WebSockets. Open one here."
            );
        }

        // Step 1: authenticate and identify. Browsers can't send headers with a WebSocket.
        if (http.Request.Headers.Authorization.Count == 0 && protocols.FirstOrDefault(IsKey) is { } key)
        {
            http.Request.Headers.Authorization = $"Bearer {key[KeyProtocol.Length..]}";
        }

        if (parts.Authenticator.Authenticate(http.Request) is not { } virtualKey)
        {
            return Refusal.InvalidKey;
        }

        var (identity, refusal) = Identity.Read(virtualKey, http.Request.Headers);
        if (identity is null)
        {
            return refusal;
        }

        return await ServeAsync(exchange, virtualKey, identity);
    }

    private async Task<Refusal?> ServeAsync(Exchange exchange, VirtualKey virtualKey, Identity identity)
    {
        // Step 2: find the model.
        var (asked, refusal) = ModelOf(exchange.Http.Request.Query);
        if (asked is null)
        {
            return refusal;
        }

        var candidates = parts.Catalog.Find(asked).Where(model => model.Formats.Native.Contains(ProviderApi.Realtime)).ToList();
        if (candidates.Count == 0)
        {
            return new Refusal(404, Refusal.NotFound, $"No provider here has realtime sessions with the model '{asked}'.");
        }

        if (!TryTake(virtualKey.Id))
        {
            return new Refusal(
                429,
                "too_many_sessions",
                $"There are as many realtime sessions open as this gateway allows: {parts.Realtime.MaxSessionsPerKey} for a key, {parts.Realtime.MaxSessions} in all (purser.yml: realtime)."
            )
            {
                RetryHelps = true,
            };
        }

        try
        {
            var caller = new SessionCaller(virtualKey, identity, AttemptId.NameOf(exchange.RequestId), asked);
            return await OpenAsync(exchange, caller, candidates);
        }
        finally
        {
            Leave(virtualKey.Id);
        }
    }

    /// <summary>Opens the session at the first provider that can be reached.</summary>
    private async Task<Refusal?> OpenAsync(Exchange exchange, SessionCaller caller, List<CatalogModel> candidates)
    {
        Refusal? refusal = null;
        foreach (var model in candidates)
        {
            var provider = parts.Providers[model.Provider];
            if (parts.Lanes.Pick(model, exchange) is not var (credential, lane))
            {
                refusal = Refusal.NoCredential(model.Provider);
                continue;
            }

            // Step 3: hold.
            var request = refusal is null ? exchange.RequestId : Guid.CreateVersion7(parts.Clock.GetUtcNow());
            var bounds = new SessionBounds();
            var money = new TurnMoney(parts, caller, model, credential.Id, exchange.Http, bounds, request);
            using var holds = new SessionHolds(money, bounds, caller.Asked, parts.Clock);
            if (await holds.OpenAsync() is { } refused)
            {
                // It is recorded.
                return refused;
            }

            // Step 4: open.
            try
            {
                using var socket = new ClientWebSocket();
                (refusal, var isOpen) = await ConnectAsync(exchange, provider, credential, lane, model, socket);
                if (isOpen)
                {
                    exchange.ContinueAs(request);
                    await RunAsync(exchange, socket, holds, credential, model);
                    return null;
                }
            }
            finally
            {
                await holds.CloseAsync(Outcome.Cut);
            }

            if (refusal is { Status: < 500 })
            {
                return refusal;
            }
        }

        return refusal;
    }

    private async Task<(Refusal? Refusal, bool IsOpen)> ConnectAsync(
        Exchange exchange,
        Provider provider,
        UpstreamCredential credential,
        Lane lane,
        CatalogModel model,
        ClientWebSocket socket
    )
    {
        var http = exchange.Http;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        patience.CancelAfter(provider.Options.Timeout);
        try
        {
            credential = await provider.WithTokenAsync(credential, patience.Token);
            SetHeaders(http.Request, provider, credential, socket.Options);
            foreach (var protocol in http.WebSockets.WebSocketRequestedProtocols.Where(IsForwarded))
            {
                socket.Options.AddSubProtocol(protocol);
            }

            socket.Options.CollectHttpResponseDetails = true;
            socket.Options.KeepAliveTimeout = TimeSpan.FromSeconds(30);
            var url = provider.Api.RealtimeUrl(provider.Options.BaseUrl.OriginalString, model.Model);
            await socket.ConnectAsync(new Uri(url), provider.Invoker, patience.Token);
            return (null, true);
        }
        catch (CredentialException)
        {
            return (UpstreamAnswer.NoCredential(provider.Options), false);
        }
        catch (WebSocketException) when (socket.HttpStatusCode != 0)
        {
            parts.Lanes.Learn(lane, (int)socket.HttpStatusCode);
            return (Refused(provider, socket.HttpStatusCode), false);
        }
        catch (Exception exception) when (exception is WebSocketException or HttpRequestException or OperationCanceledException)
        {
            http.RequestAborted.ThrowIfCancellationRequested();
            return (UpstreamAnswer.Unreachable(provider.Options), false);
        }
    }

    private async Task RunAsync(
        Exchange exchange,
        ClientWebSocket socket,
        SessionHolds holds,
        UpstreamCredential credential,
        CatalogModel model
    )
    {
        var http = exchange.Http;
        exchange.WriteHeaders(model.Model, null, null);
        using var provider = new MessageSocket(socket, LongestEvent);
        using var client = new MessageSocket(
            await http.WebSockets.AcceptWebSocketAsync(
                new WebSocketAcceptContext { SubProtocol = socket.SubProtocol, KeepAliveTimeout = TimeSpan.FromSeconds(30) }
            ),
            LongestEvent
        );
        using var session = new RealtimeSession(http, client, provider, holds, credential.Mask, parts.Realtime, parts.Clock);
        await session.RunAsync(stopping);
    }

    private static void SetHeaders(HttpRequest request, Provider provider, UpstreamCredential credential, ClientWebSocketOptions options)
    {
        var connection = request.Headers.Connection.ToString();
        foreach (var (name, values) in request.Headers)
        {
            if (
                HeaderRules.ForwardRequestHeader(name)
                && !HeaderRules.IsNamedByConnection(connection, name)
                && !name.StartsWith("sec-websocket-", StringComparison.OrdinalIgnoreCase)
                && !name.StartsWith("content-", StringComparison.OrdinalIgnoreCase)
                && !EndHere.Contains(name)
            )
            {
                options.SetRequestHeader(name, values.ToString());
            }
        }

        if (credential.Secret.Length > 0)
        {
            provider.Api.AddCredential(credential.Secret, options.SetRequestHeader);
        }
    }

    private static (string? Model, Refusal? Refusal) ModelOf(IQueryCollection query)
    {
        // Not 'call_id' (another's call), nor 'intent' (another price): what isn't known doesn't go on.
        var other = query.Keys.FirstOrDefault(name => name is not ("model" or "deployment" or "api-version" or "key" or "api-key"));
        if (other is not null)
        {
            return (
                null,
                Refusal.BadRequest(
                    "parameter_not_served",
                    $"The parameter '{other}' isn't served for realtime sessions: name the model alone."
                )
            );
        }

        return query["model"] is [{ Length: > 0 and <= 256 } model] && !query.ContainsKey("deployment") ? (model, null)
            : query["deployment"] is [{ Length: > 0 and <= 256 } deployment] && !query.ContainsKey("model") ? (deployment, null)
            : (null, Refusal.BadRequest(RequestFaults.ModelMissing, "Name one model: /v1/realtime?model=…"));
    }

    private static Refusal Refused(Provider provider, HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests
            ? new Refusal(429, "provider_rate_limited", $"The provider {provider.Options.Name} opens no more sessions now.")
            {
                RetryHelps = true,
            }
            : new Refusal(
                status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound ? (int)status : 502,
                "provider_refused",
                $"The provider {provider.Options.Name} didn't open the session: it answered {(int)status}. Nothing is charged."
            );

    private static bool IsKey(string protocol) => protocol.StartsWith(KeyProtocol, StringComparison.Ordinal);

    // The others name the client's own organization and project, and the key.
    private static bool IsForwarded(string protocol) =>
        protocol == ProviderApi.Realtime || protocol.StartsWith("openai-beta.", StringComparison.Ordinal);

    private bool TryTake(string key)
    {
        if (Interlocked.Increment(ref sessions) > parts.Realtime.MaxSessions)
        {
            Interlocked.Decrement(ref sessions);
            return false;
        }

        if (byKey.AddOrUpdate(key, 1, static (_, open) => open + 1) <= parts.Realtime.MaxSessionsPerKey)
        {
            return true;
        }

        Leave(key);
        return false;
    }

    private void Leave(string key)
    {
        Interlocked.Decrement(ref sessions);
        if (byKey.AddOrUpdate(key, 0, static (_, open) => open - 1) == 0)
        {
            byKey.TryRemove(KeyValuePair.Create(key, 0));
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Realtime session {RequestId} failed in the gateway itself")]
    private static partial void LogBug(ILogger logger, string requestId, Exception exception);
}
