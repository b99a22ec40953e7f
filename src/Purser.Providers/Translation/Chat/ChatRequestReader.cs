using System.Text.Json;

namespace Purser.Providers.Translation.Chat;

/// <summary>Reads a request for chat completions, the members at its top; <see cref="ChatMessageReader"/> reads the conversation.</summary>
internal static class ChatRequestReader
{
    public static CanonicalRequest Read(JsonElement root, PathFacts path, RequestReading reading)
    {
        var request = new CanonicalRequest { Model = path.Model ?? reading.Required(root, "model", "model") };
        foreach (var member in root.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Null)
            {
                request = ReadMember(request, member, reading);
            }
        }
        if (!root.Has("messages", out _))
        {
            reading.Refuse(RequestFaults.InvalidMember, "'messages' must be there, as a list.", "messages");
        }
        return request;
    }

    private static CanonicalRequest ReadMember(CanonicalRequest request, JsonProperty member, RequestReading reading)
    {
        var (name, value) = (member.Name, member.Value);
        switch (name)
        {
            case "model":
                return request;
            case "messages":
                return request with { Messages = ChatMessageReader.Read(value, reading) };
            case "stream":
                return request with { Stream = reading.Flag(value, name) ?? false };
            case "stream_options":
                return request with
                {
                    WantsStreamUsage = value.Has("include_usage", out var usage) && usage.ValueKind == JsonValueKind.True,
                };
            case "max_tokens" or "max_completion_tokens":
                // Of the two the larger counts, as where the request is priced.
                return request with { MaxOutputTokens = Larger(request.MaxOutputTokens, reading.Positive(value, name)) };
            case "tools":
                return request with { Tools = ReadTools(value, reading) };
            case "tool_choice":
                return request with { ToolChoice = ReadToolChoice(value, reading) };
            case "parallel_tool_calls":
                return request with { ParallelToolCalls = reading.Flag(value, name) };
            case "response_format":
                return request with { OutputForm = ReadForm(value, reading) };
            case "reasoning_effort":
                return request with { Reasoning = ReadEffort(reading.Text(value, name)) };
            case "functions" or "function_call":
                reading.Refuse(TranslationRules.RefuseFunctions, name);
                return request;
            case "modalities":
                if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().Any(mode => !mode.ValueEqualsText("text")))
                {
                    reading.Refuse(TranslationRules.RefuseAudioOutput, name);
                }
                return request;
            default:
                return ReadSampling(request, member, reading);
        }
    }

    private static CanonicalRequest ReadSampling(CanonicalRequest request, JsonProperty member, RequestReading reading)
    {
        var (name, value) = (member.Name, member.Value);
        return name switch
        {
            "temperature" => request with { Temperature = reading.Number(value, name) },
            "top_p" => request with { TopP = reading.Number(value, name) },
            "top_k" => request with { TopK = reading.Whole(value, name) },
            "frequency_penalty" => request with { FrequencyPenalty = reading.Number(value, name) },
            "presence_penalty" => request with { PresencePenalty = reading.Number(value, name) },
            "seed" => request with { Seed = reading.Whole(value, name) },
            "stop" => request with { StopSequences = ReadStop(value, reading) },
            "n" => request with { Choices = reading.Positive(value, name) },
            "logprobs" => request with { LogProbs = reading.Flag(value, name) },
            "top_logprobs" => request with { TopLogProbs = reading.Whole(value, name) },
            "verbosity" => request with { Verbosity = reading.Text(value, name) },
            "prompt_cache_key" => request with { CacheKey = reading.Text(value, name) },
            "cache_control" => request with { Cache = ReadCache(value) },
            "service_tier" => request with { ServiceTier = ReadTier(reading.Text(value, name)) },
            "user" => request with { User = request.User ?? reading.Text(value, name) },
            "safety_identifier" => request with { User = reading.Text(value, name) ?? request.User },
            "metadata" => request with { Metadata = ReadMetadata(value, reading) },
            "store" => request with { Store = reading.Flag(value, name) },
            _ => Keep(request, member, reading),
        };
    }

    private static CanonicalRequest Keep(CanonicalRequest request, JsonProperty member, RequestReading reading)
    {
        reading.Extra(member);
        return request;
    }

    private static long? Larger(long? first, long? second) => first is { } one && second is { } two ? Math.Max(one, two) : first ?? second;

    /// <summary>A cache mark of those that vendors of this format know: <c>cache_control</c>.</summary>
    internal static CacheHint? ReadCache(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object ? new CacheHint(value.Text("ttl")) : null;

    private static ReasoningAsk? ReadEffort(string? effort) =>
        effort switch
        {
            null => null,
            "none" => new ReasoningAsk { Enabled = false },
            _ => new ReasoningAsk { Enabled = true, Effort = effort },
        };

    internal static ServiceTierAsk? ReadTier(string? tier) =>
        tier is null
            ? null
            : new ServiceTierAsk(
                tier switch
                {
                    "auto" => ServiceTierKind.Auto,
                    "default" => ServiceTierKind.Standard,
                    "flex" => ServiceTierKind.Flex,
                    "priority" => ServiceTierKind.Priority,
                    _ => ServiceTierKind.Other,
                },
                tier
            );

    private static string[] ReadStop(JsonElement value, RequestReading reading)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            return [value.GetString() ?? ""];
        }
        return reading.IsList(value, "stop") ? [.. value.EnumerateArray().Select(text => reading.Text(text, "stop") ?? "")] : [];
    }

    internal static List<KeyValuePair<string, string>> ReadMetadata(JsonElement value, RequestReading reading)
    {
        var labels = new List<KeyValuePair<string, string>>();
        if (reading.IsObject(value, "metadata"))
        {
            foreach (var label in value.EnumerateObject())
            {
                labels.Add(
                    new(label.Name, label.Value.ValueKind == JsonValueKind.String ? label.Value.GetString()! : label.Value.GetRawText())
                );
            }
        }
        return labels;
    }

    private static OutputForm? ReadForm(JsonElement value, RequestReading reading)
    {
        switch (value.Text("type"))
        {
            case "text":
                return null;
            case "json_object":
                return new OutputForm(null);
            case "json_schema" when value.Has("json_schema", out var form) && form.ValueKind == JsonValueKind.Object:
                return new OutputForm(
                    form.Has("schema", out var schema) ? schema : null,
                    form.Text("name"),
                    form.Text("description"),
                    form.Has("strict", out var strict) ? reading.Flag(strict, "response_format.json_schema.strict") : null
                );
            default:
                const string param = "response_format";
                reading.Refuse(RequestFaults.InvalidMember, $"'{param}' must be text, json_object or json_schema.", param);
                return null;
        }
    }

    private static List<CanonicalTool> ReadTools(JsonElement value, RequestReading reading)
    {
        var tools = new List<CanonicalTool>();
        if (!reading.IsList(value, "tools"))
        {
            return tools;
        }
        foreach (var tool in value.EnumerateArray())
        {
            if (reading.IsObject(tool, "tools"))
            {
                tools.Add(ReadTool(tool, reading));
            }
        }
        return tools;
    }

    private static CanonicalTool ReadTool(JsonElement tool, RequestReading reading)
    {
        var type = tool.Text("type") ?? "function";
        if (type == "function" && tool.Has("function", out var function))
        {
            return new CanonicalTool(ToolKind.Function, reading.Required(function, "name", "tools.function.name"))
            {
                Description = function.Text("description"),
                Parameters = function.Has("parameters", out var parameters) ? parameters : null,
                Strict = function.Has("strict", out var strict) ? reading.Flag(strict, "tools.function.strict") : null,
                Cache = tool.Has("cache_control", out var cache) ? ReadCache(cache) : null,
            };
        }
        if (type == "custom" && tool.Has("custom", out var custom))
        {
            return new CanonicalTool(ToolKind.Freeform, reading.Required(custom, "name", "tools.custom.name"))
            {
                Description = custom.Text("description"),
                Json = custom.Has("format", out var form) ? form : null,
                Format = reading.Format,
            };
        }
        return new CanonicalTool(ToolKind.Vendor, tool.Text("name") ?? type)
        {
            Type = type,
            Json = tool,
            Format = reading.Format,
        };
    }

    private static ToolChoice? ReadToolChoice(JsonElement value, RequestReading reading)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            return value.GetString() switch
            {
                "auto" => new ToolChoice(ToolChoiceKind.Auto),
                "none" => new ToolChoice(ToolChoiceKind.None),
                "required" => new ToolChoice(ToolChoiceKind.Required),
                _ => NoChoice(reading),
            };
        }
        var type = value.Text("type");
        if (type is "function" or "custom" && value.Has(type, out var named) && named.Text("name") is { Length: > 0 } name)
        {
            return new ToolChoice(ToolChoiceKind.Named, name);
        }
        if (type == "allowed_tools" && value.Has("allowed_tools", out var allowed))
        {
            var kind = allowed.Text("mode") == "required" ? ToolChoiceKind.Required : ToolChoiceKind.Auto;
            var names = allowed
                .List("tools")
                .Select(tool => tool.Has("function", out var own) || tool.Has("custom", out own) ? own.Text("name") : tool.Text("name"))
                .OfType<string>();
            return new ToolChoice(kind, Allowed: [.. names]);
        }
        return NoChoice(reading);
    }

    private static ToolChoice? NoChoice(RequestReading reading)
    {
        const string param = "tool_choice";
        reading.Refuse(RequestFaults.InvalidMember, $"'{param}' must be auto, none, required, or name a tool.", param);
        return null;
    }

    private static bool ValueEqualsText(this JsonElement value, string text) =>
        value.ValueKind == JsonValueKind.String && value.ValueEquals(text);
}
