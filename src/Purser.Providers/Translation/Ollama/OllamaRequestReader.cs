using System.Text.Json;

namespace Purser.Providers.Translation.Ollama;

/// <summary>Reads a request to Ollama's <c>/api/chat</c>. It streams unless it says otherwise.</summary>
internal static class OllamaRequestReader
{
    public static CanonicalRequest Read(JsonElement root, RequestReading reading)
    {
        var request = new CanonicalRequest
        {
            Model = reading.Required(root, "model", "model"),
            Stream = true,
            WantsStreamUsage = true,
        };
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
                return request with { Messages = new OllamaMessages(reading).Read(value) };
            case "stream":
                return request with { Stream = reading.Flag(value, name) ?? true };
            case "tools":
                return request with { Tools = ReadTools(value, reading) };
            case "format":
                return request with { OutputForm = ReadForm(value, reading) };
            case "think":
                return request with { Reasoning = ReadThink(value, reading) };
            case "logprobs":
                return request with { LogProbs = reading.Flag(value, name) };
            case "top_logprobs":
                return request with { TopLogProbs = reading.Whole(value, name) };
            case "options":
                return ReadOptions(request, value, reading);
            default:
                reading.Extra(member);
                return request;
        }
    }

    private static OutputForm? ReadForm(JsonElement value, RequestReading reading)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            return new OutputForm(value, Strict: true);
        }
        return reading.Text(value, "format") switch
        {
            null or "" => null,
            "json" => new OutputForm(null),
            _ => NoForm(reading),
        };
    }

    private static OutputForm? NoForm(RequestReading reading)
    {
        reading.Refuse(RequestFaults.InvalidMember, "'format' must be json, or a JSON schema.", "format");
        return null;
    }

    private static ReasoningAsk? ReadThink(JsonElement value, RequestReading reading) =>
        value.ValueKind == JsonValueKind.String
            ? new ReasoningAsk { Enabled = true, Effort = value.GetString() }
            : reading.Flag(value, "think") switch
            {
                null => null,
                true => new ReasoningAsk { Enabled = true, IsAdaptive = true },
                false => new ReasoningAsk { Enabled = false },
            };

    private static CanonicalRequest ReadOptions(CanonicalRequest request, JsonElement options, RequestReading reading)
    {
        if (!reading.IsObject(options, "options"))
        {
            return request;
        }
        foreach (var member in options.EnumerateObject())
        {
            var (name, value) = ("options." + member.Name, member.Value);
            request = member.Name switch
            {
                _ when value.ValueKind == JsonValueKind.Null => request,
                "temperature" => request with { Temperature = reading.Number(value, name) },
                "top_p" => request with { TopP = reading.Number(value, name) },
                "top_k" => request with { TopK = reading.Whole(value, name) },
                "seed" => request with { Seed = reading.Whole(value, name) },
                "frequency_penalty" => request with { FrequencyPenalty = reading.Number(value, name) },
                "presence_penalty" => request with { PresencePenalty = reading.Number(value, name) },
                // -1: as many as it takes; -2: as many as fit.
                "num_predict" => request with { MaxOutputTokens = reading.Whole(value, name) is > 0 and var most ? most : null },
                "stop" => request with { StopSequences = ReadStop(value, reading) },
                _ => Unknown(request, name, reading),
            };
        }
        return request;
    }

    private static CanonicalRequest Unknown(CanonicalRequest request, string name, RequestReading reading)
    {
        reading.Notes.Unknown(name);
        return request;
    }

    private static string[] ReadStop(JsonElement value, RequestReading reading)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            return [value.GetString() ?? ""];
        }
        return reading.IsList(value, "options.stop")
            ? [.. value.EnumerateArray().Select(text => reading.Text(text, "options.stop") ?? "")]
            : [];
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
            if (!reading.IsObject(tool, "tools"))
            {
                continue;
            }
            if (!tool.Has("function", out var function))
            {
                reading.Refuse(RequestFaults.InvalidMember, "'tools.function' must be there, as an object.", "tools.function");
                continue;
            }
            tools.Add(
                new CanonicalTool(ToolKind.Function, reading.Required(function, "name", "tools.function.name"))
                {
                    Description = function.Text("description"),
                    Parameters = function.Has("parameters", out var parameters) ? parameters : null,
                }
            );
        }
        return tools;
    }
}
