using System.Text.Json;

namespace Purser.Providers.Translation.Messages;

/// <summary>Reads a request for Anthropic's messages, the members at its top; <see cref="MessagesBlockReader"/> reads the conversation.</summary>
internal static class MessagesRequestReader
{
    public static CanonicalRequest Read(JsonElement root, PathFacts path, RequestReading reading)
    {
        var model = path.Model ?? reading.Required(root, "model", "model");
        // Anthropic always ends a stream with its usage.
        var request = new CanonicalRequest { Model = model, WantsStreamUsage = true };
        var messages = new List<CanonicalMessage>();
        if (root.Has("system", out var system))
        {
            messages.Add(new CanonicalMessage(CanonicalRole.System, MessagesBlockReader.ReadContent(system, "system", reading)));
        }
        if (root.Has("messages", out var list))
        {
            MessagesBlockReader.ReadMessages(list, messages, reading);
        }
        else
        {
            reading.Refuse(RequestFaults.InvalidMember, "'messages' must be there, as a list.", "messages");
        }
        foreach (var member in root.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Null)
            {
                request = ReadMember(request, member, reading);
            }
        }
        return request with { Messages = messages, Stream = path.Stream ?? request.Stream };
    }

    private static CanonicalRequest ReadMember(CanonicalRequest request, JsonProperty member, RequestReading reading)
    {
        var (name, value) = (member.Name, member.Value);
        switch (name)
        {
            case "model" or "system" or "messages":
                return request;
            case "max_tokens":
                return request with { MaxOutputTokens = reading.Positive(value, name) };
            case "stream":
                return request with { Stream = reading.Flag(value, name) ?? false };
            case "temperature":
                return request with { Temperature = reading.Number(value, name) };
            case "top_p":
                return request with { TopP = reading.Number(value, name) };
            case "top_k":
                return request with { TopK = reading.Whole(value, name) };
            case "stop_sequences":
                return request with { StopSequences = ReadStop(value, reading) };
            case "tools":
                return request with { Tools = ReadTools(value, reading) };
            case "tool_choice":
                return ReadToolChoice(request, value, reading);
            case "thinking":
                return request with { Reasoning = ReadThinking(request.Reasoning, value, reading) };
            case "output_config":
                return ReadOutputConfig(request, value, reading);
            case "output_format":
                return request with { OutputForm = request.OutputForm ?? ReadForm(value) };
            case "cache_control":
                return request with { Cache = MessagesBlockReader.ReadCache(value) };
            case "service_tier":
                return request with { ServiceTier = ReadTier(reading.Text(value, name)) };
            case "metadata":
                return ReadMetadata(request, value, reading);
            case "thread":
                reading.Extra(member);
                // What is begun is all there, and would only be kept; what is continued lies at Anthropic.
                return value.Text("type") == "create" ? request with { KeepMember = name } : request with { StoredState = name };
            default:
                reading.Extra(member);
                return request;
        }
    }

    private static string[] ReadStop(JsonElement value, RequestReading reading) =>
        reading.IsList(value, "stop_sequences")
            ? [.. value.EnumerateArray().Select(text => reading.Text(text, "stop_sequences") ?? "")]
            : [];

    private static ReasoningAsk ReadThinking(ReasoningAsk? known, JsonElement value, RequestReading reading)
    {
        var ask = known ?? new ReasoningAsk();
        const string param = "thinking.type";
        switch (value.Text("type"))
        {
            case "disabled":
                return ask with { Enabled = false };
            case "adaptive":
                return ask with { Enabled = true, IsAdaptive = true, Summary = value.Text("display") };
            case "enabled":
                var budget = value.Has("budget_tokens", out var tokens) ? reading.Positive(tokens, "thinking.budget_tokens") : null;
                return ask with { Enabled = true, BudgetTokens = budget, Summary = value.Text("display") };
            default:
                reading.Refuse(RequestFaults.InvalidMember, $"'{param}' must be enabled, adaptive or disabled.", param);
                return ask;
        }
    }

    private static CanonicalRequest ReadOutputConfig(CanonicalRequest request, JsonElement value, RequestReading reading)
    {
        if (!reading.IsObject(value, "output_config"))
        {
            return request;
        }
        foreach (var member in value.EnumerateObject())
        {
            switch (member.Name)
            {
                case "effort" when member.Value.ValueKind == JsonValueKind.String:
                    request = request with
                    {
                        Reasoning = (request.Reasoning ?? new ReasoningAsk()) with { Effort = member.Value.GetString() },
                    };
                    break;
                case "format":
                    request = request with { OutputForm = ReadForm(member.Value) ?? request.OutputForm };
                    break;
                default:
                    reading.Notes.Unknown("output_config." + member.Name);
                    break;
            }
        }
        return request;
    }

    // Anthropic keeps to every schema to the letter.
    private static OutputForm? ReadForm(JsonElement value) =>
        value.Text("type") == "json_schema" && value.Has("schema", out var schema) ? new OutputForm(schema, Strict: true) : null;

    private static ServiceTierAsk? ReadTier(string? tier) =>
        tier is null
            ? null
            : new ServiceTierAsk(
                tier switch
                {
                    "auto" => ServiceTierKind.Auto,
                    "standard_only" => ServiceTierKind.Standard,
                    _ => ServiceTierKind.Other,
                },
                tier
            );

    private static CanonicalRequest ReadMetadata(CanonicalRequest request, JsonElement value, RequestReading reading)
    {
        if (!reading.IsObject(value, "metadata"))
        {
            return request;
        }
        foreach (var member in value.EnumerateObject())
        {
            if (member.Name == "user_id" && member.Value.ValueKind == JsonValueKind.String)
            {
                request = request with { User = member.Value.GetString() };
            }
            else if (member.Value.ValueKind != JsonValueKind.Null)
            {
                reading.Notes.Unknown("metadata." + member.Name);
            }
        }
        return request;
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
        if (tool.Text("type") is { } type && type != "custom")
        {
            return new CanonicalTool(ToolKind.Vendor, tool.Text("name") ?? type)
            {
                Type = JsonReading.Clean(type, 64),
                Json = tool,
                Format = reading.Format,
            };
        }
        var read = new CanonicalTool(ToolKind.Function, reading.Required(tool, "name", "tools.name"));
        foreach (var member in tool.EnumerateObject())
        {
            switch (member.Name)
            {
                case "name" or "type":
                    break;
                case "description":
                    read = read with { Description = reading.Text(member.Value, "tools.description") };
                    break;
                case "input_schema":
                    read = read with { Parameters = member.Value };
                    break;
                case "strict":
                    read = read with { Strict = reading.Flag(member.Value, "tools.strict") };
                    break;
                case "cache_control":
                    read = read with { Cache = MessagesBlockReader.ReadCache(member.Value) };
                    break;
                default:
                    reading.Notes.Unknown("tools." + member.Name);
                    break;
            }
        }
        return read;
    }

    private static CanonicalRequest ReadToolChoice(CanonicalRequest request, JsonElement value, RequestReading reading)
    {
        const string param = "tool_choice";
        ToolChoice? choice = value.Text("type") switch
        {
            "auto" => new ToolChoice(ToolChoiceKind.Auto),
            "any" => new ToolChoice(ToolChoiceKind.Required),
            "none" => new ToolChoice(ToolChoiceKind.None),
            "tool" when value.Text("name") is { Length: > 0 } name => new ToolChoice(ToolChoiceKind.Named, name),
            _ => null,
        };
        if (choice is null)
        {
            reading.Refuse(RequestFaults.InvalidMember, $"'{param}' must be auto, any, none, or name a tool.", param);
        }
        var isSingle = value.Has("disable_parallel_tool_use", out var single) && reading.Flag(single, param) == true;
        return request with { ToolChoice = choice, ParallelToolCalls = isSingle ? false : request.ParallelToolCalls };
    }
}
