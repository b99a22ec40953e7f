using System.Text.Json;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Gemini;

/// <summary>Reads the bodies of <c>generateContent</c>, <c>streamGenerateContent</c> and <c>countTokens</c>.</summary>
internal static class GeminiRequestReader
{
    private const int MostCandidates = 8;

    /// <summary>Reads a body that asks for an answer.</summary>
    /// <returns>Null, and why, when the API would refuse it.</returns>
    public static ChatRequest? Read(RequestBody body, GoogleRoute route, out RequestError? error)
    {
        try
        {
            return Read(body, Json.Sections(body, 0..body.Bytes.Length), route, out error);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            error = GoogleErrors.NotJson;
            return null;
        }
    }

    /// <summary>Reads a body that only counts tokens: contents, or a whole request in <c>generateContentRequest</c>.</summary>
    /// <returns>Null, and why, when the API would refuse it.</returns>
    public static ChatRequest? ReadCount(RequestBody body, GoogleRoute route, out RequestError? error)
    {
        try
        {
            var members = Json.Sections(body, 0..body.Bytes.Length);
            members = members.TryGetValue("generateContentRequest", out var request) ? Json.Sections(body, request) : members;
            return Read(body, members, route, out error);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            error = GoogleErrors.NotJson;
            return null;
        }
    }

    /// <summary>Whether a model thinks where the request doesn't say.</summary>
    private static bool Thinks(string model) =>
        !model.Contains("image", StringComparison.Ordinal)
        && (
            model.StartsWith("gemini-3", StringComparison.Ordinal)
            || (model.StartsWith("gemini-2.5", StringComparison.Ordinal) && !model.Contains("flash-lite", StringComparison.Ordinal))
        );

    private static ChatRequest? Read(RequestBody body, Dictionary<string, Range> members, GoogleRoute route, out RequestError? error)
    {
        var facts = body.Models.Get(route.Model);
        error = facts.Exists ? null : GoogleErrors.NoSuchModel(route);
        var contents = members.TryGetValue("contents", out var said) ? Contents(body, said) : [];
        error ??= contents.Count == 0 ? GoogleErrors.NoContents : null;
        error ??= GeminiPrompt.CheckTurns(contents, signs: route.Model.StartsWith("gemini-3", StringComparison.Ordinal));
        var config = members.TryGetValue("generationConfig", out var configured) ? Json.Sections(body, configured) : [];
        var settings = config.Count == 0 ? default : Json.Parse(body.Reader(configured));
        var thinking = Json.Get(settings, "thinkingConfig", "thinking_config") ?? default;
        error ??= CheckSettings(settings, thinking);
        if (error is not null)
        {
            return null;
        }

        var meter = body.Meter(facts, steps: true);
        var prompt = new GeminiPrompt(meter);
        prompt.AddTools(body.Bytes[members.GetValueOrDefault("tools")]);
        if (members.TryGetValue("systemInstruction", out var system))
        {
            prompt.AddContent(Json.Parse(body.Reader(system)));
        }

        contents.ForEach(prompt.AddContent);
        var schema = config.TryGetValue("responseSchema", out var asked) ? asked : config.GetValueOrDefault("responseJsonSchema");
        var (demand, tool) = ToolDemandOf(members.TryGetValue("toolConfig", out var choice) ? Json.Parse(body.Reader(choice)) : default);
        var budget = Json.Integer(thinking, "thinkingBudget", "thinking_budget");
        return new ChatRequest
        {
            Model = facts,
            Stream = route.Method == "streamGenerateContent",
            IncludeUsage = true,
            MaxTokens = Json.Integer(settings, "maxOutputTokens", "max_output_tokens"),
            Choices = (int)Math.Clamp(Json.Integer(settings, "candidateCount", "candidate_count") ?? 1, 1, MostCandidates),
            StopSequences = Stops(settings),
            ServiceTier = Tier(members, body),
            Reasons = budget is null ? Thinks(route.Model) : budget != 0,
            ReasoningBudget = budget > 0 ? budget : null,
            ShowsReasoning = Json.Get(thinking, "includeThoughts", "include_thoughts")?.ValueKind == JsonValueKind.True,
            ToolDemand = demand,
            ToolName = tool,
            Tools = members.GetValueOrDefault("tools"),
            WantsJson = Json.Text(settings, "responseMimeType", "response_mime_type") == "application/json",
            OutputSchema = schema,
            PromptTokens = meter.Tokens,
            Modalities = prompt.Modalities,
            Prefixes = meter.Points,
            Marker = prompt.Marker,
        };
    }

    // A single content may stand without its array.
    private static List<JsonElement> Contents(RequestBody body, Range section)
    {
        var contents = Json.Parse(body.Reader(section));
        return contents.ValueKind == JsonValueKind.Array ? [.. contents.EnumerateArray()] : [contents];
    }

    private static RequestError? CheckSettings(JsonElement settings, JsonElement thinking)
    {
        if (
            Json.Get(settings, "maxOutputTokens", "max_output_tokens") is { } most
            && (most.ValueKind != JsonValueKind.Number || !most.TryGetInt32(out _))
        )
        {
            return GoogleErrors.WrongType("generation_config.max_output_tokens", "TYPE_INT32", most.GetRawText());
        }

        if (Json.Integer(settings, "maxOutputTokens", "max_output_tokens") is { } limit and < 1)
        {
            return GoogleErrors.Invalid(
                $"Unable to submit request because it has a maxOutputTokens value of {limit} but the supported range is from 1 (inclusive) to 65537 "
                    + "(exclusive). Update the value and try again."
            );
        }

        return
            Json.Get(thinking, "thinkingBudget", "thinking_budget") is not null
            && Json.Get(thinking, "thinkingLevel", "thinking_level") is not null
            ? GoogleErrors.LevelAndBudget
            : null;
    }

    private static List<string> Stops(JsonElement settings) =>
        [
            .. Json.Items(settings, "stopSequences", "stop_sequences")
                .Where(stop => stop.ValueKind == JsonValueKind.String)
                .Select(stop => stop.GetString()!),
        ];

    private static string Tier(Dictionary<string, Range> members, RequestBody body) =>
        members.TryGetValue("serviceTier", out var tier) && Json.Parse(body.Reader(tier)) is { ValueKind: JsonValueKind.String } asked
            ? asked.GetString()!.ToLowerInvariant()
            : "standard";

    private static (ToolDemand Demand, string? Name) ToolDemandOf(JsonElement config)
    {
        var calling = Json.Get(config, "functionCallingConfig", "function_calling_config") ?? default;
        if (!string.Equals(Json.Text(calling, "mode"), "ANY", StringComparison.OrdinalIgnoreCase))
        {
            return (ToolDemand.None, null);
        }

        var allowed = Json.Get(calling, "allowedFunctionNames", "allowed_function_names");
        return
            allowed is { ValueKind: JsonValueKind.Array } names && names.GetArrayLength() > 0 && names[0].ValueKind == JsonValueKind.String
            ? (ToolDemand.Named, names[0].GetString())
            : (ToolDemand.Any, null);
    }
}
