using System.Text;
using System.Text.Json;
using Purser.Simulator.Caching;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Ollama;

/// <summary>Reads the bodies of <c>/api/chat</c> and <c>/api/generate</c>.</summary>
internal static class OllamaRequestReader
{
    /// <summary>What an image counts in tokens.</summary>
    public const int ImageTokens = 256;

    /// <summary>Reads a body.</summary>
    /// <returns>Null, and why, when the API would refuse it.</returns>
    public static ChatRequest? Read(RequestBody body, bool isChat, out RequestError? error)
    {
        try
        {
            return Read(body, Json.Sections(body, 0..body.Bytes.Length), isChat, out error);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            error = OllamaErrors.NotJson;
            return null;
        }
    }

    private static ChatRequest? Read(RequestBody body, Dictionary<string, Range> members, bool isChat, out RequestError? error)
    {
        JsonElement Member(RequestBody body, string name) =>
            members.TryGetValue(name, out var section) ? Json.Parse(body.Reader(section)) : default;

        var model = Member(body, "model") is { ValueKind: JsonValueKind.String } named ? named.GetString()! : "";
        error = model.Length == 0 ? OllamaErrors.NoModel : null;
        var facts = error is null ? body.Models.Get(model) : null;
        error ??= facts!.Exists ? null : OllamaErrors.NoSuchModel(model);
        if (error is not null)
        {
            return null;
        }

        var meter = body.Meter(facts!, steps: false);
        var prompt = new OllamaPrompt(meter);
        if (isChat)
        {
            meter.Add(body.Bytes[members.GetValueOrDefault("tools")]);
            foreach (var message in Json.Each(Member(body, "messages")))
            {
                prompt.AddMessage(message);
            }
        }
        else
        {
            prompt.AddText(Text(Member(body, "system")));
            prompt.AddImages(Member(body, "images"));
            prompt.AddPrompt(Text(Member(body, "prompt")));
        }

        var (format, options, think) = (Member(body, "format"), Member(body, "options"), Member(body, "think"));
        return new ChatRequest
        {
            Model = facts!,
            Stream = Member(body, "stream").ValueKind != JsonValueKind.False,
            IncludeUsage = true,
            MaxTokens = Json.Integer(options, "num_predict") is { } most and > 0 ? most : null,
            StopSequences =
            [
                .. Json.Items(options, "stop").Where(stop => stop.ValueKind == JsonValueKind.String).Select(stop => stop.GetString()!),
            ],
            ServiceTier = "default",
            Reasons = think.ValueKind == JsonValueKind.True || Text(think) is "low" or "medium" or "high",
            ShowsReasoning = true,
            Tools = isChat ? members.GetValueOrDefault("tools") : default,
            WantsJson = format.ValueKind == JsonValueKind.Object || Text(format) == "json",
            OutputSchema = format.ValueKind == JsonValueKind.Object ? members["format"] : default,
            PromptTokens = meter.Tokens,
            Marker = prompt.Marker,
        };
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private sealed class OllamaPrompt(PromptMeter meter)
    {
        public string? Marker { get; private set; }

        public void AddMessage(JsonElement message)
        {
            var role = Json.Text(message, "role") ?? "";
            meter.Distinguish(Encoding.UTF8.GetBytes(role));
            AddText(Json.Text(message, "thinking") ?? "");
            var found = AddText(Json.Text(message, "content") ?? "");
            AddImages(Json.Get(message, "images") ?? default);
            if (Json.Get(message, "tool_calls") is { } calls)
            {
                meter.Add(Json.Raw(calls));
            }

            Marker = role switch
            {
                "user" => found,
                "system" => Marker,
                "tool" => PromptText.OfToolResult(found) ?? PromptText.OfToolResult(Marker),
                _ => null,
            };
        }

        public void AddPrompt(string text) => Marker = AddText(text);

        public string? AddText(string text)
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            meter.Add(utf8);
            return PromptText.Marker(utf8);
        }

        public void AddImages(JsonElement images)
        {
            foreach (var image in Json.Each(images))
            {
                meter.AddFlat(ImageTokens, Json.Raw(image));
            }
        }
    }
}
