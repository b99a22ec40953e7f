using System.Text.Json;
using Purser.Providers.Translation.Chat;

namespace Purser.Providers.Translation.Responses;

/// <summary>The tools of OpenAI's responses, and which of them the model may or must call.</summary>
internal static class ResponsesTools
{
    /// <summary>Reads a list of tools. A namespace is a group: its tools are read one by one.</summary>
    public static void Read(JsonElement list, List<CanonicalTool> tools, RequestReading reading)
    {
        if (!reading.IsList(list, "tools"))
        {
            return;
        }
        foreach (var tool in list.EnumerateArray())
        {
            if (!reading.IsObject(tool, "tools"))
            {
                continue;
            }
            if (tool.Text("type") != "namespace")
            {
                tools.Add(ReadTool(tool, null, reading));
                continue;
            }
            var group = new ToolGroup(reading.Required(tool, "name", "tools.name"), "", tool.Text("description"));
            foreach (var member in tool.List("tools"))
            {
                if (reading.IsObject(member, "tools.tools"))
                {
                    tools.Add(ReadTool(member, group, reading));
                }
            }
        }
    }

    private static CanonicalTool ReadTool(JsonElement tool, ToolGroup? within, RequestReading reading)
    {
        var type = tool.Text("type") ?? "function";
        if (type is not ("function" or "custom"))
        {
            return new CanonicalTool(ToolKind.Vendor, tool.Text("name") ?? type)
            {
                Type = JsonReading.Clean(type, 64),
                Json = tool,
                Format = reading.Format,
            };
        }
        var name = reading.Required(tool, "name", "tools.name");
        var group = within is null ? null : within with { OwnName = name };
        var isFunction = type == "function";
        return new CanonicalTool(isFunction ? ToolKind.Function : ToolKind.Freeform, group?.FlatName ?? name)
        {
            Description = tool.Text("description"),
            Group = group,
            Parameters = isFunction && tool.Has("parameters", out var parameters) ? parameters : null,
            Strict = tool.Has("strict", out var strict) ? reading.Flag(strict, "tools.strict") : null,
            Json = !isFunction && tool.Has("format", out var form) ? form : null,
            Format = isFunction ? null : reading.Format,
        };
    }

    /// <summary>Reads <c>tool_choice</c>. A vendor's tool is named by its type.</summary>
    public static ToolChoice? ReadChoice(JsonElement value, RequestReading reading)
    {
        switch (value.ValueKind == JsonValueKind.String ? value.GetString() : value.Text("type"))
        {
            case "auto":
                return new ToolChoice(ToolChoiceKind.Auto);
            case "none":
                return new ToolChoice(ToolChoiceKind.None);
            case "required":
                return new ToolChoice(ToolChoiceKind.Required);
            case "function" or "custom" when value.Text("name") is { Length: > 0 } name:
                return new ToolChoice(ToolChoiceKind.Named, NameOf(name, value.Text("namespace")));
            case "allowed_tools":
                var kind = value.Text("mode") == "required" ? ToolChoiceKind.Required : ToolChoiceKind.Auto;
                var names = value.List("tools").Select(tool => tool.Text("name") ?? tool.Text("type")).OfType<string>();
                return new ToolChoice(kind, Allowed: [.. names]);
            case { Length: > 0 } type when value.ValueKind == JsonValueKind.Object && type is not ("function" or "custom"):
                return new ToolChoice(ToolChoiceKind.Named, type);
            default:
                const string param = "tool_choice";
                reading.Refuse(RequestFaults.InvalidMember, $"'{param}' must be auto, none, required, or name a tool.", param);
                return null;
        }
    }

    /// <summary>A tool's name where there are no groups.</summary>
    public static string NameOf(string name, string? group) => group is null ? name : new ToolGroup(group, name).FlatName;

    /// <summary>Writes <c>tools</c>, <c>tool_choice</c> and <c>parallel_tool_calls</c> of a request.</summary>
    public static void Write(Utf8JsonWriter writer, RequestWriting writing)
    {
        var tools = ToolSelection.Of(writing, ResponsesTranslator.FormatName);
        if (tools.Count == 0)
        {
            return;
        }
        WriteList(writer, tools, writing);
        if (writing.Request.ToolChoice is { } choice)
        {
            var named = choice.Kind == ToolChoiceKind.Named ? tools.First(tool => tool.Name == choice.Name) : null;
            WriteChoice(writer, choice, named, writing);
        }
        writer.WriteFlag("parallel_tool_calls", writing.Request.ParallelToolCalls);
    }

    /// <summary>Writes the list of tools.</summary>
    /// <param name="writer">The writer.</param>
    /// <param name="tools">The tools.</param>
    /// <param name="writing">What is written; null where an answer repeats what the client sent.</param>
    public static void WriteList(Utf8JsonWriter writer, IReadOnlyList<CanonicalTool> tools, RequestWriting? writing)
    {
        writer.WriteStartArray("tools");
        var groups = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tool in tools)
        {
            if (tool.Group is not { } group)
            {
                WriteTool(writer, tool, writing);
            }
            else if (groups.Add(group.Name))
            {
                writer.WriteStartObject();
                writer.WriteString("type", "namespace");
                writer.WriteString("name", group.Name);
                writer.WriteText("description", group.Description);
                writer.WriteStartArray("tools");
                foreach (var member in tools.Where(other => other.Group?.Name == group.Name))
                {
                    WriteTool(writer, member, writing);
                }
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
        }
        writer.WriteEndArray();
    }

    /// <summary>Writes <c>tool_choice</c>.</summary>
    /// <param name="writer">The writer.</param>
    /// <param name="choice">The choice.</param>
    /// <param name="named">The tool that it names.</param>
    /// <param name="writing">What is written; null where an answer repeats what the client sent.</param>
    public static void WriteChoice(Utf8JsonWriter writer, ToolChoice choice, CanonicalTool? named, RequestWriting? writing)
    {
        if (named is null)
        {
            writer.WriteString(
                "tool_choice",
                choice.Kind switch
                {
                    ToolChoiceKind.None => "none",
                    ToolChoiceKind.Required => "required",
                    _ => "auto",
                }
            );
            return;
        }
        writer.WriteStartObject("tool_choice");
        if (named.Kind == ToolKind.Vendor)
        {
            writer.WriteString("type", named.Type);
        }
        else
        {
            writer.WriteString("type", IsCustom(named, writing) ? "custom" : "function");
            writer.WriteString("name", OwnName(named, writing));
            writer.WriteText("namespace", named.Group?.Name);
        }
        writer.WriteEndObject();
    }

    /// <summary>Whether a tool takes plain text here too: OpenAI's own models that reason know such tools.</summary>
    public static bool IsCustom(CanonicalTool tool, RequestWriting? writing) =>
        tool.Kind == ToolKind.Freeform && (writing is null || ChatModels.TakesNoSampling(writing.Target.Model));

    private static string OwnName(CanonicalTool tool, RequestWriting? writing) =>
        tool.Group?.OwnName ?? writing?.Names.Of(tool.Name) ?? tool.Name;

    private static void WriteTool(Utf8JsonWriter writer, CanonicalTool tool, RequestWriting? writing)
    {
        if (tool.Kind == ToolKind.Vendor)
        {
            tool.Json!.Value.WriteTo(writer);
            return;
        }
        writing?.Notes.NoteIf(tool.Cache is not null, TranslationRules.DropCacheControl);
        var isCustom = IsCustom(tool, writing);
        writer.WriteStartObject();
        writer.WriteString("type", isCustom ? "custom" : "function");
        writer.WriteString("name", OwnName(tool, writing));
        if (isCustom)
        {
            writer.WriteText("description", tool.Description);
            FreeformTools.WriteFormat(writer, tool, isNested: false);
        }
        else if (tool.Kind == ToolKind.Freeform)
        {
            writing?.Notes.Note(TranslationRules.ChangeFreeformTool);
            writer.WriteString("description", FreeformTools.Description(tool));
            FreeformTools.WriteSchema(writer, "parameters");
            writer.WriteBoolean("strict", true);
        }
        else
        {
            WriteFunction(writer, tool, writing);
        }
        writer.WriteEndObject();
    }

    // Strict is the default here, and in no other format.
    private static void WriteFunction(Utf8JsonWriter writer, CanonicalTool tool, RequestWriting? writing)
    {
        writer.WriteText("description", tool.Description);
        if (tool.Parameters is { } parameters)
        {
            writer.WriteJson("parameters", parameters);
        }
        else
        {
            writer.WriteEmptySchema("parameters");
        }
        var isOwn = writing is null || writing.Request.Format == ResponsesTranslator.FormatName;
        var isLost = !isOwn && tool.Strict == true && tool.Parameters is { } schema && !StrictSchema.Fits(schema);
        writing?.Notes.NoteIf(isLost, TranslationRules.ChangeJsonSchemaStrict);
        writer.WriteFlag("strict", isLost ? false : tool.Strict ?? (isOwn ? null : false));
    }
}
