using System.Text.Json;

namespace Purser.Simulator.Requests;

/// <summary>
/// What a request says of its answer's format: <c>{"type":"json_object"}</c>, or <c>{"type":"json_schema",…}</c> with the schema in
/// <c>schema</c> or <c>json_schema</c>, or in both one within the other.
/// </summary>
/// <param name="WantsJson">Whether the answer is to be JSON.</param>
/// <param name="Schema">Where its schema lies in the body; empty when there is none.</param>
internal readonly record struct OutputFormat(bool WantsJson, Range Schema)
{
    /// <summary>Reads the value that the reader is at, and leaves the reader at its end.</summary>
    public static OutputFormat Read(ref Utf8JsonReader reader)
    {
        var (type, schema) = ((string?)null, default(Range));
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return default;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isSchema = reader.ValueTextEquals("schema"u8) || reader.ValueTextEquals("json_schema"u8);
            reader.Read();
            type = isType && reader.TokenType == JsonTokenType.String ? reader.GetString() : type;
            if (isSchema && reader.TokenType == JsonTokenType.StartObject)
            {
                var within = reader;
                var section = PromptText.Section(ref reader);
                schema = Within(within) ?? section;
            }
            else
            {
                reader.Skip();
            }
        }

        return new OutputFormat(type is "json_object" or "json_schema", schema);
    }

    // OpenAI has the schema within: {"json_schema":{"name":…,"schema":{…}}}.
    private static Range? Within(Utf8JsonReader reader)
    {
        Range? found = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isSchema = reader.ValueTextEquals("schema"u8);
            reader.Read();
            var isObject = reader.TokenType == JsonTokenType.StartObject;
            var section = PromptText.Section(ref reader);
            found = isSchema && isObject ? section : found;
        }

        return found;
    }
}
