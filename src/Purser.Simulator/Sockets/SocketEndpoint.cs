using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Sockets;

/// <summary>Serves WebSockets: OpenAI's responses and realtime.</summary>
internal sealed class SocketEndpoint(SimulatorState state, ChatEndpoint chat, Routes routes)
{
    private const string KeyProtocol = "openai-insecure-api-key.";

    /// <summary>Whether a request asks for a WebSocket that there is.</summary>
    public static bool Handles(HttpRequest request) =>
        request.Path.Value is "/v1/responses" or "/v1/realtime" && SocketHandshake.IsAsked(request);

    /// <summary>Serves one WebSocket until it is closed.</summary>
    public async Task HandleAsync(ConnectionState connection)
    {
        var (http, isRealtime) = (connection.Http, connection.Http.Request.Path.Value == "/v1/realtime");
        var protocols = http.Request.Headers.SecWebSocketProtocol.ToString().Split(',', StringSplitOptions.TrimEntries);
        if (Array.Find(protocols, protocol => protocol.StartsWith(KeyProtocol, StringComparison.Ordinal)) is { } key)
        {
            // Browsers can't send headers with a WebSocket.
            http.Request.Headers.Authorization = "Bearer " + key[KeyProtocol.Length..];
        }

        var wire = routes.Otherwise(http.Request);
        var requestId = state.NewRequestId(wire);
        var model = http.Request.Query["model"].ToString();
        wire.SetHeaders(http.Response.Headers, requestId, state.Time.GetUtcNow());
        var refused =
            wire.CheckHeaders(http.Request)
            ?? (
                !isRealtime && state.Options.RefusesResponsesSocket
                    ? new RequestError(
                        426,
                        "invalid_request_error",
                        "WebSocket connections are not supported. Use POST.",
                        null,
                        "upgrade_required"
                    )
                : isRealtime && model.Length == 0
                    ? new RequestError(400, "invalid_request_error", "You must provide a model parameter.", "model", "missing_model")
                : isRealtime && !state.Models.Get(model).Exists ? wire.NoSuchModel(model)
                : null
            );
        if (refused is not null)
        {
            ChatEndpoint.WriteError(connection, wire, refused, requestId);
            return;
        }

        using var socket = await SocketHandshake.AcceptAsync(http, Array.Find(protocols, protocol => protocol == "realtime"));
        using var left = state.UntilLeft(http);
        try
        {
            var (call, channel) = (new SocketCall(chat, http, socket, left.Token), new SocketChannel(socket, http, left.Token));
            await (
                isRealtime ? new RealtimeSocket(state, call, channel, model).ServeAsync() : new ResponsesSocket(call, channel).ServeAsync()
            );
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or IOException)
        {
            // The client left, or the simulator stops.
            socket.Abort();
        }
    }
}
