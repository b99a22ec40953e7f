using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Purser.Providers.OpenAIResponses;

/// <summary>
/// Writes the events that end a response's stream at its output limit: what is open is ended from the inside out, and the last event repeats the
/// output so far. A custom tool's call isn't ended by an event of its own: its input is free text, and clients run it as soon as that comes.
/// </summary>
internal readonly struct ResponsesEnd(OutputItems items, UsageReading reading, RequestFacts facts, IBufferWriter<byte> output)
{
    // English text has about four bytes a token. The figure is for the client's display; nothing is billed by it.
    private const int BytesPerToken = 4;

    /// <summary>Writes them all.</summary>
    /// <param name="notice">What people shall read; null where it must not be in the answer.</param>
    public void Write(string? notice)
    {
        if (!items.Started)
        {
            WriteStart();
        }
        var openText = items.OpenText;
        if (notice is not null && openText is { } open)
        {
            WriteTextDelta(open.Item, open.Part, $"\n\n[Purser: {notice}]");
        }
        foreach (var item in items.All)
        {
            if (!item.IsDone)
            {
                WriteItemEnd(item);
            }
        }
        // Where no text is open, the notice gets a message of its own; but not after a tool call, which only results may follow.
        if (notice is not null && openText is null && !items.HadMoreThanText)
        {
            WriteNotice($"[Purser: {notice}]");
        }
        var writer = Begin("response.incomplete");
        writer.WritePropertyName("response"u8);
        WriteResponse(writer, "incomplete");
        End(writer);
    }

    /// <summary>Writes text into an open part, and keeps it as the part's.</summary>
    public void WriteTextDelta(OutputItem item, ItemPart part, string text)
    {
        var writer = Begin("response.output_text.delta");
        WritePlace(writer, item, part);
        writer.WriteString("delta"u8, text);
        writer.WriteStartArray("logprobs"u8);
        writer.WriteEndArray();
        End(writer);
        items.Append(part, JsonEncodedText.Encode(text, ErrorJson.Options.Encoder).EncodedUtf8Bytes);
    }

    private void WriteStart()
    {
        var writer = Begin("response.created");
        writer.WritePropertyName("response"u8);
        WriteResponse(writer, "in_progress");
        End(writer);
    }

    private void WriteNotice(string text)
    {
        var index = items.All.Count == 0 ? 0 : items.All.Max(known => known.Index) + 1;
        var id = "msg_" + (reading.ResponseId is { } of && of.StartsWith("resp_", StringComparison.Ordinal) ? of[5..] : "purser");
        var began = Encoding.UTF8.GetBytes(
            $$"""{"id":{{JsonSerializer.Serialize(id)}},"type":"message","status":"in_progress","content":[],"role":"assistant"}"""
        );
        var item = items.Add(index, ItemKind.Message, id, began);
        var writer = Begin("response.output_item.added");
        writer.WriteNumber("output_index"u8, index);
        writer.WritePropertyName("item"u8);
        writer.WriteRawValue(began);
        End(writer);
        var part = item.Part(PartKind.Text, 0);
        writer = Begin("response.content_part.added");
        WritePlace(writer, item, part);
        writer.WritePropertyName("part"u8);
        WritePart(writer, part);
        End(writer);
        WriteTextDelta(item, part, text);
        WriteItemEnd(item);
    }

    private void WriteItemEnd(OutputItem item)
    {
        foreach (var part in item.Parts)
        {
            WritePartEnd(item, part);
        }
        if (item.Kind == ItemKind.CustomTool)
        {
            return;
        }
        var writer = Begin("response.output_item.done");
        writer.WriteNumber("output_index"u8, item.Index);
        writer.WritePropertyName("item"u8);
        WriteItem(writer, item);
        End(writer);
    }

    private void WritePartEnd(OutputItem item, ItemPart part)
    {
        if (!part.TextIsDone && item.Kind != ItemKind.CustomTool)
        {
            var (name, member) = part.Kind switch
            {
                PartKind.Text => ("response.output_text.done", "text"),
                PartKind.Refusal => ("response.refusal.done", "refusal"),
                PartKind.Reasoning => ("response.reasoning_text.done", "text"),
                PartKind.Summary => ("response.reasoning_summary_text.done", "text"),
                _ => ("response.function_call_arguments.done", "arguments"),
            };
            var writer = Begin(name);
            WritePlace(writer, item, part);
            WriteText(writer, member, part.Text);
            if (part.Kind == PartKind.Text)
            {
                writer.WriteStartArray("logprobs"u8);
                writer.WriteEndArray();
            }
            End(writer);
        }
        if (!part.IsDone && part.Kind != PartKind.Arguments)
        {
            var writer = Begin(part.Kind == PartKind.Summary ? "response.reasoning_summary_part.done" : "response.content_part.done");
            WritePlace(writer, item, part);
            writer.WritePropertyName("part"u8);
            WritePart(writer, part);
            End(writer);
        }
    }

    private static void WritePlace(Utf8JsonWriter writer, OutputItem item, ItemPart part)
    {
        writer.WriteString("item_id"u8, item.Id);
        writer.WriteNumber("output_index"u8, item.Index);
        if (part.Kind != PartKind.Arguments)
        {
            writer.WriteNumber(part.Kind == PartKind.Summary ? "summary_index"u8 : "content_index"u8, part.Index);
        }
    }

    private static void WritePart(Utf8JsonWriter writer, ItemPart part)
    {
        if (part.Json is { } whole)
        {
            writer.WriteRawValue(whole);
            return;
        }
        writer.WriteStartObject();
        switch (part.Kind)
        {
            case PartKind.Text:
                writer.WriteString("type"u8, "output_text"u8);
                writer.WriteStartArray("annotations"u8);
                writer.WriteEndArray();
                writer.WriteStartArray("logprobs"u8);
                writer.WriteEndArray();
                WriteText(writer, "text", part.Text);
                break;
            case PartKind.Refusal:
                writer.WriteString("type"u8, "refusal"u8);
                WriteText(writer, "refusal", part.Text);
                break;
            default:
                writer.WriteString("type"u8, part.Kind == PartKind.Summary ? "summary_text"u8 : "reasoning_text"u8);
                WriteText(writer, "text", part.Text);
                break;
        }
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, string member, ReadOnlySpan<byte> escaped)
    {
        writer.WritePropertyName(member);
        writer.WriteRawValue([(byte)'"', .. escaped, (byte)'"'], skipInputValidation: true);
    }

    // An open item as it began, but for its state and what has come since.
    private static void WriteItem(Utf8JsonWriter writer, OutputItem item)
    {
        if (item.IsDone)
        {
            writer.WriteRawValue(item.Json);
            return;
        }
        writer.WriteStartObject();
        var arguments = item.Kind == ItemKind.CustomTool ? "input" : "arguments";
        CopyMembers(writer, item.Json, ["status", "content", "summary", arguments]);
        writer.WriteString("status"u8, "incomplete"u8);
        if (item.Kind == ItemKind.Reasoning)
        {
            WriteParts(writer, "summary", item, isSummary: true);
        }
        if (item.Kind == ItemKind.Message || item.Parts.Any(part => part.Kind == PartKind.Reasoning))
        {
            WriteParts(writer, "content", item, isSummary: false);
        }
        if (item.Kind is ItemKind.Function or ItemKind.CustomTool)
        {
            WriteText(
                writer,
                arguments,
                item.Parts.FirstOrDefault(part => part.Kind == PartKind.Arguments) is { } said ? said.Text : default
            );
        }
        writer.WriteEndObject();
    }

    private static void WriteParts(Utf8JsonWriter writer, string member, OutputItem item, bool isSummary)
    {
        writer.WriteStartArray(member);
        foreach (var part in item.Parts)
        {
            if (part.Kind != PartKind.Arguments && (part.Kind == PartKind.Summary) == isSummary)
            {
                WritePart(writer, part);
            }
        }
        writer.WriteEndArray();
    }

    private void WriteResponse(Utf8JsonWriter writer, string status)
    {
        writer.WriteStartObject();
        if (items.Response is { } began)
        {
            CopyMembers(writer, began, ["status", "incomplete_details", "output", "usage"]);
        }
        else
        {
            writer.WriteString("id"u8, reading.ResponseId ?? "resp_purser");
            writer.WriteString("object"u8, "response"u8);
            writer.WriteNumber("created_at"u8, 0);
            writer.WriteNull("error"u8);
            writer.WriteNull("instructions"u8);
            writer.WriteStartObject("metadata"u8);
            writer.WriteEndObject();
            writer.WriteString("model"u8, reading.ServedModel ?? facts.Model);
            writer.WriteBoolean("parallel_tool_calls"u8, true);
            writer.WriteString("tool_choice"u8, "auto"u8);
            writer.WriteStartArray("tools"u8);
            writer.WriteEndArray();
        }
        writer.WriteString("status"u8, status);
        if (status == "incomplete")
        {
            writer.WriteStartObject("incomplete_details"u8);
            writer.WriteString("reason"u8, "max_output_tokens"u8);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteNull("incomplete_details"u8);
        }
        writer.WriteStartArray("output"u8);
        foreach (var item in items.IsWhole ? items.All : [])
        {
            WriteItem(writer, item);
        }
        writer.WriteEndArray();
        WriteUsage(writer, status);
        writer.WriteEndObject();
    }

    private void WriteUsage(Utf8JsonWriter writer, string status)
    {
        if (status != "incomplete")
        {
            writer.WriteNull("usage"u8);
            return;
        }
        var usage = reading.Usage;
        var written = Math.Max(usage.OutputTokens, (reading.RelayedOutputBytes + BytesPerToken - 1) / BytesPerToken);
        writer.WriteStartObject("usage"u8);
        writer.WriteNumber("input_tokens"u8, usage.InputTokens);
        writer.WriteStartObject("input_tokens_details"u8);
        writer.WriteNumber("cached_tokens"u8, usage.CachedInputTokens);
        writer.WriteEndObject();
        writer.WriteNumber("output_tokens"u8, written);
        writer.WriteStartObject("output_tokens_details"u8);
        writer.WriteNumber("reasoning_tokens"u8, 0);
        writer.WriteEndObject();
        writer.WriteNumber("total_tokens"u8, usage.InputTokens + written);
        writer.WriteEndObject();
    }

    private static void CopyMembers(Utf8JsonWriter writer, ReadOnlySpan<byte> json, ReadOnlySpan<string> but)
    {
        var reader = new Utf8JsonReader(json, ResponsesAnswer.Options);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
            {
                continue;
            }
            var name = reader.GetString()!;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (!but.Contains(name))
            {
                writer.WritePropertyName(name);
                writer.WriteRawValue(json[start..(int)reader.BytesConsumed]);
            }
        }
    }

    private Utf8JsonWriter Begin(string type)
    {
        Put(output, "event: "u8);
        Encoding.ASCII.GetBytes(type, output);
        Put(output, "\ndata: "u8);
        var writer = new Utf8JsonWriter(output, ErrorJson.Options);
        writer.WriteStartObject();
        writer.WriteString("type"u8, type);
        return writer;
    }

    private void End(Utf8JsonWriter writer)
    {
        writer.WriteNumber("sequence_number"u8, items.NextNumber++);
        writer.WriteEndObject();
        writer.Dispose();
        Put(output, "\n\n"u8);
    }

    private static void Put(IBufferWriter<byte> output, ReadOnlySpan<byte> bytes) => output.Write(bytes);
}
