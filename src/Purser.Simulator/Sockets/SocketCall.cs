using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Sockets;

/// <summary>Serves a request that came as a message, as if it had come by itself: with its faults, its waits and its record.</summary>
/// <param name="chat">Serves it.</param>
/// <param name="outer">The request that opened the WebSocket.</param>
/// <param name="socket">The WebSocket, which takes the answer's events.</param>
/// <param name="left">Is cancelled when the client leaves.</param>
internal sealed class SocketCall(ChatEndpoint chat, HttpContext outer, WebSocket socket, CancellationToken left)
{
    private static readonly string[] Passed = ["Authorization", "x-client-request-id", "OpenAI-Organization", "OpenAI-Project"];

    // What the connection keeps although it isn't stored.
    private readonly KeptResponses unstored = new();

    /// <summary>Serves one request.</summary>
    /// <param name="wire">Its format.</param>
    /// <param name="body">Its body.</param>
    /// <param name="wrapError">Makes an error's message from its status and its JSON.</param>
    /// <returns>False where the connection is to be given up: the answer was cut off, or reset.</returns>
    public async Task<bool> RunAsync(Wire wire, byte[] body, Func<int, JsonNode, JsonObject> wrapError)
    {
        using var requestBody = new MemoryStream(body);
        await using var events = new EventMessages(socket);
        var lifetime = new CallLifetime { RequestAborted = left };
        var connection = new ConnectionState { Unstored = unstored };
        var features = new FeatureCollection();
        var request = new HttpRequestFeature
        {
            Method = "POST",
            Path = outer.Request.Path,
            Body = requestBody,
        };
        foreach (var name in Passed.Where(outer.Request.Headers.ContainsKey))
        {
            request.Headers[name] = outer.Request.Headers[name];
        }

        var responseBody = new StreamResponseBodyFeature(events);
        request.Headers.ContentLength = body.Length;
        features.Set<IHttpRequestFeature>(request);
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(responseBody);
        features.Set<IHttpRequestLifetimeFeature>(lifetime);
        connection.Http.Initialize(features);
        await chat.HandleAsync(connection, wire);
        await responseBody.CompleteAsync();
        var response = connection.Http.Response;
        if (response.StatusCode >= 400)
        {
            var json = JsonNode.Parse(connection.Output.Written)!;
            var message = JsonSerializer.SerializeToUtf8Bytes(wrapError(response.StatusCode, json["error"]!.DeepClone()));
            await socket.SendAsync(message.AsMemory(), WebSocketMessageType.Text, true, left);
        }

        // An answer that is cut off frames itself.
        return !lifetime.IsAborted && response.Headers.TransferEncoding.Count == 0;
    }

    private sealed class CallLifetime : IHttpRequestLifetimeFeature
    {
        public bool IsAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsAborted = true;
    }
}
