using System.Text.Json;
using System.Text.Json.Nodes;
using Purser.Simulator.Answers;
using Purser.Simulator.Http;

namespace Purser.Simulator.Sockets;

/// <summary>A realtime session: it takes what the client says into the conversation, and answers when it is asked to. It doesn't listen for pauses.</summary>
internal sealed class RealtimeSocket(SimulatorState state, SocketCall call, SocketChannel channel, string model)
{
    private readonly List<JsonObject> items = [];
    private SeededRandom random = new(state.NextRefusal());
    private JsonObject session = [];
    private string conversation = "";
    private long buffered;

    /// <summary>Serves it until one side closes it.</summary>
    public async Task ServeAsync()
    {
        conversation = Ids.RealtimeConversation(ref random);
        session = NewSession();
        await SendAsync("session.created", new JsonObject { ["session"] = session.DeepClone() });
        while (await channel.ReceiveAsync() is { } message)
        {
            if (!await TakeAsync(message))
            {
                channel.Abort();
                return;
            }
        }
    }

    private async Task<bool> TakeAsync(byte[] message)
    {
        JsonObject? said;
        try
        {
            said = JsonNode.Parse(message) as JsonObject;
        }
        catch (JsonException)
        {
            said = null;
        }

        var type = said?["type"]?.ToString();
        switch (type)
        {
            case "session.update":
                Merge(session, said!["session"] as JsonObject ?? []);
                await SendAsync("session.updated", new JsonObject { ["session"] = session.DeepClone() });
                return true;
            case "conversation.item.create":
                await AddAsync(said!["item"] as JsonObject ?? []);
                return true;
            case "conversation.item.delete":
                items.RemoveAll(item => item["id"]?.ToString() == said!["item_id"]?.ToString());
                await SendAsync("conversation.item.deleted", new JsonObject { ["item_id"] = said!["item_id"]?.DeepClone() });
                return true;
            case "input_audio_buffer.append":
                buffered += (said!["audio"]?.ToString().Length ?? 0) * 3L / 4;
                return true;
            case "input_audio_buffer.clear":
                buffered = 0;
                await SendAsync("input_audio_buffer.cleared", []);
                return true;
            case "input_audio_buffer.commit":
                await CommitAsync();
                return true;
            case "response.create":
                return await RespondAsync(said!["response"] as JsonObject ?? []);
            case "response.cancel":
                await ErrorAsync("response_cancel_not_active", "Cancellation failed: no active response found");
                return true;
            default:
                await ErrorAsync("invalid_value", $"Invalid value: '{type}'. It is no event that the simulator knows.");
                return true;
        }
    }

    private async Task<bool> RespondAsync(JsonObject response)
    {
        var wire = new RealtimeWire(conversation);
        var body = new JsonObject
        {
            ["model"] = model,
            ["session"] = session.DeepClone(),
            ["response"] = response.DeepClone(),
            ["items"] = new JsonArray([.. items.Select(item => item.DeepClone())]),
        };
        var goesOn = await call.RunAsync(wire, JsonSerializer.SerializeToUtf8Bytes(body), (_, error) => Error(error));
        items.AddRange(wire.Added.Select(item => item.DeepClone().AsObject()));
        return goesOn;
    }

    private async Task CommitAsync()
    {
        if (buffered == 0)
        {
            await ErrorAsync(
                "input_audio_buffer_commit_empty",
                "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has 0.00ms of audio."
            );
            return;
        }

        var id = Ids.RealtimeItem(ref random);
        await SendAsync("input_audio_buffer.committed", new JsonObject { ["previous_item_id"] = Last(), ["item_id"] = id });
        var audio = new JsonObject { ["type"] = "input_audio", ["audio_bytes"] = buffered };
        buffered = 0;
        await AddAsync(
            new JsonObject
            {
                ["id"] = id,
                ["type"] = "message",
                ["role"] = "user",
                ["content"] = new JsonArray(audio),
            }
        );
    }

    // Sound isn't kept, only how long it is; clients see that there is some.
    private async Task AddAsync(JsonObject item)
    {
        var (kept, last) = (item.DeepClone().AsObject(), Last());
        kept["id"] ??= Ids.RealtimeItem(ref random);
        kept["object"] = "realtime.item";
        kept["status"] ??= "completed";
        foreach (var part in (kept["content"] as JsonArray ?? []).OfType<JsonObject>().Where(part => part["audio"] is not null))
        {
            part["audio_bytes"] = part["audio"]!.ToString().Length * 3L / 4;
            part.Remove("audio");
        }

        items.Add(kept);
        foreach (var type in (string[])["conversation.item.added", "conversation.item.done"])
        {
            var shown = kept.DeepClone().AsObject();
            foreach (var part in (shown["content"] as JsonArray ?? []).OfType<JsonObject>().Where(part => part.Remove("audio_bytes")))
            {
                part["transcript"] = null;
            }

            await SendAsync(type, new JsonObject { ["previous_item_id"] = last, ["item"] = shown });
        }
    }

    private string? Last() => items.Count > 0 ? items[^1]["id"]!.ToString() : null;

    private ValueTask ErrorAsync(string code, string message) =>
        channel.SendAsync(
            Error(
                new JsonObject
                {
                    ["type"] = "invalid_request_error",
                    ["code"] = code,
                    ["message"] = message,
                    ["param"] = null,
                }
            )
        );

    private JsonObject Error(JsonNode error)
    {
        error["event_id"] = null;
        return new JsonObject
        {
            ["type"] = "error",
            ["event_id"] = Ids.RealtimeEvent(ref random),
            ["error"] = error,
        };
    }

    private ValueTask SendAsync(string type, JsonObject json)
    {
        json.Insert(0, "type", type);
        json.Insert(1, "event_id", Ids.RealtimeEvent(ref random));
        return channel.SendAsync(json);
    }

    private JsonObject NewSession()
    {
        JsonObject Format() => new() { ["type"] = "audio/pcm", ["rate"] = 24_000 };
        var input = new JsonObject
        {
            ["format"] = Format(),
            ["transcription"] = null,
            ["noise_reduction"] = null,
            ["turn_detection"] = null,
        };
        var output = new JsonObject
        {
            ["format"] = Format(),
            ["voice"] = "marin",
            ["speed"] = 1,
        };
        return new JsonObject
        {
            ["type"] = "realtime",
            ["object"] = "realtime.session",
            ["id"] = Ids.RealtimeSession(ref random),
            ["model"] = model,
            ["output_modalities"] = new JsonArray("audio"),
            ["instructions"] = "",
            ["tools"] = new JsonArray(),
            ["tool_choice"] = "auto",
            ["max_output_tokens"] = "inf",
            ["tracing"] = null,
            ["truncation"] = "auto",
            ["prompt"] = null,
            ["expires_at"] = state.Time.GetUtcNow().ToUnixTimeSeconds() + 3600,
            ["audio"] = new JsonObject { ["input"] = input, ["output"] = output },
            ["include"] = null,
        };
    }

    private static void Merge(JsonObject into, JsonObject from)
    {
        foreach (var (name, value) in from.ToList())
        {
            if (value is JsonObject inner && into[name] is JsonObject known)
            {
                Merge(known, inner);
            }
            else
            {
                into[name] = value?.DeepClone();
            }
        }
    }
}
