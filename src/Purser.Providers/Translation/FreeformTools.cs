using System.Text.Json;

namespace Purser.Providers.Translation;

/// <summary>
/// Tools that take plain text, in formats that have functions alone: a function with one text, <c>input</c>. Its calls are turned back for
/// clients that know such tools.
/// </summary>
internal static class FreeformTools
{
    /// <summary>The name of the one argument.</summary>
    public const string Argument = "input";

    /// <summary>The description: the tool's own, and its grammar where it has one.</summary>
    public static string Description(CanonicalTool tool)
    {
        var grammar =
            tool.Json is { } form && form.Text("type") == "grammar"
                ? form.Text("definition") ?? (form.Has("grammar", out var inner) ? inner.Text("definition") : null)
                : null;
        return grammar is null
            ? tool.Description ?? ""
            : $"{tool.Description}\n\nThe text of `{Argument}` must match this grammar:\n\n{grammar}".TrimStart();
    }

    /// <summary>
    /// Writes the tool's <c>format</c>, if it has one: the grammar has an object of its own in chat completions, and none in responses.
    /// </summary>
    public static void WriteFormat(Utf8JsonWriter writer, CanonicalTool tool, bool isNested)
    {
        if (tool.Json is not { } form)
        {
            return;
        }
        var grammar = form.Has("grammar", out var inner) ? inner : form;
        if (form.Text("type") != "grammar" || grammar.Text("definition") is null || form.Has("grammar", out _) == isNested)
        {
            writer.WriteJson("format", form);
            return;
        }
        writer.WriteStartObject("format");
        writer.WriteString("type", "grammar");
        if (isNested)
        {
            writer.WriteStartObject("grammar");
        }
        writer.WriteText("syntax", grammar.Text("syntax"));
        writer.WriteText("definition", grammar.Text("definition"));
        if (isNested)
        {
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    /// <summary>Writes the schema of the function's arguments.</summary>
    public static void WriteSchema(Utf8JsonWriter writer, string name)
    {
        writer.WriteStartObject(name);
        writer.WriteString("type", "object");
        writer.WriteStartObject("properties");
        writer.WriteStartObject(Argument);
        writer.WriteString("type", "string");
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteStartArray("required");
        writer.WriteStringValue(Argument);
        writer.WriteEndArray();
        writer.WriteBoolean("additionalProperties", false);
        writer.WriteEndObject();
    }

    /// <summary>Plain text as the function's arguments.</summary>
    public static string Wrap(string text) =>
        $$"""{"{{Argument}}":"{{JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}}"}""";

    /// <summary>The plain text in the function's arguments; the arguments themselves where it isn't there.</summary>
    public static string Unwrap(string arguments) =>
        JsonParts.TryObject(arguments, out var value) && value.Text(Argument) is { } text ? text : arguments;
}
