using System.Text.Json;

namespace Purser.Providers.Translation.Converse;

/// <summary>Reads a request for Bedrock's Converse. The model, and whether the answer is streamed, are in the path.</summary>
internal static class ConverseRequestReader
{
    /// <summary>The member that has what only a model knows.</summary>
    public const string ModelFields = "additionalModelRequestFields";

    public static CanonicalRequest Read(JsonElement root, PathFacts path, RequestReading reading)
    {
        var messages = new List<CanonicalMessage>();
        if (root.Has("system", out var system))
        {
            messages.Add(new CanonicalMessage(CanonicalRole.System, ConverseBlockReader.ReadSystem(system, reading)));
        }
        if (root.Has("messages", out var list))
        {
            ConverseBlockReader.ReadMessages(list, messages, reading);
        }
        var request = new CanonicalRequest
        {
            Model = path.Model ?? "",
            Stream = path.Stream ?? false,
            WantsStreamUsage = true,
            Messages = messages,
        };
        foreach (var member in root.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Null)
            {
                request = ReadMember(request, member, reading);
            }
        }
        return request;
    }

    private static CanonicalRequest ReadMember(CanonicalRequest request, JsonProperty member, RequestReading reading)
    {
        var value = member.Value;
        switch (member.Name)
        {
            case "messages" or "system":
                return request;
            case "inferenceConfig":
                return ReadInference(request, value, reading);
            case "toolConfig":
                return ConverseTools.Read(request, value, reading);
            case "requestMetadata":
                return request with { Metadata = Chat.ChatRequestReader.ReadMetadata(value, reading) };
            case "serviceTier":
                return request with { ServiceTier = Chat.ChatRequestReader.ReadTier(value.Text("type")) };
            case "outputConfig":
                return ReadOutput(request, value, reading);
            case ModelFields:
                return ReadModelFields(request, value, reading);
            default:
                reading.Extra(member);
                return request;
        }
    }

    private static CanonicalRequest ReadInference(CanonicalRequest request, JsonElement value, RequestReading reading)
    {
        if (!reading.IsObject(value, "inferenceConfig"))
        {
            return request;
        }
        foreach (var member in value.EnumerateObject())
        {
            var param = "inferenceConfig." + member.Name;
            request = member.Name switch
            {
                _ when member.Value.ValueKind == JsonValueKind.Null => request,
                "maxTokens" => request with { MaxOutputTokens = reading.Positive(member.Value, param) },
                "temperature" => request with { Temperature = reading.Number(member.Value, param) },
                "topP" => request with { TopP = reading.Number(member.Value, param) },
                "stopSequences" when reading.IsList(member.Value, param) => request with
                {
                    StopSequences = [.. member.Value.EnumerateArray().Select(text => reading.Text(text, param) ?? "")],
                },
                _ => Unknown(request, param, reading),
            };
        }
        return request;
    }

    private static CanonicalRequest Unknown(CanonicalRequest request, string name, RequestReading reading)
    {
        reading.Notes.Unknown(name);
        return request;
    }

    // The schema is a text with JSON in it.
    private static CanonicalRequest ReadOutput(CanonicalRequest request, JsonElement value, RequestReading reading)
    {
        if (
            !value.Has("textFormat", out var form)
            || !form.Has("structure", out var structure)
            || !structure.Has("jsonSchema", out var json)
            || json.Text("schema") is not { } text
        )
        {
            reading.Notes.Unknown("outputConfig");
            return request;
        }
        if (!JsonParts.TryObject(text, out var schema))
        {
            const string param = "outputConfig.textFormat.structure.jsonSchema.schema";
            reading.Refuse(RequestFaults.InvalidMember, $"'{param}' must be a text with a JSON object in it.", param);
            return request;
        }
        return request with { OutputForm = new OutputForm(schema, json.Text("name"), json.Text("description"), Strict: true) };
    }

    // Claude's thinking is the one of these that other formats have too.
    private static CanonicalRequest ReadModelFields(CanonicalRequest request, JsonElement value, RequestReading reading)
    {
        if (!reading.IsObject(value, ModelFields))
        {
            return request;
        }
        foreach (var member in value.EnumerateObject())
        {
            switch (member.Name)
            {
                case "thinking" or "reasoning_config" when member.Value.ValueKind == JsonValueKind.Object:
                    request = request with { Reasoning = ReadThinking(request.Reasoning, member.Value) };
                    break;
                case "output_config" when member.Value.Text("effort") is { } effort:
                    request = request with { Reasoning = (request.Reasoning ?? new ReasoningAsk()) with { Effort = effort } };
                    break;
                case "reasoning_effort" when member.Value.ValueKind == JsonValueKind.String:
                    request = request with
                    {
                        Reasoning = (request.Reasoning ?? new ReasoningAsk()) with { Enabled = true, Effort = member.Value.GetString() },
                    };
                    break;
                case "top_k" when member.Value.ValueKind == JsonValueKind.Number:
                    request = request with { TopK = reading.Whole(member.Value, ModelFields + ".top_k") };
                    break;
                default:
                    reading.Notes.Unknown(ModelFields + "." + member.Name);
                    break;
            }
        }
        return request;
    }

    private static ReasoningAsk ReadThinking(ReasoningAsk? known, JsonElement thinking)
    {
        var ask = known ?? new ReasoningAsk();
        return thinking.Text("type") switch
        {
            "adaptive" => ask with { Enabled = true, IsAdaptive = true, Summary = thinking.Text("display") },
            "enabled" => ask with { Enabled = true, BudgetTokens = thinking.Whole("budget_tokens"), Summary = thinking.Text("display") },
            "disabled" => ask with { Enabled = false },
            _ => ask,
        };
    }
}
