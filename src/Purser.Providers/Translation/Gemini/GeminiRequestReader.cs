using System.Text.Json;

namespace Purser.Providers.Translation.Gemini;

/// <summary>Reads a request for <c>generateContent</c>; <see cref="GeminiContentReader"/> reads its contents, <see cref="GeminiTools"/> its tools.</summary>
internal static class GeminiRequestReader
{
    public static CanonicalRequest Read(JsonElement root, PathFacts path, RequestReading reading)
    {
        var request = new CanonicalRequest
        {
            Model = path.Model ?? "",
            Stream = path.Stream ?? false,
            StreamIsArray = path.StreamIsArray,
            WantsStreamUsage = true,
        };
        var contents = new GeminiContentReader(reading);
        List<CanonicalMessage> messages = [];
        if (GeminiJson.Has(root, "systemInstruction", out var system))
        {
            var prompt = system.ValueKind == JsonValueKind.String ? [new TextPart(system.GetString()!)] : contents.ReadParts(system);
            messages.Add(new CanonicalMessage(CanonicalRole.System, prompt));
        }
        if (root.Has("contents", out var list))
        {
            messages.AddRange(contents.Read(list));
        }
        else
        {
            reading.Refuse(RequestFaults.InvalidMember, "'contents' must be there, as a list.", "contents");
        }
        request = request with { Messages = messages };
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
        switch (GeminiJson.Camel(member.Name))
        {
            case "contents" or "systemInstruction" or "model":
                return request;
            case "tools":
                return request with { Tools = GeminiTools.Read(value, reading) };
            case "toolConfig":
                return request with { ToolChoice = GeminiTools.ReadChoice(value, reading) };
            case "generationConfig":
                return ReadConfig(request, value, reading);
            case "labels":
                return request with { Metadata = Chat.ChatRequestReader.ReadMetadata(value, reading) };
            case "cachedContent":
                reading.Extra(member);
                return request with { StoredState = member.Name };
            default:
                reading.Extra(member);
                return request;
        }
    }

    private static CanonicalRequest ReadConfig(CanonicalRequest request, JsonElement config, RequestReading reading)
    {
        if (!reading.IsObject(config, "generationConfig"))
        {
            return request;
        }
        foreach (var member in config.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Null)
            {
                request = ReadSetting(request, member, reading);
            }
        }
        return ReadForm(request, config, reading);
    }

    private static CanonicalRequest ReadSetting(CanonicalRequest request, JsonProperty member, RequestReading reading)
    {
        var value = member.Value;
        var name = GeminiJson.Camel(member.Name);
        var param = "generationConfig." + name;
        switch (name)
        {
            case "temperature":
                return request with { Temperature = reading.Number(value, param) };
            case "topP":
                return request with { TopP = reading.Number(value, param) };
            case "topK":
                return request with { TopK = (long?)reading.Number(value, param) };
            case "candidateCount":
                return request with { Choices = reading.Positive(value, param) };
            case "maxOutputTokens":
                return request with { MaxOutputTokens = reading.Positive(value, param) };
            case "stopSequences":
                return reading.IsList(value, param)
                    ? request with
                    {
                        StopSequences = [.. value.EnumerateArray().Select(text => reading.Text(text, param) ?? "")],
                    }
                    : request;
            case "presencePenalty":
                return request with { PresencePenalty = reading.Number(value, param) };
            case "frequencyPenalty":
                return request with { FrequencyPenalty = reading.Number(value, param) };
            case "seed":
                return request with { Seed = reading.Whole(value, param) };
            case "responseLogprobs":
                return request with { LogProbs = reading.Flag(value, param) };
            case "logprobs":
                return request with { TopLogProbs = reading.Whole(value, param) };
            case "thinkingConfig":
                return request with { Reasoning = ReadThinking(value, reading) };
            case "responseMimeType" or "responseSchema" or "responseJsonSchema":
                return request;
            case "responseModalities":
                if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().Any(mode => !IsText(mode)))
                {
                    reading.Refuse(TranslationRules.RefuseAudioOutput, param);
                }
                return request;
            default:
                reading.Notes.Unknown(param);
                return request;
        }
    }

    private static bool IsText(JsonElement mode) =>
        mode.ValueKind == JsonValueKind.String && string.Equals(mode.GetString(), "TEXT", StringComparison.OrdinalIgnoreCase);

    private static CanonicalRequest ReadForm(CanonicalRequest request, JsonElement config, RequestReading reading)
    {
        var type = GeminiJson.Text(config, "responseMimeType");
        if (type is not (null or "text/plain" or "application/json"))
        {
            reading.Notes.Unknown("generationConfig.responseMimeType");
        }
        JsonElement? schema =
            GeminiJson.Has(config, "responseJsonSchema", out var plain) ? plain
            : GeminiJson.Has(config, "responseSchema", out var own) ? GeminiSchema.ToJsonSchema(own)
            : null;
        return schema is not null || type == "application/json"
            ? request with
            {
                OutputForm = new OutputForm(schema, Strict: schema is null ? null : true),
            }
            : request;
    }

    private static ReasoningAsk? ReadThinking(JsonElement value, RequestReading reading)
    {
        if (!reading.IsObject(value, "generationConfig.thinkingConfig"))
        {
            return null;
        }
        var ask = new ReasoningAsk();
        foreach (var member in value.EnumerateObject())
        {
            switch (GeminiJson.Camel(member.Name))
            {
                case "includeThoughts":
                    ask = ask with { Summary = member.Value.ValueKind == JsonValueKind.True ? "auto" : "omitted" };
                    break;
                case "thinkingBudget":
                    ask = reading.Whole(member.Value, "generationConfig.thinkingConfig.thinkingBudget") switch
                    {
                        null => ask,
                        0 => ask with { Enabled = false },
                        < 0 => ask with { Enabled = true, IsAdaptive = true },
                        var budget => ask with { Enabled = true, BudgetTokens = budget },
                    };
                    break;
                case "thinkingLevel":
                    var level = reading.Text(member.Value, "generationConfig.thinkingConfig.thinkingLevel")?.ToLowerInvariant();
                    ask = level is null or "thinking_level_unspecified" ? ask : ask with { Enabled = true, Effort = level };
                    break;
                default:
                    reading.Notes.Unknown("generationConfig.thinkingConfig." + member.Name);
                    break;
            }
        }
        return ask;
    }
}
