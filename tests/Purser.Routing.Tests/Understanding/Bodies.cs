using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Purser.Routing.Tests.Understanding;

/// <summary>Puts a request into the body that a client of a format, or an agent, sends.</summary>
internal static class Bodies
{
    // As the vendors' clients write: some escape all that isn't ASCII, some nothing.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Of(string form, JsonElement line)
    {
        var request = new Request(
            line.GetProperty("user").GetString()!,
            Text(line, "system"),
            line.TryGetProperty("tools", out var tools) ? [.. tools.EnumerateArray().Select(tool => tool.GetString()!)] : [],
            Text(line, "result"),
            line.TryGetProperty("max", out var max) ? max.GetInt32() : null,
            line.TryGetProperty("schema", out _),
            line.TryGetProperty("forced", out _)
        );
        return JsonSerializer.SerializeToUtf8Bytes(
            Of(form, request),
            form is "gemini" or "converse" ? JsonSerializerOptions.Default : Plain
        );
    }

    private static string? Text(JsonElement line, string name) => line.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static JsonObject Of(string form, Request request) =>
        form switch
        {
            "chat" or "ollama" or "cohere" => Chat(form, request),
            "messages" => Messages(request),
            "responses" => Responses(request),
            "gemini" => Gemini(request),
            "converse" => Converse(request),
            "embeddings" => new JsonObject { ["model"] = "e", ["input"] = request.User },
            "claude-code" => Messages(AgentForms.ClaudeCode(request)),
            "codex" => Responses(AgentForms.Codex(request)),
            "gemini-cli" => Gemini(AgentForms.GeminiCli(request)),
            "opencode" => Chat("chat", AgentForms.Opencode(request)),
            _ => throw new ArgumentException($"There is no form '{form}'.", nameof(form)),
        };

    private static JsonObject Chat(string form, Request request)
    {
        var body = new JsonObject { ["model"] = "m", ["messages"] = ChatMessages(request) };
        AddTools(body, request, name => new JsonObject { ["type"] = "function", ["function"] = Function(name, "parameters") });
        if (request.Max is { } max && form == "ollama")
        {
            body["options"] = new JsonObject { ["num_predict"] = max };
        }
        else if (request.Max is { } limit)
        {
            body["max_tokens"] = limit;
        }
        if (request.HasSchema)
        {
            body[form == "ollama" ? "format" : "response_format"] =
                form == "ollama"
                    ? Schema()
                    : new JsonObject
                    {
                        ["type"] = "json_schema",
                        ["json_schema"] = new JsonObject { ["schema"] = Schema() },
                    };
        }
        if (request.IsForced)
        {
            body["tool_choice"] = new JsonObject
            {
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = request.Tools[0] },
            };
        }
        return body;
    }

    private static JsonArray ChatMessages(Request request)
    {
        var messages = new JsonArray();
        if (request.System is not null)
        {
            messages.Add(new JsonObject { ["role"] = "system", ["content"] = request.System });
        }
        foreach (var text in request.Context)
        {
            messages.Add(new JsonObject { ["role"] = "user", ["content"] = text });
        }
        messages.Add(new JsonObject { ["role"] = "user", ["content"] = request.User });
        if (request.Result is not null)
        {
            var call = new JsonObject { ["name"] = request.Tools[0], ["arguments"] = "{\"path\": \".\"}" };
            messages.Add(
                new JsonObject
                {
                    ["role"] = "assistant",
                    ["tool_calls"] = new JsonArray(
                        new JsonObject
                        {
                            ["id"] = "c1",
                            ["type"] = "function",
                            ["function"] = call,
                        }
                    ),
                }
            );
            messages.Add(
                new JsonObject
                {
                    ["role"] = "tool",
                    ["tool_call_id"] = "c1",
                    ["content"] = request.Result,
                }
            );
        }
        return messages;
    }

    private static JsonObject Messages(Request request)
    {
        var content = new JsonArray();
        foreach (var text in request.Context.Append(request.User))
        {
            content.Add(new JsonObject { ["type"] = "text", ["text"] = text });
        }
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = content });
        if (request.Result is not null)
        {
            var use = new JsonObject
            {
                ["type"] = "tool_use",
                ["id"] = "t1",
                ["name"] = request.Tools[0],
                ["input"] = new JsonObject { ["path"] = "." },
            };
            var result = new JsonObject
            {
                ["type"] = "tool_result",
                ["tool_use_id"] = "t1",
                ["content"] = request.Result,
            };
            messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = new JsonArray(use) });
            messages.Add(new JsonObject { ["role"] = "user", ["content"] = new JsonArray(result) });
        }
        var body = new JsonObject
        {
            ["model"] = "m",
            ["max_tokens"] = request.Max ?? 4096,
            ["messages"] = messages,
        };
        if (request.System is not null)
        {
            body["system"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = request.System });
        }
        AddTools(body, request, name => Function(name, "input_schema"));
        if (request.IsForced)
        {
            body["tool_choice"] = new JsonObject { ["type"] = "tool", ["name"] = request.Tools[0] };
        }
        if (request.HasSchema)
        {
            body["output_config"] = new JsonObject
            {
                ["format"] = new JsonObject { ["type"] = "json_schema", ["schema"] = Schema() },
            };
        }
        return body;
    }

    private static JsonObject Responses(Request request)
    {
        var body = new JsonObject { ["model"] = "m", ["input"] = ResponsesInput(request) };
        if (request.System is not null)
        {
            body["instructions"] = request.System;
        }
        if (request.Max is { } max)
        {
            body["max_output_tokens"] = max;
        }
        AddTools(
            body,
            request,
            name =>
            {
                var tool = Function(name, "parameters");
                tool["type"] = "function";
                return tool;
            }
        );
        if (request.IsForced)
        {
            body["tool_choice"] = new JsonObject { ["type"] = "function", ["name"] = request.Tools[0] };
        }
        if (request.HasSchema)
        {
            body["text"] = new JsonObject
            {
                ["format"] = new JsonObject { ["type"] = "json_schema", ["schema"] = Schema() },
            };
        }
        return body;
    }

    private static JsonArray ResponsesInput(Request request)
    {
        var input = new JsonArray();
        foreach (var text in request.Context.Append(request.User))
        {
            var content = new JsonArray(new JsonObject { ["type"] = "input_text", ["text"] = text });
            input.Add(
                new JsonObject
                {
                    ["type"] = "message",
                    ["role"] = "user",
                    ["content"] = content,
                }
            );
        }
        if (request.Result is not null)
        {
            input.Add(
                new JsonObject
                {
                    ["type"] = "function_call",
                    ["call_id"] = "c",
                    ["name"] = request.Tools[0],
                    ["arguments"] = "{}",
                }
            );
            input.Add(
                new JsonObject
                {
                    ["type"] = "function_call_output",
                    ["call_id"] = "c",
                    ["output"] = request.Result,
                }
            );
        }
        return input;
    }

    private static JsonObject Gemini(Request request)
    {
        var contents = new JsonArray();
        foreach (var text in request.Context.Append(request.User))
        {
            contents.Add(new JsonObject { ["role"] = "user", ["parts"] = new JsonArray(new JsonObject { ["text"] = text }) });
        }
        if (request.Result is not null)
        {
            var call = new JsonObject { ["name"] = request.Tools[0], ["args"] = new JsonObject() };
            var response = new JsonObject
            {
                ["name"] = request.Tools[0],
                ["response"] = new JsonObject { ["output"] = request.Result },
            };
            contents.Add(new JsonObject { ["role"] = "model", ["parts"] = new JsonArray(new JsonObject { ["functionCall"] = call }) });
            contents.Add(
                new JsonObject { ["role"] = "user", ["parts"] = new JsonArray(new JsonObject { ["functionResponse"] = response }) }
            );
        }
        var body = new JsonObject { ["contents"] = contents };
        if (request.System is not null)
        {
            body["systemInstruction"] = new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["text"] = request.System }) };
        }
        var settings = new JsonObject();
        if (request.Max is { } max)
        {
            settings["maxOutputTokens"] = max;
        }
        if (request.HasSchema)
        {
            settings["responseMimeType"] = "application/json";
            settings["responseSchema"] = Schema();
        }
        body["generationConfig"] = settings;
        if (request.Tools.Length > 0)
        {
            var functions = new JsonArray([.. request.Tools.Select(name => (JsonNode)Function(name, "parameters"))]);
            body["tools"] = new JsonArray(new JsonObject { ["functionDeclarations"] = functions });
        }
        if (request.IsForced)
        {
            body["toolConfig"] = new JsonObject { ["functionCallingConfig"] = new JsonObject { ["mode"] = "ANY" } };
        }
        return body;
    }

    private static JsonObject Converse(Request request)
    {
        var content = new JsonArray([.. request.Context.Append(request.User).Select(text => (JsonNode)new JsonObject { ["text"] = text })]);
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = content });
        if (request.Result is not null)
        {
            var use = new JsonObject
            {
                ["toolUseId"] = "t",
                ["name"] = request.Tools[0],
                ["input"] = new JsonObject(),
            };
            var result = new JsonObject { ["toolUseId"] = "t", ["content"] = new JsonArray(new JsonObject { ["text"] = request.Result }) };
            messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = new JsonArray(new JsonObject { ["toolUse"] = use }) });
            messages.Add(new JsonObject { ["role"] = "user", ["content"] = new JsonArray(new JsonObject { ["toolResult"] = result }) });
        }
        var body = new JsonObject { ["messages"] = messages };
        if (request.System is not null)
        {
            body["system"] = new JsonArray(new JsonObject { ["text"] = request.System });
        }
        if (request.Max is { } max)
        {
            body["inferenceConfig"] = new JsonObject { ["maxTokens"] = max };
        }
        if (request.Tools.Length > 0)
        {
            var tools = new JsonArray([
                .. request.Tools.Select(name => (JsonNode)new JsonObject { ["toolSpec"] = Function(name, "inputSchema") }),
            ]);
            body["toolConfig"] = new JsonObject { ["tools"] = tools };
            if (request.IsForced)
            {
                body["toolConfig"]!["toolChoice"] = new JsonObject { ["tool"] = new JsonObject { ["name"] = request.Tools[0] } };
            }
        }
        if (request.HasSchema)
        {
            body["outputConfig"] = new JsonObject
            {
                ["textFormat"] = new JsonObject { ["type"] = "json_schema", ["schema"] = Schema() },
            };
        }
        return body;
    }

    private static void AddTools(JsonObject body, Request request, Func<string, JsonObject> tool)
    {
        if (request.Tools.Length > 0)
        {
            body["tools"] = new JsonArray([.. request.Tools.Select(name => (JsonNode)tool(name))]);
        }
    }

    private static JsonObject Function(string name, string schema) =>
        new()
        {
            ["name"] = name,
            ["description"] = $"Does what {name.Replace('_', ' ')} says.",
            [schema] = Schema(),
        };

    private static JsonObject Schema() =>
        new()
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["name"] = new JsonObject { ["type"] = "string" },
                ["content"] = new JsonObject { ["type"] = "string" },
            },
        };

    /// <summary>What is asked, in no format yet.</summary>
    internal sealed record Request(string User, string? System, string[] Tools, string? Result, int? Max, bool HasSchema, bool IsForced)
    {
        /// <summary>What an agent puts before it, in the user's turns.</summary>
        public string[] Context { get; init; } = [];
    }
}
