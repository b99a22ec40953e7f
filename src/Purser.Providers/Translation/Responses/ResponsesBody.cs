using System.Text.Json;

namespace Purser.Providers.Translation.Responses;

/// <summary>Reads and writes response objects: whole answers, and what the first and last events of a stream hold.</summary>
internal static class ResponsesBody
{
    public static CanonicalResponse Read(JsonElement root, AnswerContext context)
    {
        var parts = new List<CanonicalPart>();
        JsonElement? logProbs = null;
        foreach (var item in root.List("output"))
        {
            if (item.Text("type") != "message")
            {
                parts.Add(WithId(ResponsesItemReader.ReadOutput(item), context, parts.Count));
                continue;
            }
            foreach (var part in item.List("content"))
            {
                parts.Add(ResponsesItemReader.ReadPart(part));
                logProbs ??=
                    part.Has("logprobs", out var list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0 ? list : null;
            }
        }
        var stop = Stop(root, parts.Any(part => part is ToolCallPart));
        var isAnswer = root.Has("output", out _) && root.Text("status") is not ("failed" or "cancelled");
        return new CanonicalResponse
        {
            Id = root.Text("id") is { Length: > 0 } id ? id : null,
            Model = root.Text("model"),
            ServiceTier = root.Text("service_tier"),
            Choices = isAnswer ? [new CanonicalChoice(0, parts, stop, LogProbs: logProbs)] : [],
            Usage = root.Has("usage", out var usage) ? ResponsesUsage.Read(usage) : null,
        };
    }

    private static CanonicalPart WithId(CanonicalPart part, AnswerContext context, int index) =>
        part is ToolCallPart { Id.Length: 0 } call ? call with { Id = ToolCallIds.Of(context.Id, index) } : part;

    /// <summary>Why a response stopped.</summary>
    /// <param name="response">The response object.</param>
    /// <param name="hasCalls">Whether it calls tools.</param>
    public static StopReason Stop(JsonElement response, bool hasCalls)
    {
        if (response.Text("status") == "incomplete")
        {
            var reason = response.Has("incomplete_details", out var details) ? details.Text("reason") : null;
            return reason == "content_filter" ? StopReason.Refusal : StopReason.Length;
        }
        return hasCalls ? StopReason.ToolCalls
            : response.Text("status") is "completed" or null ? StopReason.EndTurn
            : StopReason.Unknown;
    }

    public static void Write(Utf8JsonWriter writer, CanonicalResponse response, AnswerContext context, RuleNotes notes)
    {
        var choice = response.Choices[0];
        notes.NoteIf(response.Choices.Count > 1, TranslationRules.DropChoices);
        var id = ResponsesIds.OfResponse(response.Id ?? context.Id);
        var model = response.Model ?? context.Request.Model;
        WriteResponse(
            writer,
            new Shape(id, model, Status(choice.Stop), choice.Stop),
            context,
            response.Usage,
            () => WriteOutput(writer, choice, context, notes)
        );
    }

    /// <summary>What a response object says of itself.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Model">The model.</param>
    /// <param name="Status">Its status.</param>
    /// <param name="Stop">Why it stopped.</param>
    /// <param name="Error">What went wrong.</param>
    internal sealed record Shape(string Id, string Model, string Status, StopReason Stop = StopReason.Unknown, WireError? Error = null);

    /// <summary>The status for a reason.</summary>
    public static string Status(StopReason stop) =>
        stop is StopReason.Length or StopReason.ContextWindow or StopReason.Refusal ? "incomplete" : "completed";

    /// <summary>Writes a response object, with what the client asked for as OpenAI repeats it.</summary>
    public static void WriteResponse(Utf8JsonWriter writer, Shape shape, AnswerContext context, CanonicalUsage? usage, Action writeOutput)
    {
        var request = context.Request;
        writer.WriteStartObject();
        writer.WriteString("id", shape.Id);
        writer.WriteString("object", "response");
        writer.WriteNumber("created_at", context.Created);
        writer.WriteString("status", shape.Status);
        writer.WriteBoolean("background", false);
        WriteFailure(writer, shape.Error);
        if (shape.Status == "incomplete")
        {
            writer.WriteStartObject("incomplete_details");
            writer.WriteString("reason", shape.Stop == StopReason.Refusal ? "content_filter" : "max_output_tokens");
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteNull("incomplete_details");
        }
        WriteInstructions(writer, request);
        WriteLimit(writer, "max_output_tokens", request.MaxOutputTokens);
        writer.WriteNull("max_tool_calls");
        writer.WriteString("model", shape.Model);
        writer.WriteStartArray("output");
        writeOutput();
        writer.WriteEndArray();
        writer.WriteBoolean("parallel_tool_calls", request.ParallelToolCalls ?? true);
        writer.WriteNull("previous_response_id");
        writer.WriteString("prompt_cache_key", request.CacheKey);
        writer.WriteStartObject("reasoning");
        writer.WriteString("effort", request.Reasoning?.Enabled == false ? "none" : request.Reasoning?.Effort);
        writer.WriteString("summary", request.Reasoning?.Summary);
        writer.WriteEndObject();
        writer.WriteString("service_tier", "default");
        // Whatever was asked: nothing is kept that could be read or referred to again.
        writer.WriteBoolean("store", false);
        WriteAsked(writer, request);
        ResponsesUsage.Write(writer, usage);
        writer.WriteString("user", request.User);
        WriteMetadata(writer, request);
        writer.WriteEndObject();
    }

    private static void WriteAsked(Utf8JsonWriter writer, CanonicalRequest request)
    {
        writer.WriteNumber("temperature", request.Temperature ?? 1);
        ResponsesRequestWriter.WriteText(writer, request, null);
        var choice = request.ToolChoice ?? new ToolChoice(ToolChoiceKind.Auto);
        var named = choice.Kind == ToolChoiceKind.Named ? request.Tools.FirstOrDefault(tool => tool.Name == choice.Name) : null;
        ResponsesTools.WriteChoice(writer, choice, named, null);
        ResponsesTools.WriteList(writer, request.Tools, null);
        writer.WriteNumber("top_logprobs", request.TopLogProbs ?? 0);
        writer.WriteNumber("top_p", request.TopP ?? 1);
        writer.WriteString("truncation", "disabled");
    }

    private static void WriteFailure(Utf8JsonWriter writer, WireError? error)
    {
        if (error is not { } failure)
        {
            writer.WriteNull("error");
            return;
        }
        writer.WriteStartObject("error");
        writer.WriteString("code", failure.Code);
        writer.WriteString("message", failure.Message);
        writer.WriteEndObject();
    }

    private static void WriteInstructions(Utf8JsonWriter writer, CanonicalRequest request)
    {
        var prompts = request.Messages is [{ Role: CanonicalRole.System, Parts: var parts }, ..]
            ? JsonParts.JoinedText(parts, "\n\n")
            : null;
        writer.WriteString("instructions", prompts);
    }

    private static void WriteLimit(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static void WriteMetadata(Utf8JsonWriter writer, CanonicalRequest request)
    {
        writer.WriteStartObject("metadata");
        foreach (var (name, value) in request.Metadata)
        {
            writer.WriteString(name, value);
        }
        writer.WriteEndObject();
    }

    private static void WriteOutput(Utf8JsonWriter writer, CanonicalChoice choice, AnswerContext context, RuleNotes notes)
    {
        var index = 0;
        foreach (var part in choice.Parts)
        {
            switch (part)
            {
                case TextPart text:
                    notes.NoteIf(text.Citations is not null, TranslationRules.DropCitations);
                    WriteMessage(writer, Item("msg", context, index++), text.Text, isRefusal: false, choice.LogProbs);
                    break;
                case RefusalPart refusal:
                    WriteMessage(writer, Item("msg", context, index++), refusal.Text, isRefusal: true, null);
                    break;
                case ReasoningPart reasoning:
                    WriteReasoning(writer, reasoning, context, notes, ref index);
                    break;
                case ToolCallPart call:
                    WriteCall(writer, call, context, index++);
                    break;
                default:
                    notes.Note(TranslationRules.DropVendorContent);
                    break;
            }
        }
    }

    private static string Item(string kind, AnswerContext context, int index) => ResponsesIds.OfItem(kind, context.Id, index);

    private static void WriteReasoning(Utf8JsonWriter writer, ReasoningPart part, AnswerContext context, RuleNotes notes, ref int index)
    {
        var carried = ResponsesReasoning.Carry(part.Signer, part.Signature, part.Encrypted);
        var wants = context.Request.Reasoning?.WantsEncrypted == true;
        notes.NoteIf(carried is not null && !wants, TranslationRules.DropReasoningContent);
        if (part.Text.Length > 0 || (carried is not null && wants))
        {
            ResponsesReasoning.Write(
                writer,
                Item("rs", context, index++),
                part.Text,
                wants ? ResponsesReasoning.CarryOrMark(carried) : null
            );
        }
    }

    private static void WriteCall(Utf8JsonWriter writer, ToolCallPart call, AnswerContext context, int index)
    {
        var name = context.ToolName(call.Name);
        var isFreeform = call.IsFreeform || context.IsFreeform(name);
        WriteCall(
            writer,
            new CallShape(Item(isFreeform ? "ctc" : "fc", context, index), call.Id, name, isFreeform),
            isFreeform && !call.IsFreeform ? FreeformTools.Unwrap(call.Arguments)
                : call.Arguments.Length == 0 && !isFreeform ? "{}"
                : call.Arguments,
            "completed",
            context
        );
    }

    /// <summary>A call of a tool.</summary>
    /// <param name="ItemId">The item's id.</param>
    /// <param name="CallId">The call's id.</param>
    /// <param name="Name">The tool's name, as the client's request flattened it.</param>
    /// <param name="IsFreeform">Whether its arguments are plain text.</param>
    internal sealed record CallShape(string ItemId, string CallId, string Name, bool IsFreeform);

    /// <summary>Writes the item of a call.</summary>
    public static void WriteCall(Utf8JsonWriter writer, CallShape call, string arguments, string status, AnswerContext context)
    {
        var group = context.Request.Tools.FirstOrDefault(tool => tool.Name == call.Name)?.Group;
        writer.WriteStartObject();
        writer.WriteString("id", call.ItemId);
        writer.WriteString("type", call.IsFreeform ? "custom_tool_call" : "function_call");
        writer.WriteString("status", status);
        writer.WriteString(call.IsFreeform ? "input" : "arguments", arguments);
        writer.WriteString("call_id", call.CallId);
        writer.WriteString("name", group?.OwnName ?? call.Name);
        writer.WriteText("namespace", group?.Name);
        writer.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter writer, string id, string text, bool isRefusal, JsonElement? logProbs)
    {
        writer.WriteStartObject();
        writer.WriteString("id", id);
        writer.WriteString("type", "message");
        writer.WriteString("status", "completed");
        writer.WriteStartArray("content");
        writer.WriteStartObject();
        if (isRefusal)
        {
            writer.WriteString("type", "refusal");
            writer.WriteString("refusal", text);
        }
        else
        {
            writer.WriteString("type", "output_text");
            writer.WriteStartArray("annotations");
            writer.WriteEndArray();
            writer.WriteStartArray("logprobs");
            if (logProbs is { ValueKind: JsonValueKind.Array } tokens)
            {
                foreach (var token in tokens.EnumerateArray())
                {
                    token.WriteTo(writer);
                }
            }
            writer.WriteEndArray();
            writer.WriteString("text", text);
        }
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteString("role", "assistant");
        writer.WriteEndObject();
    }
}
