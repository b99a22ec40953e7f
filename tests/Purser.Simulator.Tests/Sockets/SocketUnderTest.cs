using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Purser.Simulator.Tests.Sockets;

/// <summary>A client of a WebSocket.</summary>
internal sealed class SocketUnderTest : IDisposable
{
    private readonly ClientWebSocket socket = new();

    public static async Task<SocketUnderTest> OpenAsync(SimulatorUnderTest simulator, string path, bool byProtocol = false)
    {
        var client = new SocketUnderTest();
        client.socket.Options.CollectHttpResponseDetails = true;
        if (byProtocol)
        {
            client.socket.Options.AddSubProtocol("realtime");
            client.socket.Options.AddSubProtocol("openai-insecure-api-key.sk-test");
        }
        else
        {
            client.socket.Options.SetRequestHeader("Authorization", "Bearer sk-test");
        }

        await client.socket.ConnectAsync(new Uri($"ws://{simulator.Address.Authority}{path}"), TestContext.Current.CancellationToken);
        return client;
    }

    public string? Protocol => socket.SubProtocol;

    public Task SendAsync(string json) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);

    public async Task<JsonElement> ReceiveAsync()
    {
        using var message = new MemoryStream();
        var buffer = new byte[4096];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            Assert.Equal(WebSocketMessageType.Text, part.MessageType);
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return JsonDocument.Parse(message.ToArray()).RootElement;
            }
        }
    }

    /// <summary>All messages up to one of a type.</summary>
    public async Task<List<JsonElement>> UntilAsync(params string[] types)
    {
        var messages = new List<JsonElement>();
        do
        {
            messages.Add(await ReceiveAsync());
        } while (!types.Contains(messages[^1].GetProperty("type").GetString()));

        return messages;
    }

    public async Task CloseAsync()
    {
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        Assert.Equal(WebSocketState.Closed, socket.State);
    }

    public void Dispose() => socket.Dispose();
}
