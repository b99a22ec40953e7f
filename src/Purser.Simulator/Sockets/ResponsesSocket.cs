using System.Text.Json;
using System.Text.Json.Nodes;
using Purser.Simulator.OpenAIResponses;

namespace Purser.Simulator.Sockets;

/// <summary>OpenAI's responses over a WebSocket: each <c>response.create</c> is answered with the events of a stream, a message each.</summary>
internal sealed class ResponsesSocket(SocketCall call, SocketChannel channel)
{
    private static readonly ResponsesWire Wire = new(isSocket: true);

    /// <summary>Serves it until one side closes it.</summary>
    public async Task ServeAsync()
    {
        while (await channel.ReceiveAsync() is { } message)
        {
            if (Type(message) != "response.create")
            {
                await channel.SendAsync(Wrap(400, Invalid($"Invalid value: '{Type(message)}'. Supported values are: 'response.create'.")));
            }
            else if (!await call.RunAsync(Wire, message, Wrap))
            {
                channel.Abort();
                return;
            }
        }
    }

    private static JsonObject Wrap(int status, JsonNode error) =>
        new()
        {
            ["type"] = "error",
            ["status"] = status,
            ["error"] = error,
        };

    private static JsonObject Invalid(string message) =>
        new()
        {
            ["type"] = "invalid_request_error",
            ["code"] = "invalid_value",
            ["message"] = message,
            ["param"] = "type",
        };

    private static string? Type(byte[] message)
    {
        try
        {
            return JsonNode.Parse(message)?["type"]?.GetValue<string>();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
