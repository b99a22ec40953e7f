using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Purser.Simulator.Sockets;

/// <summary>Takes a request for a WebSocket (RFC 6455).</summary>
internal static class SocketHandshake
{
    private const string Guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Whether a request asks for a WebSocket.</summary>
    public static bool IsAsked(HttpRequest request) =>
        request.Method == "GET"
        && string.Equals(request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase)
        && request.Headers.SecWebSocketKey.Count == 1;

    /// <summary>Answers it, and opens the WebSocket.</summary>
    /// <param name="http">The request.</param>
    /// <param name="protocol">The subprotocol chosen; null for none.</param>
    public static async Task<WebSocket> AcceptAsync(HttpContext http, string? protocol)
    {
#pragma warning disable CA5350 // It is no secret: RFC 6455 has clients see by it that the server speaks WebSocket.
        var hash = SHA1.HashData(Encoding.ASCII.GetBytes(http.Request.Headers.SecWebSocketKey + Guid));
#pragma warning restore CA5350
        http.Response.StatusCode = 101;
        http.Response.Headers.Connection = "Upgrade";
        http.Response.Headers.Upgrade = "websocket";
        http.Response.Headers.SecWebSocketAccept = Convert.ToBase64String(hash);
        if (protocol is not null)
        {
            http.Response.Headers.SecWebSocketProtocol = protocol;
        }

        var stream = await http.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        return WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true, SubProtocol = protocol });
    }
}
