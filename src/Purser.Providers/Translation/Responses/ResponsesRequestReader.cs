using System.Text.Json;

namespace Purser.Providers.Translation.Responses;

/// <summary>Reads a request for a response, the members at its top; <see cref="ResponsesItemReader"/> reads the input.</summary>
internal static class ResponsesRequestReader
{
    private const string EncryptedReasoning = "reasoning.encrypted_content";
    private const string LogProbs = "message.output_text.logprobs";

    public static CanonicalRequest Read(JsonElement root, PathFacts path, RequestReading reading)
    {
        var request = new CanonicalRequest { Model = path.Model ?? reading.Required(root, "model", "model") };
        var messages = new List<CanonicalMessage>();
        var tools = new List<CanonicalTool>();
        if (root.Has("instructions", out var instructions) && reading.Text(instructions, "instructions") is { } text)
        {
            messages.Add(new CanonicalMessage(CanonicalRole.System, [new TextPart(text)]));
        }
        if (root.Has("tools", out var list))
        {
            ResponsesTools.Read(list, tools, reading);
        }
        var items = new ResponsesItemReader(messages, tools, reading);
        if (root.Has("input", out var input))
        {
            items.Read(input);
            request = items.RefersToStored ? request with { StoredState = "input" } : request;
        }
        foreach (var member in root.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Null)
            {
                request = ReadMember(request, member, reading);
            }
        }
        return request with { Messages = messages, Tools = tools };
    }

    private static CanonicalRequest ReadMember(CanonicalRequest request, JsonProperty member, RequestReading reading)
    {
        var (name, value) = (member.Name, member.Value);
        switch (name)
        {
            case "model" or "instructions" or "tools" or "input":
                return request;
            case "stream":
                // Usage is in the last event, always.
                return request with { Stream = reading.Flag(value, name) ?? false, WantsStreamUsage = true };
            case "max_output_tokens":
                return request with { MaxOutputTokens = reading.Positive(value, name) };
            case "tool_choice":
                return request with { ToolChoice = ResponsesTools.ReadChoice(value, reading) };
            case "parallel_tool_calls":
                return request with { ParallelToolCalls = reading.Flag(value, name) };
            case "text":
                return ReadText(request, value, reading);
            case "reasoning":
                return ReadReasoning(request, value, reading);
            case "include":
                return ReadInclude(request, value, reading);
            case "previous_response_id" or "conversation" or "prompt":
                reading.Extra(member);
                return request with { StoredState = name };
            default:
                return ReadRest(request, member, reading);
        }
    }

    private static CanonicalRequest ReadRest(CanonicalRequest request, JsonProperty member, RequestReading reading)
    {
        var (name, value) = (member.Name, member.Value);
        switch (name)
        {
            case "temperature":
                return request with { Temperature = reading.Number(value, name) };
            case "top_p":
                return request with { TopP = reading.Number(value, name) };
            case "top_logprobs":
                return request with { TopLogProbs = reading.Whole(value, name) };
            case "prompt_cache_key":
                return request with { CacheKey = reading.Text(value, name) };
            case "service_tier":
                return request with { ServiceTier = Chat.ChatRequestReader.ReadTier(reading.Text(value, name)) };
            case "user":
                return request with { User = request.User ?? reading.Text(value, name) };
            case "safety_identifier":
                return request with { User = reading.Text(value, name) ?? request.User };
            case "metadata":
                return request with { Metadata = Chat.ChatRequestReader.ReadMetadata(value, reading) };
            case "store":
                return request with { Store = reading.Flag(value, name) };
            default:
                reading.Extra(member);
                return request;
        }
    }

    private static CanonicalRequest ReadText(CanonicalRequest request, JsonElement text, RequestReading reading)
    {
        if (!reading.IsObject(text, "text"))
        {
            return request;
        }
        foreach (var member in text.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }
            switch (member.Name)
            {
                case "verbosity":
                    request = request with { Verbosity = reading.Text(member.Value, "text.verbosity") };
                    break;
                case "format":
                    request = request with { OutputForm = ReadForm(member.Value, reading) };
                    break;
                default:
                    reading.Notes.Unknown("text." + member.Name);
                    break;
            }
        }
        return request;
    }

    private static OutputForm? ReadForm(JsonElement form, RequestReading reading)
    {
        switch (form.Text("type"))
        {
            case "text":
                return null;
            case "json_object":
                return new OutputForm(null);
            case "json_schema" when form.Has("schema", out var schema):
                var strict = form.Has("strict", out var said) ? reading.Flag(said, "text.format.strict") : null;
                return new OutputForm(schema, form.Text("name"), form.Text("description"), strict);
            default:
                const string param = "text.format";
                reading.Refuse(RequestFaults.InvalidMember, $"'{param}' must be text, json_object or json_schema.", param);
                return null;
        }
    }

    private static CanonicalRequest ReadReasoning(CanonicalRequest request, JsonElement value, RequestReading reading)
    {
        if (!reading.IsObject(value, "reasoning"))
        {
            return request;
        }
        var ask = request.Reasoning ?? new ReasoningAsk();
        foreach (var member in value.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }
            switch (member.Name)
            {
                case "effort":
                    var effort = reading.Text(member.Value, "reasoning.effort");
                    ask = ask with { Enabled = effort != "none", Effort = effort == "none" ? null : effort };
                    break;
                case "summary" or "generate_summary":
                    ask = ask with { Summary = reading.Text(member.Value, "reasoning.summary") };
                    break;
                default:
                    reading.Notes.Unknown("reasoning." + member.Name);
                    break;
            }
        }
        return request with { Reasoning = ask };
    }

    private static CanonicalRequest ReadInclude(CanonicalRequest request, JsonElement value, RequestReading reading)
    {
        if (!reading.IsList(value, "include"))
        {
            return request;
        }
        foreach (var entry in value.EnumerateArray())
        {
            switch (reading.Text(entry, "include"))
            {
                case EncryptedReasoning:
                    request = request with { Reasoning = (request.Reasoning ?? new ReasoningAsk()) with { WantsEncrypted = true } };
                    break;
                case LogProbs:
                    request = request with { LogProbs = true };
                    break;
                case { } other:
                    reading.Notes.Unknown("include." + other);
                    break;
            }
        }
        return request;
    }

    /// <summary>Writes <c>include</c>, if there is anything to include.</summary>
    internal static void WriteInclude(Utf8JsonWriter writer, bool wantsEncrypted, bool wantsLogProbs)
    {
        if (!wantsEncrypted && !wantsLogProbs)
        {
            return;
        }
        writer.WriteStartArray("include");
        if (wantsEncrypted)
        {
            writer.WriteStringValue(EncryptedReasoning);
        }
        if (wantsLogProbs)
        {
            writer.WriteStringValue(LogProbs);
        }
        writer.WriteEndArray();
    }
}
