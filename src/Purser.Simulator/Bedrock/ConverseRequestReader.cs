using System.Text;
using System.Text.Json;
using Purser.Simulator.Caching;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Bedrock;

/// <summary>Reads the body of Converse, and of Amazon's own models, whose bodies are alike.</summary>
internal static class ConverseRequestReader
{
    /// <summary>What an image, a video, or a document that isn't plain text counts in tokens.</summary>
    public const int MediaTokens = 1500;

    /// <summary>Reads a body.</summary>
    /// <returns>Null, and why, when the API would refuse it.</returns>
    public static ChatRequest? Read(RequestBody body, out RequestError? error)
    {
        try
        {
            return Read(body, Json.Parse(body.Reader()), out error);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            error = BedrockErrors.NotJson;
            return null;
        }
    }

    private static ChatRequest? Read(RequestBody body, JsonElement asked, out RequestError? error)
    {
        List<JsonElement> messages = [.. Json.Items(asked, "messages")];
        var inference = Json.Get(asked, "inferenceConfig") ?? default;
        var most = Json.Integer(inference, "maxTokens") ?? Json.Integer(inference, "max_new_tokens");
        var facts = body.Models.Get(body.Model!);
        error =
            !facts.Exists ? BedrockErrors.NoSuchModel
            : messages.Count == 0
                ? BedrockErrors.Invalid(
                    "A conversation must start with a user message. Try again with a conversation that starts with a user message."
                )
            : most < 1
                ? BedrockErrors.Invalid(
                    $"1 validation error detected: Value '{most}' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value "
                        + "greater than or equal to 1"
                )
            : CheckMessages(messages);
        if (error is not null)
        {
            return null;
        }

        var meter = body.Meter(facts, steps: false);
        var toolConfig = Json.Get(asked, "toolConfig") ?? default;
        var marker = AddPrompt(asked, toolConfig, messages, meter);
        var extra = Json.Get(asked, "additionalModelRequestFields") ?? asked;
        var thinking = Json.Get(extra, "thinking") ?? Json.Get(extra, "reasoningConfig") ?? default;
        var choice = Json.Get(toolConfig, "toolChoice") ?? default;
        return new ChatRequest
        {
            Model = facts,
            Stream = body.Stream == true,
            IncludeUsage = true,
            MaxTokens = most,
            StopSequences = [.. Json.Items(inference, "stopSequences").Select(stop => stop.ToString())],
            ServiceTier = Json.Text(Json.Get(asked, "serviceTier") ?? default, "type") ?? "default",
            Reasons = Json.Text(thinking, "type") is not (null or "disabled"),
            ReasoningBudget = Json.Integer(thinking, "budget_tokens"),
            ShowsReasoning = Json.Text(thinking, "display") != "omitted",
            ToolDemand =
                Json.Get(choice, "tool") is not null ? ToolDemand.Named
                : Json.Get(choice, "any") is not null ? ToolDemand.Any
                : ToolDemand.None,
            ToolName = Json.Text(Json.Get(choice, "tool") ?? default, "name"),
            Tools = ToolsOf(body),
            WantsJson = Schema(asked) is not null,
            OutputSchemaJson = Schema(asked),
            PromptTokens = meter.Tokens,
            Prefixes = meter.Points,
            Marker = marker,
        };
    }

    private static string? AddPrompt(JsonElement asked, JsonElement toolConfig, List<JsonElement> messages, PromptMeter meter)
    {
        AddBlocks(Json.Items(toolConfig, "tools"), meter);
        meter.Distinguish("system"u8);
        AddBlocks(Json.Items(asked, "system"), meter);
        string? marker = null;
        foreach (var message in messages)
        {
            meter.Distinguish(Encoding.UTF8.GetBytes(Json.Text(message, "role")!));
            var found = AddBlocks(Json.Items(message, "content"), meter);
            marker = Json.Text(message, "role") == "user" ? found : null;
        }

        return marker;
    }

    private static RequestError? CheckMessages(List<JsonElement> messages)
    {
        for (var i = 0; i < messages.Count; i++)
        {
            if (Json.Text(messages[i], "role") is not ("user" or "assistant"))
            {
                return BedrockErrors.Invalid(
                    $"1 validation error detected: Value '{Json.Text(messages[i], "role")}' at 'messages.{i + 1}.member.role' failed to satisfy "
                        + "constraint: Member must satisfy enum value set: [user, assistant]"
                );
            }

            if (!Json.Items(messages[i], "content").Any())
            {
                return BedrockErrors.Invalid(
                    $"The content field in the Message object at messages.{i} is empty. Add a ContentBlock object to the content field and try again."
                );
            }
        }

        return null;
    }

    // The schema of an answer stands there as text: {"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{…}"}}}}.
    private static byte[]? Schema(JsonElement asked)
    {
        var format = Json.Get(Json.Get(asked, "outputConfig") ?? default, "textFormat") ?? default;
        var schema = Json.Get(Json.Get(format, "structure") ?? default, "jsonSchema") ?? default;
        return Json.Text(schema, "schema") is { } text ? Encoding.UTF8.GetBytes(text) : null;
    }

    private static Range ToolsOf(RequestBody body) =>
        Json.Sections(body, 0..body.Bytes.Length).TryGetValue("toolConfig", out var config)
        && Json.Sections(body, config).TryGetValue("tools", out var tools)
        && body.Bytes[tools][0] == '['
            ? tools
            : default;

    // A cache point ends what a cache holds: it marks the block before it.
    private static string? AddBlocks(IEnumerable<JsonElement> blocks, PromptMeter meter)
    {
        string? marker = null;
        foreach (var block in blocks)
        {
            if (Json.Get(block, "cachePoint") is { } point)
            {
                meter.MarkLastBlock(Json.Text(point, "ttl") == "1h" ? CacheTtl.OneHour : CacheTtl.FiveMinutes);
                continue;
            }

            marker = AddBlock(block, meter) ?? marker;
            meter.EndBlock(CacheTtl.None);
        }

        return marker;
    }

    private static string? AddBlock(JsonElement block, PromptMeter meter)
    {
        if (Json.Text(block, "text") is { } text)
        {
            return AddText(text, meter);
        }

        if ((Json.Get(block, "image") ?? Json.Get(block, "video") ?? Json.Get(block, "document")) is { } media)
        {
            meter.AddFlat(MediaTokens, Json.Raw(media));
        }
        else if (Json.Get(block, "toolUse") is { } call)
        {
            AddText(Json.Text(call, "name") ?? "", meter);
            meter.Add(Json.Raw(Json.Get(call, "input") ?? default));
        }
        else if (Json.Get(block, "toolResult") is { } result)
        {
            string? marker = null;
            foreach (var part in Json.Items(result, "content"))
            {
                marker = AddBlock(part, meter) ?? marker;
            }

            return PromptText.OfToolResult(marker);
        }
        else if (Json.Get(Json.Get(block, "reasoningContent") ?? default, "reasoningText") is { } thought)
        {
            AddText(Json.Text(thought, "text") ?? "", meter);
        }
        else
        {
            meter.Add(Json.Raw(block));
        }

        return null;
    }

    private static string? AddText(string text, PromptMeter meter)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        meter.Add(utf8);
        return PromptText.Marker(utf8);
    }
}
