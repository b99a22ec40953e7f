using System.Text.Json;

namespace Purser.Providers.Tokens;

/// <summary>
/// What the definition of a tool counts, as OpenAI's cookbook ("How to count tokens with tiktoken") documents it for functions with
/// properties that aren't nested. What it doesn't speak of (nested properties, strict mode, tools of other kinds) is counted as the text of its JSON.
/// </summary>
internal static class ToolRecipe
{
    private const int NewerStart = 7;
    private const int OlderStart = 10;
    private const int Properties = 3;
    private const int Property = 3;
    private const int Enumeration = -3;
    private const int EnumerationItem = 3;

    /// <summary>What is counted once for all tools of a request, where there are any.</summary>
    public const int TokensOfAll = 12;

    /// <summary>The tokens of one tool of a request.</summary>
    /// <param name="tool">Its JSON: <c>{"type":"function","function":{…}}</c>, or the function itself.</param>
    /// <param name="encoding">The model's encoding.</param>
    public static long Count(ReadOnlySpan<byte> tool, TiktokenEncoding encoding)
    {
        var reader = new Utf8JsonReader(tool, new JsonReaderOptions { MaxDepth = RequestScan.MaxDepth + 1 });
        using var document = JsonDocument.ParseValue(ref reader);
        var function = Member(document.RootElement, "function") is { ValueKind: JsonValueKind.Object } inner ? inner : document.RootElement;
        var parameters = Member(function, "parameters") ?? Member(function, "input_schema");
        if (Text(function, "name") is not { } name)
        {
            return Tokens(encoding, document.RootElement.GetRawText());
        }
        var tokens = (encoding.Name == "o200k_base" ? NewerStart : OlderStart) + Line(encoding, name, Text(function, "description"));
        if (
            parameters is { ValueKind: JsonValueKind.Object } schema
            && Member(schema, "properties") is { ValueKind: JsonValueKind.Object } properties
        )
        {
            tokens += CountProperties(properties, encoding);
        }
        return tokens;
    }

    private static long CountProperties(JsonElement properties, TiktokenEncoding encoding)
    {
        long tokens = 0;
        foreach (var property in properties.EnumerateObject())
        {
            tokens += (tokens == 0 ? Properties : 0) + Property;
            if (property.Value.ValueKind != JsonValueKind.Object)
            {
                continue;
            }
            if (Member(property.Value, "enum") is { ValueKind: JsonValueKind.Array } items)
            {
                tokens += Enumeration;
                foreach (var item in items.EnumerateArray())
                {
                    tokens += EnumerationItem + Tokens(encoding, item.ToString());
                }
            }
            var type = Member(property.Value, "type")?.ToString() ?? "";
            tokens += Line(encoding, $"{property.Name}:{type}", Text(property.Value, "description"));
            foreach (var nested in (string[])["properties", "items"])
            {
                if (Member(property.Value, nested) is { } inner)
                {
                    tokens += Tokens(encoding, inner.GetRawText());
                }
            }
        }
        return tokens;
    }

    private static long Line(TiktokenEncoding encoding, string head, string? description)
    {
        description ??= "";
        return Tokens(encoding, $"{head}:{(description.EndsWith('.') ? description[..^1] : description)}");
    }

    private static long Tokens(TiktokenEncoding encoding, string text) => encoding.Count(text, out _);

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
}
