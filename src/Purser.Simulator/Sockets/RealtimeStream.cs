using System.Text;
using System.Text.Json.Nodes;
using Purser.Simulator.Answers;
using Purser.Simulator.Http;
using Purser.Simulator.Tokens;

namespace Purser.Simulator.Sockets;

/// <summary>
/// The events of a realtime response: it's created; the message or each call of a function is added to the output and to the conversation, comes a
/// token an event, and is done; the response is done, with its usage.
/// </summary>
internal sealed class RealtimeStream(OutputBuffer to, Exchange exchange, string conversation, List<JsonObject> added)
{
    // 10 ms of silence.
    private static readonly string Silence = Convert.ToBase64String(new byte[480]);

    private readonly Answer answer = exchange.Answers[0];
    private readonly bool isAudio = exchange.Request.Media!.Output == "audio";
    private SeededRandom random = exchange.Random;
    private int index;
    private string item = "";

    /// <summary>The stream, step by step.</summary>
    public IEnumerable<Frame> Frames()
    {
        Send("response.created", new JsonObject { ["response"] = Response("in_progress", null) });
        yield return Frame.Free;
        foreach (
            var frame in answer
                .Tools.SelectMany(CallFrames)
                .Concat(answer.Tools.Count == 0 && answer.OutputTokens > 0 ? MessageFrames() : [])
        )
        {
            yield return frame;
        }

        yield return Frame.Last;
        var isCut = answer.End is AnswerEnd.Length or AnswerEnd.Blocked;
        var details = isCut
            ? new JsonObject
            {
                ["type"] = "incomplete",
                ["reason"] = answer.End == AnswerEnd.Length ? "max_output_tokens" : "content_filter",
            }
            : null;
        var response = Response(isCut ? "incomplete" : "completed", details);
        response["output"] = new JsonArray([.. added.Select(one => one.DeepClone())]);
        response["usage"] = exchange.SaysUsage ? Usage() : null;
        Send("response.done", new JsonObject { ["response"] = response });
        yield return Frame.Free;
    }

    /// <summary>Writes that the response failed.</summary>
    public void WriteFailed()
    {
        var error = new JsonObject
        {
            ["type"] = "server_error",
            ["code"] = null,
            ["message"] = "The server had an error while processing your request.",
        };
        var details = new JsonObject { ["type"] = "failed", ["error"] = error };
        Send("response.done", new JsonObject { ["response"] = Response("failed", details) });
    }

    private IEnumerable<Frame> MessageFrames()
    {
        Begin(
            new JsonObject
            {
                ["type"] = "message",
                ["role"] = "assistant",
                ["content"] = new JsonArray(),
            }
        );
        SendPart("response.content_part.added", "");
        yield return Frame.Free;
        for (var position = 0; position < answer.Text.Length; )
        {
            position += WriteDelta(answer.Text.AsSpan(position), out var tokens);
            yield return new Frame(tokens);
        }

        var text = Encoding.ASCII.GetString(answer.Text);
        if (isAudio)
        {
            SendAt("response.output_audio.done", []);
            SendAt("response.output_audio_transcript.done", new JsonObject { ["transcript"] = text });
        }
        else
        {
            SendAt("response.output_text.done", new JsonObject { ["text"] = text });
        }

        SendPart("response.content_part.done", text);
        End(
            new JsonObject
            {
                ["type"] = "message",
                ["role"] = "assistant",
                ["content"] = new JsonArray(Part(text)),
            },
            answer.End == AnswerEnd.Length
        );
        yield return Frame.Free;
    }

    private IEnumerable<Frame> CallFrames(ToolCall tool)
    {
        JsonObject Call(string arguments) =>
            new()
            {
                ["type"] = "function_call",
                ["name"] = tool.Name,
                ["call_id"] = tool.Id,
                ["arguments"] = arguments,
            };
        Begin(Call(""));
        yield return Frame.Free;
        for (var position = 0; position < tool.Arguments.Length; )
        {
            var length = TokenCounter.Take(tool.Arguments.AsSpan(position), 1, out var tokens);
            SendCall("response.function_call_arguments.delta", tool, "delta", Encoding.ASCII.GetString(tool.Arguments, position, length));
            position += length;
            yield return new Frame(tokens);
        }

        var arguments = Encoding.ASCII.GetString(tool.Arguments);
        SendCall("response.function_call_arguments.done", tool, "arguments", arguments);
        End(Call(arguments), tool.IsCut);
        yield return Frame.Free;
    }

    private int WriteDelta(ReadOnlySpan<byte> rest, out int tokens)
    {
        var length = answer.NextPiece(rest, out tokens);
        var delta = Encoding.ASCII.GetString(rest[..length]);
        SendAt(isAudio ? "response.output_audio_transcript.delta" : "response.output_text.delta", new JsonObject { ["delta"] = delta });
        if (isAudio)
        {
            SendAt("response.output_audio.delta", new JsonObject { ["delta"] = Silence });
        }

        return length;
    }

    private void Begin(JsonObject start)
    {
        item = Ids.RealtimeItem(ref random);
        var whole = Whole(start, "in_progress");
        Send("response.output_item.added", Place(new JsonObject { ["item"] = whole.DeepClone() }, withItem: false));
        Send("conversation.item.added", new JsonObject { ["previous_item_id"] = null, ["item"] = whole });
    }

    private void End(JsonObject end, bool isCut)
    {
        var whole = Whole(end, isCut ? "incomplete" : "completed");
        added.Add(whole);
        Send("conversation.item.done", new JsonObject { ["previous_item_id"] = null, ["item"] = whole.DeepClone() });
        Send("response.output_item.done", Place(new JsonObject { ["item"] = whole.DeepClone() }, withItem: false));
        index++;
    }

    private JsonObject Whole(JsonObject one, string status)
    {
        one.Insert(0, "id", item);
        one.Insert(1, "object", "realtime.item");
        one.Insert(3, "status", status);
        return one;
    }

    private JsonObject Part(string text) =>
        isAudio
            ? new JsonObject { ["type"] = "output_audio", ["transcript"] = text }
            : new JsonObject { ["type"] = "output_text", ["text"] = text };

    private void SendPart(string type, string text)
    {
        var part = Part(text);
        part["type"] = isAudio ? "audio" : "text";
        SendAt(type, new JsonObject { ["part"] = part });
    }

    private void SendAt(string type, JsonObject rest)
    {
        var place = Place(rest, withItem: true);
        place["content_index"] = 0;
        Send(type, place);
    }

    private void SendCall(string type, ToolCall tool, string name, string text) =>
        Send(
            type,
            Place(
                new JsonObject
                {
                    ["call_id"] = tool.Id,
                    ["name"] = tool.Name,
                    [name] = text,
                },
                withItem: true
            )
        );

    private JsonObject Place(JsonObject rest, bool withItem)
    {
        rest["response_id"] = exchange.Id;
        rest["output_index"] = index;
        if (withItem)
        {
            rest["item_id"] = item;
        }

        return rest;
    }

    private JsonObject Response(string status, JsonObject? details) =>
        new()
        {
            ["object"] = "realtime.response",
            ["id"] = exchange.Id,
            ["status"] = status,
            ["status_details"] = details,
            ["output"] = new JsonArray(),
            ["conversation_id"] = conversation,
            ["output_modalities"] = new JsonArray(isAudio ? "audio" : "text"),
            ["max_output_tokens"] = exchange.Request.MaxTokens is { } most ? JsonValue.Create(most) : JsonValue.Create("inf"),
            ["usage"] = null,
            ["metadata"] = null,
        };

    private JsonObject Usage()
    {
        var (prompt, tokens, output) = (exchange.Prompt, exchange.Request.Modalities!, exchange.OutputTokens);
        var cached = tokens.First(prompt.CacheRead);
        var text = isAudio && answer.Tools.Count == 0 ? output / 4 : output;
        var input = Details(tokens);
        input["cached_tokens"] = prompt.CacheRead;
        input["cached_tokens_details"] = Details(cached);
        return new JsonObject
        {
            ["total_tokens"] = prompt.Total + output,
            ["input_tokens"] = prompt.Total,
            ["output_tokens"] = output,
            ["input_token_details"] = input,
            ["output_token_details"] = new JsonObject { ["text_tokens"] = text, ["audio_tokens"] = output - text },
        };
    }

    private static JsonObject Details(Requests.ModalityTokens tokens) =>
        new()
        {
            ["text_tokens"] = tokens[0],
            ["audio_tokens"] = tokens[2],
            ["image_tokens"] = tokens[1],
        };

    private void Send(string type, JsonObject json)
    {
        json.Insert(0, "type", type);
        json.Insert(1, "event_id", Ids.RealtimeEvent(ref random));
        to.Add("data: "u8).Add(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(json)).Add("\n\n"u8);
    }
}
