using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Purser.Gateway.Tests.Pipeline.Realtime;

/// <summary>A client of realtime sessions, over a real WebSocket.</summary>
internal sealed class RealtimeClient : IAsyncDisposable
{
    private readonly CancellationTokenSource patience = new(TimeSpan.FromSeconds(20));

    public ClientWebSocket Socket { get; } = new();

    public static async Task<RealtimeClient> OpenAsync(
        TestGateway gateway,
        string key,
        string query = "?model=gpt-realtime",
        bool inProtocol = false
    )
    {
        var client = new RealtimeClient();
        client.Socket.Options.CollectHttpResponseDetails = true;
        if (inProtocol)
        {
            client.Socket.Options.AddSubProtocol("realtime");
            client.Socket.Options.AddSubProtocol($"openai-insecure-api-key.{key}");
        }
        else
        {
            client.Socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
        }

        try
        {
            await client.Socket.ConnectAsync(new Uri($"ws://{gateway.Address.Authority}/v1/realtime{query}"), client.patience.Token);
        }
        catch (WebSocketException)
        {
            // The status says why.
        }

        return client;
    }

    public Task SayAsync(string json) => Socket.SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text, true, patience.Token);

    /// <summary>The next event; null where the session was closed.</summary>
    public async Task<JsonNode?> HearAsync()
    {
        var (type, bytes) = await ReceiveAsync();
        return type == WebSocketMessageType.Close ? null : JsonNode.Parse(bytes);
    }

    public async Task<(WebSocketMessageType Type, byte[] Bytes)> ReceiveAsync()
    {
        using var message = new MemoryStream();
        var buffer = new byte[4096];
        while (true)
        {
            var part = await Socket.ReceiveAsync(buffer, patience.Token);
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return (part.MessageType, message.ToArray());
            }
        }
    }

    /// <summary>The next event of a type; null where the session was closed before.</summary>
    public async Task<JsonNode?> HearAsync(string type)
    {
        while (await HearAsync() is { } heard)
        {
            if (heard["type"]!.GetValue<string>() == type)
            {
                return heard;
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        if (Socket.State == WebSocketState.Open)
        {
            await Socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", patience.Token);
        }

        Socket.Dispose();
        patience.Dispose();
    }
}
