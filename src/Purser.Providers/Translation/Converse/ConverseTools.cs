using System.Text.Json;

namespace Purser.Providers.Translation.Converse;

/// <summary>Tools of Bedrock's Converse, and which of them the model may or must call. It has no word for none.</summary>
internal static class ConverseTools
{
    /// <summary>Reads <c>toolConfig</c>.</summary>
    public static CanonicalRequest Read(CanonicalRequest request, JsonElement config, RequestReading reading)
    {
        if (!reading.IsObject(config, "toolConfig"))
        {
            return request;
        }
        var tools = new List<CanonicalTool>();
        foreach (var entry in config.List("tools"))
        {
            if (!reading.IsObject(entry, "toolConfig.tools"))
            {
                continue;
            }
            if (entry.Has("cachePoint", out var point) && tools.Count > 0)
            {
                tools[^1] = tools[^1] with { Cache = new CacheHint(point.Text("ttl")) };
            }
            else if (entry.Has("toolSpec", out var spec))
            {
                tools.Add(ReadSpec(spec, reading));
            }
            else
            {
                var type = entry.EnumerateObject().Select(member => member.Name).FirstOrDefault() ?? "unknown";
                tools.Add(
                    new CanonicalTool(ToolKind.Vendor, type)
                    {
                        Type = JsonReading.Clean(type, 64),
                        Json = entry,
                        Format = reading.Format,
                    }
                );
            }
        }
        var choice = config.Has("toolChoice", out var chosen) ? ReadChoice(chosen, reading) : null;
        return request with { Tools = tools, ToolChoice = choice };
    }

    private static CanonicalTool ReadSpec(JsonElement spec, RequestReading reading) =>
        new(ToolKind.Function, reading.Required(spec, "name", "toolConfig.tools.toolSpec.name"))
        {
            Description = spec.Text("description"),
            Parameters = spec.Has("inputSchema", out var schema) && schema.Has("json", out var json) ? json : null,
            Strict = spec.Has("strict", out var strict) ? reading.Flag(strict, "toolConfig.tools.toolSpec.strict") : null,
        };

    private static ToolChoice? ReadChoice(JsonElement choice, RequestReading reading)
    {
        if (choice.Has("auto", out _))
        {
            return new ToolChoice(ToolChoiceKind.Auto);
        }
        if (choice.Has("any", out _))
        {
            return new ToolChoice(ToolChoiceKind.Required);
        }
        if (choice.Has("tool", out var tool) && tool.Text("name") is { Length: > 0 } name)
        {
            return new ToolChoice(ToolChoiceKind.Named, name);
        }
        const string param = "toolConfig.toolChoice";
        reading.Refuse(RequestFaults.InvalidMember, $"'{param}' must be auto, any, or name a tool.", param);
        return null;
    }

    /// <summary>Writes <c>toolConfig</c>. Where the conversation has calls, tools must be there, whatever may be called.</summary>
    public static void Write(Utf8JsonWriter writer, RequestWriting writing)
    {
        var (request, _, _, notes) = writing;
        var tools = ToolSelection.Of(writing, ConverseTranslator.FormatName);
        if (tools.Count == 0)
        {
            return;
        }
        var hasCalls = request.Messages.Any(message => message.Parts.Any(part => part is ToolCallPart or ToolResultPart));
        if (request.ToolChoice?.Kind == ToolChoiceKind.None && !hasCalls)
        {
            return;
        }
        notes.NoteIf(request.ToolChoice?.Kind == ToolChoiceKind.None, TranslationRules.DropToolChoice);
        notes.NoteIf(request.ParallelToolCalls == false, TranslationRules.DropParallelToolCalls);
        writer.WriteStartObject("toolConfig");
        writer.WriteStartArray("tools");
        foreach (var tool in tools)
        {
            WriteTool(writer, tool, writing);
            ConverseBlockWriter.WriteCachePoint(writer, tool.Cache);
        }
        writer.WriteEndArray();
        WriteChoice(writer, writing);
        writer.WriteEndObject();
    }

    private static void WriteChoice(Utf8JsonWriter writer, RequestWriting writing)
    {
        if (writing.Request.ToolChoice is not { Kind: not ToolChoiceKind.None } choice)
        {
            return;
        }
        writer.WriteStartObject("toolChoice");
        writer.WriteStartObject(
            choice.Kind switch
            {
                ToolChoiceKind.Required => "any",
                ToolChoiceKind.Named => "tool",
                _ => "auto",
            }
        );
        writer.WriteText("name", choice is { Kind: ToolChoiceKind.Named, Name: { } name } ? writing.Names.Of(name) : null);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter writer, CanonicalTool tool, RequestWriting writing)
    {
        if (tool.Kind == ToolKind.Vendor)
        {
            tool.Json!.Value.WriteTo(writer);
            return;
        }
        writer.WriteStartObject();
        writer.WriteStartObject("toolSpec");
        writer.WriteString("name", writing.Names.Of(tool.Name));
        if (tool.Kind == ToolKind.Freeform)
        {
            writing.Notes.Note(TranslationRules.ChangeFreeformTool);
            var description = FreeformTools.Description(tool);
            writer.WriteText("description", description.Length > 0 ? description : null);
            writer.WriteStartObject("inputSchema");
            FreeformTools.WriteSchema(writer, "json");
            writer.WriteEndObject();
        }
        else
        {
            // It may not be empty there.
            writer.WriteText("description", tool.Description is { Length: > 0 } said ? said : null);
            writer.WriteStartObject("inputSchema");
            if (tool.Parameters is { ValueKind: JsonValueKind.Object } parameters)
            {
                WriteSchema(writer, parameters);
            }
            else
            {
                writer.WriteEmptySchema("json");
            }
            writer.WriteEndObject();
            writer.WriteFlag("strict", tool.Strict == true ? true : null);
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteSchema(Utf8JsonWriter writer, JsonElement parameters)
    {
        if (parameters.Has("type", out _))
        {
            writer.WriteJson("json", parameters);
            return;
        }
        writer.WriteStartObject("json");
        writer.WriteString("type", "object");
        foreach (var member in parameters.EnumerateObject())
        {
            member.WriteTo(writer);
        }
        writer.WriteEndObject();
    }
}
