using System.Text.Json;

namespace Purser.Routing.Understanding;

/// <summary>
/// One forward pass over a request's body in any client's format, which its members' names tell. No text is copied or unescaped here: its
/// place is noted. A body that isn't JSON is read as far as it is.
/// </summary>
internal ref struct BodyWalk
{
    private readonly ReadOnlySpan<byte> body;
    private readonly RequestFigures figures;
    private Utf8JsonReader reader;

    private BodyWalk(ReadOnlySpan<byte> body, RequestFigures figures)
    {
        this.body = body;
        this.figures = figures;
        reader = new Utf8JsonReader(body);
    }

    /// <summary>Reads a whole body.</summary>
    public static void Read(ReadOnlySpan<byte> body, RequestFigures figures)
    {
        figures.Begin(body.Length);
        var walk = new BodyWalk(body, figures);
        try
        {
            walk.ReadBody();
        }
        catch (JsonException)
        {
            figures.IsCut = true;
            figures.EndMessage(body);
        }
    }

    private void ReadBody()
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            figures.IsCut = true;
            return;
        }
        while (NextMember(out var member))
        {
            switch (member)
            {
                case BodyMember.System:
                    figures.Speaker = Speaker.System;
                    ReadText(TextKind.Said);
                    figures.EndMessage(body);
                    break;
                case BodyMember.Messages:
                case BodyMember.Input:
                case BodyMember.Prompt:
                    ReadMessages();
                    break;
                case BodyMember.Text:
                    // Responses have the answer's format in 'text'.
                    ReadSettings();
                    break;
                default:
                    ReadSetting(member);
                    break;
            }
        }
    }

    // Goes to the next member's value. False at the object's end.
    private bool NextMember(out BodyMember member)
    {
        reader.Read();
        member = BodyMember.Unknown;
        if (reader.TokenType != JsonTokenType.PropertyName)
        {
            return false;
        }
        member = BodyMembers.Find(reader.ValueSpan);
        return reader.Read();
    }

    private bool NextElement() => reader.Read() && reader.TokenType != JsonTokenType.EndArray;

    private void ReadMessages()
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            ReadMessage();
            return;
        }
        while (NextElement())
        {
            ReadMessage();
        }
    }

    private void ReadMessage()
    {
        ReadText(TextKind.Said);
        figures.EndMessage(body);
    }

    // A text, an array of parts, or one part. The reader is left on its last token.
    private void ReadText(TextKind kind)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                figures.Message.Add(new Place((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length, reader.ValueIsEscaped, kind));
                break;
            case JsonTokenType.StartArray:
                while (NextElement())
                {
                    ReadText(kind);
                }
                break;
            case JsonTokenType.StartObject:
                ReadPart(kind);
                break;
            default:
                break;
        }
    }

    private void ReadPart(TextKind kind)
    {
        var fromPlace = figures.Message.Count;
        var fromBytes = figures.Message.SaidBytes;
        var isResult = false;
        while (NextMember(out var member))
        {
            switch (member)
            {
                case BodyMember.Text:
                case BodyMember.Prompt:
                    ReadText(kind);
                    break;
                case BodyMember.Role:
                    ReadRole();
                    break;
                case BodyMember.Type:
                    isResult |= ReadType();
                    break;
                default:
                    ReadPartMember(member, kind);
                    break;
            }
        }
        if (isResult && kind == TextKind.Said)
        {
            figures.ToolResults++;
            figures.Message.TurnIntoResults(fromPlace, fromBytes);
        }
    }

    private void ReadPartMember(BodyMember member, TextKind kind)
    {
        switch (member)
        {
            case BodyMember.ToolResult:
                figures.ToolResults++;
                ReadText(TextKind.ToolResult);
                break;
            case BodyMember.Output:
                ReadText(TextKind.ToolResult);
                break;
            case BodyMember.ToolCall:
                figures.ToolCalls++;
                figures.CallBytes += Skip();
                break;
            case BodyMember.ToolCalls:
                figures.ToolCalls += CountElements();
                break;
            case BodyMember.Arguments:
            case BodyMember.Input:
                figures.CallBytes += Skip();
                break;
            case BodyMember.Image:
                figures.Images++;
                reader.Skip();
                break;
            case BodyMember.Images:
                figures.Images += CountElements();
                break;
            case BodyMember.File:
                figures.Files++;
                reader.Skip();
                break;
            case BodyMember.Tools:
                ReadTools();
                break;
            case BodyMember.Name:
            case BodyMember.Id:
                reader.Skip();
                break;
            default:
                var bytes = Skip();
                figures.Message.ResultBytes += kind == TextKind.ToolResult ? bytes : 0;
                break;
        }
    }

    private void ReadRole()
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return;
        }
        var role = reader.ValueSpan;
        figures.Speaker =
            IsAny(role, "assistant"u8, "model"u8, "CHATBOT"u8) ? Speaker.Assistant
            : IsAny(role, "system"u8, "developer"u8, "SYSTEM"u8) ? Speaker.System
            : IsAny(role, "tool"u8, "function"u8, "TOOL"u8) ? Speaker.Tool
            : Speaker.User;
    }

    // True for a part that is a tool's result.
    private bool ReadType()
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return false;
        }
        var type = reader.ValueSpan;
        if (type.EndsWith("image"u8) || type.SequenceEqual("image_url"u8))
        {
            figures.Images++;
        }
        else if (IsAny(type, "document"u8, "file"u8, "input_file"u8) || type.SequenceEqual("input_audio"u8))
        {
            figures.Files++;
        }
        else if (type.SequenceEqual("tool_use"u8) || type.EndsWith("_call"u8))
        {
            figures.ToolCalls++;
            figures.Speaker = figures.Speaker == Speaker.Unknown ? Speaker.Assistant : figures.Speaker;
        }
        else if (type.SequenceEqual("reasoning"u8))
        {
            figures.Speaker = figures.Speaker == Speaker.Unknown ? Speaker.Assistant : figures.Speaker;
        }
        return type.EndsWith("tool_result"u8) || type.EndsWith("_call_output"u8);
    }

    private static bool IsAny(ReadOnlySpan<byte> text, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third) =>
        text.SequenceEqual(first) || text.SequenceEqual(second) || text.SequenceEqual(third);

    private void ReadSettings()
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (NextMember(out var member))
        {
            ReadSetting(member);
        }
    }

    private void ReadSetting(BodyMember member)
    {
        switch (member)
        {
            case BodyMember.Tools:
                ReadTools();
                break;
            case BodyMember.ToolConfig:
            case BodyMember.Settings:
                ReadSettings();
                break;
            case BodyMember.ToolChoice:
                ReadToolChoice();
                break;
            case BodyMember.Format:
                ReadFormat();
                break;
            case BodyMember.Schema:
                figures.AsksJson = true;
                figures.SchemaBytes += Skip();
                break;
            case BodyMember.MimeType:
                figures.AsksJson |= reader.TokenType == JsonTokenType.String && reader.ValueSpan.SequenceEqual("application/json"u8);
                reader.Skip();
                break;
            case BodyMember.Limit:
                ReadLimit();
                break;
            case BodyMember.Thinking:
                ReadThinking();
                break;
            case BodyMember.File:
                figures.Files += CountElements();
                break;
            default:
                reader.Skip();
                break;
        }
    }

    private void ReadLimit()
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var limit) && limit > 0)
        {
            figures.OutputLimit = Math.Max(figures.OutputLimit, limit);
        }
        reader.Skip();
    }

    // A word, an object with a type, or a schema as it is.
    private void ReadFormat()
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            figures.AsksJson |= reader.ValueSpan.SequenceEqual("json"u8);
            return;
        }
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        var format = body[start..(int)reader.BytesConsumed];
        if (format.IndexOf("\"json"u8) >= 0 || format.IndexOf("\"properties\""u8) >= 0)
        {
            figures.AsksJson = true;
            figures.SchemaBytes += format.IndexOf("chema\""u8) >= 0 || format.IndexOf("\"properties\""u8) >= 0 ? format.Length : 0;
        }
    }

    // Off in each format's words; anything else that is set asks for it.
    private void ReadThinking()
    {
        if (reader.TokenType is JsonTokenType.False or JsonTokenType.Null)
        {
            return;
        }
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        var value = body[start..(int)reader.BytesConsumed];
        figures.AsksThinking |=
            value.IndexOf("\"disabled\""u8) < 0
            && value.IndexOf("\"none\""u8) < 0
            && value.IndexOf("\"minimal\""u8) < 0
            && value.Length > 2;
    }

    // One tool that must be called is a form for the answer, not a choice of an agent.
    private void ReadToolChoice()
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        var choice = body[start..(int)reader.BytesConsumed];
        figures.ForcesTool |=
            choice.IndexOf("\"name\""u8) >= 0
            || choice.IndexOf("\"required\""u8) >= 0
            || choice.IndexOf("\"ANY\""u8) >= 0
            || choice.IndexOf("\"any\""u8) >= 0;
    }

    private void ReadTools()
    {
        var start = (int)reader.TokenStartIndex;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (NextElement())
            {
                ReadTool();
            }
        }
        else
        {
            reader.Skip();
        }
        figures.ToolBytes += (int)reader.BytesConsumed - start;
    }

    // A tool, or a group of some.
    private void ReadTool()
    {
        var before = figures.Tools;
        ReadToolMembers();
        figures.Tools = Math.Max(figures.Tools, before + 1);
    }

    private void ReadToolMembers()
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (NextMember(out var member))
        {
            if (member == BodyMember.Name && reader.TokenType == JsonTokenType.String)
            {
                figures.Tools++;
                figures.AgentTools += AgentTools.Contains(reader.ValueSpan) ? 1 : 0;
            }
            else if (member is not (BodyMember.ToolOfTools or BodyMember.Tools))
            {
                reader.Skip();
            }
            else if (reader.TokenType == JsonTokenType.StartArray)
            {
                while (NextElement())
                {
                    ReadToolMembers();
                }
            }
            else
            {
                ReadToolMembers();
            }
        }
    }

    private int CountElements()
    {
        var count = 0;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (NextElement())
            {
                count++;
                reader.Skip();
            }
        }
        else
        {
            reader.Skip();
        }
        return count;
    }

    private long Skip()
    {
        var start = reader.TokenStartIndex;
        reader.Skip();
        return reader.BytesConsumed - start;
    }
}
