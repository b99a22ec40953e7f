using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Purser.Simulator.Sockets;

/// <summary>The messages of a WebSocket.</summary>
/// <param name="socket">The WebSocket.</param>
/// <param name="http">The request that opened it.</param>
/// <param name="left">Is cancelled when the client leaves or the simulator stops.</param>
internal sealed class SocketChannel(WebSocket socket, HttpContext http, CancellationToken left)
{
    private const int LongestMessage = 64 * 1024 * 1024;

    /// <summary>The next message.</summary>
    /// <returns>Null where the WebSocket is closed.</returns>
    public async Task<byte[]?> ReceiveAsync()
    {
        var buffer = new byte[16 * 1024];
        using var message = new MemoryStream();
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), left);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, left);
                return null;
            }

            message.Write(buffer, 0, part.Count);
            if (message.Length > LongestMessage)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, "message too big", left);
                return null;
            }

            if (part.EndOfMessage)
            {
                return message.ToArray();
            }
        }
    }

    /// <summary>Sends JSON.</summary>
    public ValueTask SendAsync(JsonObject json) =>
        socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(json).AsMemory(), WebSocketMessageType.Text, true, left);

    /// <summary>Breaks the connection.</summary>
    public void Abort()
    {
        socket.Abort();
        http.Abort();
    }
}
