using System.Text;
using System.Text.Json;
using Purser.Simulator.Caching;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Cohere;

/// <summary>Reads the body of <c>/v2/chat</c>.</summary>
internal static class CohereRequestReader
{
    /// <summary>What an image counts in tokens.</summary>
    public const int ImageTokens = 256;

    /// <summary>Reads a body.</summary>
    /// <returns>Null, and why, when the API would refuse it.</returns>
    public static ChatRequest? Read(RequestBody body, out RequestError? error)
    {
        try
        {
            return Read(body, Json.Sections(body, 0..body.Bytes.Length), Json.Parse(body.Reader()), out error);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            error = CohereErrors.NotJson;
            return null;
        }
    }

    private static ChatRequest? Read(RequestBody body, Dictionary<string, Range> members, JsonElement asked, out RequestError? error)
    {
        var name = Json.Text(asked, "model");
        List<JsonElement> messages = [.. Json.Items(asked, "messages")];
        error =
            name is null or "" ? CohereErrors.Missing("model")
            : messages.Count == 0 ? CohereErrors.Missing("messages")
            : Json.Integer(asked, "max_tokens") < 1 ? CohereErrors.Invalid("max_tokens must be at least 1")
            : null;
        var facts = error is null ? body.Models.Get(name!) : null;
        error ??= facts!.Exists ? null : CohereErrors.NoSuchModel(name!);
        if (error is not null)
        {
            return null;
        }

        var meter = body.Meter(facts!, steps: true);
        meter.Add(body.Bytes[members.GetValueOrDefault("tools")]);
        meter.Add(body.Bytes[members.GetValueOrDefault("documents")]);
        string? marker = null;
        foreach (var message in messages)
        {
            marker = AddMessage(message, meter, marker);
        }

        var thinking = Json.Get(asked, "thinking") ?? default;
        return new ChatRequest
        {
            Model = facts!,
            Stream = Json.Get(asked, "stream") is { ValueKind: JsonValueKind.True },
            IncludeUsage = true,
            MaxTokens = Json.Integer(asked, "max_tokens"),
            StopSequences = [.. Json.Items(asked, "stop_sequences").Select(stop => stop.ToString())],
            ServiceTier = "default",
            Reasons = Reasons(name!, Json.Text(thinking, "type")),
            ReasoningBudget = Json.Integer(thinking, "token_budget"),
            ShowsReasoning = true,
            ToolDemand = Json.Text(asked, "tool_choice") == "REQUIRED" ? ToolDemand.Any : ToolDemand.None,
            Tools = members.GetValueOrDefault("tools"),
            WantsJson = Format(body, members).WantsJson,
            OutputSchema = Format(body, members).Schema,
            PromptTokens = meter.Tokens,
            Prefixes = meter.Points,
            Marker = marker,
        };
    }

    private static bool Reasons(string model, string? thinking) =>
        thinking is null ? model.Contains("reasoning", StringComparison.Ordinal) : thinking == "enabled";

    private static OutputFormat Format(RequestBody body, Dictionary<string, Range> members)
    {
        if (!members.TryGetValue("responseFormat", out var section))
        {
            return default;
        }

        var reader = body.Reader(section);
        reader.Read();
        var format = OutputFormat.Read(ref reader);
        var (offset, length) = format.Schema.GetOffsetAndLength(int.MaxValue);
        var start = section.Start.Value + offset;
        return format with { Schema = length == 0 ? default : start..(start + length) };
    }

    private static string? AddMessage(JsonElement message, PromptMeter meter, string? marker)
    {
        var role = Json.Text(message, "role") ?? "";
        meter.Distinguish(Encoding.UTF8.GetBytes(role));
        var content = Json.Get(message, "content") ?? default;
        var found = content.ValueKind == JsonValueKind.String ? AddText(content.GetString()!, meter) : null;
        foreach (var part in Json.Each(content))
        {
            found = AddPart(part, meter) ?? found;
        }

        AddText(Json.Text(message, "tool_plan") ?? "", meter);
        if (Json.Get(message, "tool_calls") is { } calls)
        {
            meter.Add(Json.Raw(calls));
        }

        return role switch
        {
            "user" => found,
            "system" => marker,
            "tool" => PromptText.OfToolResult(found) ?? PromptText.OfToolResult(marker),
            _ => null,
        };
    }

    private static string? AddPart(JsonElement part, PromptMeter meter)
    {
        if ((Json.Text(part, "text") ?? Json.Text(part, "thinking")) is { } text)
        {
            return AddText(text, meter);
        }

        if (Json.Get(part, "image_url") is { } image)
        {
            meter.AddFlat(ImageTokens, Json.Raw(image));
        }
        else
        {
            meter.Add(Json.Raw(part));
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
