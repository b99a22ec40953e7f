using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Purser.Providers.Translation;

namespace Purser.Gateway.Evaluations;

/// <summary>What a judge says of two answers.</summary>
internal enum Preferred
{
    /// <summary>It says nothing that can be read.</summary>
    Unreadable,

    /// <summary>The first is better.</summary>
    First,

    /// <summary>The second is better.</summary>
    Second,

    /// <summary>Neither is.</summary>
    Neither,
}

/// <summary>The question that a judge is asked, as a chat completion, and its answer.</summary>
internal static class JudgeQuestion
{
    // Room for the thinking of models that think before they say a word.
    private const int MostTokens = 4096;

    private static readonly string Prompt = ReadPrompt();

    private static readonly JsonElement Schema = JsonElement.Parse(
        """
        {
          "type": "object",
          "properties": {"reason": {"type": "string"}, "better": {"type": "string", "enum": ["a", "b", "equal"]}},
          "required": ["reason", "better"],
          "additionalProperties": false
        }
        """
    );

    // Answers are quoted as JSON strings, so that none can end its quotation; they stay readable otherwise.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the body of the request.</summary>
    /// <param name="model">The judge.</param>
    /// <param name="instructions">What the operator says of good answers; null for nothing.</param>
    /// <param name="asked">The request that was answered.</param>
    /// <param name="first">The first answer.</param>
    /// <param name="second">The second.</param>
    /// <param name="hasSchema">Whether the judge takes a JSON schema to answer by.</param>
    public static byte[] Write(string model, string? instructions, CanonicalRequest asked, string first, string second, bool hasSchema)
    {
        var system = instructions is null
            ? Prompt
            : $"{Prompt}\nWhat counts as good here, in the words of those who asked you:\n{instructions}\n";
        return WriteJson(json =>
        {
            json.WriteString("model", model);
            json.WriteNumber("max_completion_tokens", MostTokens);
            json.WriteStartArray("messages");
            WriteMessage(json, "system", system);
            WriteMessage(json, "user", Encoding.UTF8.GetString(WriteJson(material => WriteMaterial(material, asked, first, second))));
            json.WriteEndArray();
            if (hasSchema)
            {
                json.WriteStartObject("response_format");
                json.WriteString("type", "json_schema");
                json.WriteStartObject("json_schema");
                json.WriteString("name", "verdict");
                json.WriteBoolean("strict", true);
                json.WritePropertyName("schema");
                Schema.WriteTo(json);
                json.WriteEndObject();
                json.WriteEndObject();
            }
        });
    }

    /// <summary>Reads the judge's answer: one JSON object, which models without a schema like to put between fences.</summary>
    public static Preferred Read(string answer)
    {
        var text = answer.Trim();
        if (text.StartsWith("```", StringComparison.Ordinal) && text.EndsWith("```", StringComparison.Ordinal) && text.Contains('\n'))
        {
            text = text[text.IndexOf('\n')..^3];
        }

        try
        {
            using var json = JsonDocument.Parse(text);
            return
                json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("better", out var better)
                && better.ValueKind == JsonValueKind.String
                ? better.GetString() switch
                {
                    "a" => Preferred.First,
                    "b" => Preferred.Second,
                    "equal" => Preferred.Neither,
                    _ => Preferred.Unreadable,
                }
                : Preferred.Unreadable;
        }
        catch (JsonException)
        {
            return Preferred.Unreadable;
        }
    }

    /// <summary>
    /// What two answers of a judge come to, the second of which saw the answers swapped: 1 where the model that was compared is as good or better both
    /// times, 0 where it's worse both times, 0.5 where that depends on which answer came first. Null where one of them can't be read.
    /// </summary>
    /// <param name="straight">Where the compared model's answer came first.</param>
    /// <param name="swapped">Where it came second.</param>
    public static double? Score(Preferred straight, Preferred swapped) =>
        straight == Preferred.Unreadable || swapped == Preferred.Unreadable
            ? null
            : (straight != Preferred.Second, swapped != Preferred.First) switch
            {
                (true, true) => 1,
                (false, false) => 0,
                _ => 0.5,
            };

    private static void WriteMaterial(Utf8JsonWriter json, CanonicalRequest asked, string first, string second)
    {
        json.WriteStartArray("conversation");
        foreach (var message in asked.Messages)
        {
            json.WriteStartObject();
            json.WriteString("role", JsonNamingPolicy.CamelCase.ConvertName(message.Role.ToString()));
            json.WriteString("content", string.Concat(message.Parts.Select(AnswerReader.TextOf)));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (asked.Tools.Count > 0)
        {
            json.WriteStartArray("tools");
            foreach (var tool in asked.Tools)
            {
                json.WriteStartObject();
                json.WriteString("name", tool.Name);
                json.WriteString("description", tool.Description);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (asked.OutputForm is { } form)
        {
            json.WritePropertyName("form");
            if (form.Schema is { } schema)
            {
                schema.WriteTo(json);
            }
            else
            {
                json.WriteStringValue("a JSON object");
            }
        }

        json.WriteString("answer_a", first);
        json.WriteString("answer_b", second);
    }

    private static void WriteMessage(Utf8JsonWriter json, string role, string content)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteString("content", content);
        json.WriteEndObject();
    }

    private static byte[] WriteJson(Action<Utf8JsonWriter> members)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Readable))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    private static string ReadPrompt()
    {
        using var resource = typeof(JudgeQuestion).Assembly.GetManifestResourceStream("JudgePrompt.md")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
