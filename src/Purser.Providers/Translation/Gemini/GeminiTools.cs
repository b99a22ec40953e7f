using System.Text.Json;

namespace Purser.Providers.Translation.Gemini;

/// <summary>Tools of Gemini's format, and which of them the model may or must call.</summary>
internal static class GeminiTools
{
    /// <summary>Reads <c>tools</c>: each entry has functions, or tools that Google runs.</summary>
    public static List<CanonicalTool> Read(JsonElement value, RequestReading reading)
    {
        var tools = new List<CanonicalTool>();
        if (value.ValueKind == JsonValueKind.Object)
        {
            ReadEntry(value, tools, reading);
        }
        else if (reading.IsList(value, "tools"))
        {
            foreach (var entry in value.EnumerateArray())
            {
                ReadEntry(entry, tools, reading);
            }
        }
        return tools;
    }

    private static void ReadEntry(JsonElement entry, List<CanonicalTool> tools, RequestReading reading)
    {
        if (!reading.IsObject(entry, "tools"))
        {
            return;
        }
        foreach (var member in entry.EnumerateObject())
        {
            ReadMember(member, tools, reading);
        }
    }

    private static void ReadMember(JsonProperty member, List<CanonicalTool> tools, RequestReading reading)
    {
        if (GeminiJson.Camel(member.Name) != "functionDeclarations")
        {
            tools.Add(
                new CanonicalTool(ToolKind.Vendor, member.Name)
                {
                    Type = JsonReading.Clean(member.Name, 64),
                    Json = member.Value,
                    Format = reading.Format,
                }
            );
            return;
        }
        if (!reading.IsList(member.Value, "tools.functionDeclarations"))
        {
            return;
        }
        foreach (var function in member.Value.EnumerateArray())
        {
            if (reading.IsObject(function, "tools.functionDeclarations"))
            {
                tools.Add(ReadFunction(function, reading));
            }
        }
    }

    private static CanonicalTool ReadFunction(JsonElement function, RequestReading reading)
    {
        JsonElement? parameters =
            GeminiJson.Has(function, "parametersJsonSchema", out var plain) ? plain
            : function.Has("parameters", out var own) ? GeminiSchema.ToJsonSchema(own)
            : null;
        foreach (var member in function.EnumerateObject())
        {
            if (GeminiJson.Camel(member.Name) is not ("name" or "description" or "parameters" or "parametersJsonSchema"))
            {
                reading.Notes.Unknown("tools.functionDeclarations." + member.Name);
            }
        }
        return new CanonicalTool(ToolKind.Function, reading.Required(function, "name", "tools.functionDeclarations.name"))
        {
            Description = function.Text("description"),
            Parameters = parameters,
        };
    }

    /// <summary>Reads <c>toolConfig</c>.</summary>
    public static ToolChoice? ReadChoice(JsonElement config, RequestReading reading)
    {
        if (!reading.IsObject(config, "toolConfig") || !GeminiJson.Has(config, "functionCallingConfig", out var calling))
        {
            return null;
        }
        string[] names = [.. GeminiJson.List(calling, "allowedFunctionNames").Select(name => reading.Text(name, "toolConfig") ?? "")];
        switch (calling.Text("mode")?.ToUpperInvariant())
        {
            case "ANY":
                return names.Length == 1
                    ? new ToolChoice(ToolChoiceKind.Named, names[0])
                    : new ToolChoice(ToolChoiceKind.Required, Allowed: names.Length == 0 ? null : names);
            case "NONE":
                return new ToolChoice(ToolChoiceKind.None);
            default:
                return new ToolChoice(ToolChoiceKind.Auto, Allowed: names.Length == 0 ? null : names);
        }
    }

    /// <summary>Writes <c>tools</c> and <c>toolConfig</c>; gives the tools that were written.</summary>
    public static List<CanonicalTool> Write(Utf8JsonWriter writer, RequestWriting writing)
    {
        var tools = ToolSelection.Of(writing, GeminiTranslator.FormatName);
        if (tools.Count == 0)
        {
            return tools;
        }
        writer.WriteStartArray("tools");
        if (tools.Exists(tool => tool.Kind != ToolKind.Vendor))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("functionDeclarations");
            foreach (var tool in tools.Where(tool => tool.Kind != ToolKind.Vendor))
            {
                WriteFunction(writer, tool, writing);
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        foreach (var tool in tools.Where(tool => tool.Kind == ToolKind.Vendor))
        {
            writer.WriteStartObject();
            writer.WriteJson(tool.Name, tool.Json!.Value);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writing.Notes.NoteIf(writing.Request.ParallelToolCalls == false, TranslationRules.DropParallelToolCalls);
        WriteChoice(writer, writing);
        return tools;
    }

    private static void WriteChoice(Utf8JsonWriter writer, RequestWriting writing)
    {
        if (writing.Request.ToolChoice is not { } choice)
        {
            return;
        }
        writer.WriteStartObject("toolConfig");
        writer.WriteStartObject("functionCallingConfig");
        writer.WriteString(
            "mode",
            choice.Kind switch
            {
                ToolChoiceKind.None => "NONE",
                ToolChoiceKind.Auto => "AUTO",
                _ => "ANY",
            }
        );
        if (choice is { Kind: ToolChoiceKind.Named, Name: { } name })
        {
            writer.WriteStartArray("allowedFunctionNames");
            writer.WriteStringValue(writing.Names.Of(name));
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteFunction(Utf8JsonWriter writer, CanonicalTool tool, RequestWriting writing)
    {
        var notes = writing.Notes;
        notes.NoteIf(tool.Strict == true, TranslationRules.DropToolStrict);
        notes.NoteIf(tool.Cache is not null, TranslationRules.DropCacheControl);
        writer.WriteStartObject();
        writer.WriteString("name", writing.Names.Of(tool.Name));
        if (tool.Kind == ToolKind.Freeform)
        {
            notes.Note(TranslationRules.ChangeFreeformTool);
            writer.WriteString("description", FreeformTools.Description(tool));
            FreeformTools.WriteSchema(writer, GeminiModels.IsOld(writing.Target.Model) ? "parameters" : "parametersJsonSchema");
        }
        else
        {
            writer.WriteText("description", tool.Description);
            WriteParameters(writer, tool, writing);
        }
        writer.WriteEndObject();
    }

    private static void WriteParameters(Utf8JsonWriter writer, CanonicalTool tool, RequestWriting writing)
    {
        if (tool.Parameters is not { } parameters)
        {
            return;
        }
        if (!GeminiModels.IsOld(writing.Target.Model))
        {
            writer.WriteJson("parametersJsonSchema", parameters);
            return;
        }
        // An object without members is refused there.
        if (
            parameters.Has("properties", out var properties)
            && properties.ValueKind == JsonValueKind.Object
            && properties.EnumerateObject().Any()
        )
        {
            writer.WritePropertyName("parameters");
            GeminiSchema.Write(writer, parameters, writing.Notes);
        }
    }
}
