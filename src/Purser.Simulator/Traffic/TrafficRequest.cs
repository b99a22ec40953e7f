using System.Text.Json.Nodes;

namespace Purser.Simulator.Traffic;

/// <summary>A turn that came before: a user's, a model's, or a call of a tool with what it gave.</summary>
/// <param name="Role"><c>user</c>, <c>assistant</c>, or <c>tool</c>.</param>
/// <param name="Text">What was said, or the tool's result.</param>
/// <param name="Call">The argument of the call that a tool's result answers; null for words.</param>
public sealed record TrafficTurn(string Role, string Text, string? Call = null);

/// <summary>One request of made-up traffic.</summary>
public sealed record TrafficRequest
{
    /// <summary>Its number, from 0, in the order of time.</summary>
    public required int Number { get; init; }

    /// <summary>When in the day it comes. <value>From 0 to 24 hours.</value></summary>
    public required TimeSpan At { get; init; }

    /// <summary>The application that sends it; its name is in the system's text too.</summary>
    public required string Application { get; init; }

    /// <summary>What it asks for; one of <see cref="Skills.TaskKind.Usual"/> or <see cref="Skills.TaskKind.Other"/>.</summary>
    public required string Class { get; init; }

    /// <summary>The language, as in <c>en</c>.</summary>
    public required string Language { get; init; }

    /// <summary>The session that it belongs to.</summary>
    public required string Session { get; init; }

    /// <summary>The system's text.</summary>
    public required string System { get; init; }

    /// <summary>The turns, the last of them a user's or a tool's.</summary>
    public required IReadOnlyList<TrafficTurn> Turns { get; init; }

    /// <summary>Whether it wants JSON.</summary>
    public bool WantsJson { get; init; }

    /// <summary>The most output tokens that it allows.</summary>
    public int MaxTokens { get; init; } = 1024;

    /// <summary>What the user said last: what a router learns from.</summary>
    public string Asked => Turns.Last(turn => turn.Role == "user").Text;

    /// <summary>The last turn's text.</summary>
    public string Last => Turns[^1].Text;

    /// <summary>The body of <c>POST /v1/chat/completions</c>.</summary>
    public string ChatBody(string model)
    {
        var messages = new JsonArray(new JsonObject { ["role"] = "system", ["content"] = System });
        foreach (var (turn, i) in Turns.Select((turn, i) => (turn, i)))
        {
            if (turn.Call is not null)
            {
                var call = new JsonObject
                {
                    ["id"] = $"call_{i}",
                    ["type"] = "function",
                    ["function"] = new JsonObject { ["name"] = "run", ["arguments"] = $$"""{"command":"{{turn.Call}}"}""" },
                };
                messages.Add(
                    new JsonObject
                    {
                        ["role"] = "assistant",
                        ["content"] = null,
                        ["tool_calls"] = new JsonArray(call),
                    }
                );
                messages.Add(
                    new JsonObject
                    {
                        ["role"] = "tool",
                        ["tool_call_id"] = $"call_{i}",
                        ["content"] = turn.Text,
                    }
                );
            }
            else
            {
                messages.Add(new JsonObject { ["role"] = turn.Role, ["content"] = turn.Text });
            }
        }

        var body = new JsonObject
        {
            ["model"] = model,
            ["max_completion_tokens"] = MaxTokens,
            ["messages"] = messages,
        };
        if (Turns.Any(turn => turn.Call is not null) || Class == "agent")
        {
            body["tools"] = JsonNode.Parse(
                """[{"type":"function","function":{"name":"run","description":"Run a command","parameters":{"type":"object","properties":{"command":{"type":"string"}},"required":["command"]}}}]"""
            );
        }

        if (WantsJson)
        {
            body["response_format"] = JsonNode.Parse(
                """{"type":"json_schema","json_schema":{"name":"fields","schema":{"type":"object","properties":{"name":{"type":"string"},"number":{"type":"integer"},"date":{"type":"string"}},"required":["name","number","date"],"additionalProperties":false}}}"""
            );
        }

        return body.ToJsonString();
    }
}
