using System.Text;
using System.Text.Json;
using Purser.Simulator.Caching;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Gemini;

/// <summary>Counts what a prompt has, part by part, and checks its turns as Google does.</summary>
internal sealed class GeminiPrompt(PromptMeter meter)
{
    /// <summary>What an image, audio, video or document counts in tokens.</summary>
    public const int MediaTokens = 258;

    /// <summary>The tokens by modality.</summary>
    public ModalityTokens Modalities { get; } = new();

    /// <summary>The simulator's marker in the last content, when that is the user's.</summary>
    public string? Marker { get; private set; }

    /// <summary>Adds the definitions of tools, which count as they stand.</summary>
    public void AddTools(ReadOnlySpan<byte> tools)
    {
        meter.Add(tools);
        Modalities.AddText(meter.Tokens);
    }

    /// <summary>Adds one content: what one side said.</summary>
    public void AddContent(JsonElement content)
    {
        var role = Json.Text(content, "role") ?? "user";
        meter.Distinguish(Encoding.UTF8.GetBytes(role));
        string? found = null;
        foreach (var part in Json.Items(content, "parts"))
        {
            found = AddPart(part) ?? found;
        }

        Marker = role is "user" or "function" ? found : null;
    }

    /// <summary>Adds one part.</summary>
    /// <returns>The marker in its text.</returns>
    public string? AddPart(JsonElement part)
    {
        if (Json.Text(part, "text") is { } text)
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            AddText(utf8);
            return PromptText.Marker(utf8);
        }

        if ((Json.Get(part, "inlineData", "inline_data") ?? Json.Get(part, "fileData", "file_data")) is { } file)
        {
            meter.AddFlat(MediaTokens, Json.Raw(file));
            Modalities.AddFile(Json.Text(file, "mimeType", "mime_type") ?? "", MediaTokens);
            return null;
        }

        // What signs a thought or says that it is one is no content, and no object.
        string? found = null;
        foreach (var value in Json.Members(part).Where(value => value.ValueKind == JsonValueKind.Object))
        {
            var raw = Json.Raw(value);
            AddText(raw);
            found = PromptText.Marker(raw) ?? found;
        }

        return Json.Get(part, "functionResponse", "function_response") is null ? null : PromptText.OfToolResult(found);
    }

    /// <summary>What is wrong with the order of turns; null when nothing is.</summary>
    /// <param name="contents">The contents.</param>
    /// <param name="signs">Whether the model wants each step's first call signed (since Gemini 3).</param>
    public static RequestError? CheckTurns(IReadOnlyList<JsonElement> contents, bool signs)
    {
        if (contents.Any(content => Json.Text(content, "role") is not (null or "user" or "model" or "function" or "")))
        {
            return GoogleErrors.WrongRole;
        }

        var turn = LastQuestion(contents);
        for (var i = 0; i < contents.Count; i++)
        {
            var calls = Calls(contents[i]);
            if (calls.Count == 0)
            {
                continue;
            }

            if (signs && i > turn && Json.Text(calls[0].Part, "thoughtSignature", "thought_signature") is null or "")
            {
                return GoogleErrors.SignatureMissing(Json.Text(calls[0].Call, "name") ?? "", i + 1);
            }

            if (Responses(contents, i + 1) != calls.Count)
            {
                return GoogleErrors.ResponsesMissing;
            }
        }

        return null;
    }

    private void AddText(byte[] utf8)
    {
        var before = meter.Tokens;
        meter.Add(utf8);
        Modalities.AddText(meter.Tokens - before);
    }

    // Only the steps since the user last spoke need their signatures.
    private static int LastQuestion(IReadOnlyList<JsonElement> contents)
    {
        for (var i = contents.Count - 1; i >= 0; i--)
        {
            if (
                Json.Text(contents[i], "role") is null or "user"
                && Json.Items(contents[i], "parts").Any(part => Json.Text(part, "text") is not null)
            )
            {
                return i;
            }
        }

        return -1;
    }

    private static List<(JsonElement Part, JsonElement Call)> Calls(JsonElement content) =>
        [
            .. Json.Items(content, "parts")
                .Select(part => (Part: part, Call: Json.Get(part, "functionCall", "function_call")))
                .Where(found => found.Call is not null)
                .Select(found => (found.Part, found.Call!.Value)),
        ];

    // A model's calls are answered by the contents that follow, up to the next that has another part.
    private static int Responses(IReadOnlyList<JsonElement> contents, int start)
    {
        var count = 0;
        for (var i = start; i < contents.Count; i++)
        {
            var found = Json.Items(contents[i], "parts").Count(part => Json.Get(part, "functionResponse", "function_response") is not null);
            if (found == 0)
            {
                break;
            }

            count += found;
        }

        return count;
    }
}
