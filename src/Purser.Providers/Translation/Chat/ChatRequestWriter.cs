using System.Text.Json;

namespace Purser.Providers.Translation.Chat;

/// <summary>Writes a request for chat completions, the members at its top; <see cref="ChatMessageWriter"/> writes the conversation.</summary>
internal static class ChatRequestWriter
{
    private const int LongestUser = 64;

    public static void Write(Utf8JsonWriter writer, RequestWriting writing)
    {
        var (request, target, _, notes) = writing;
        writer.WriteStartObject();
        writer.WriteString("model", target.Model);
        new ChatMessageWriter(writer, writing).Write();
        WriteTools(writer, writing);
        WriteForm(writer, request, notes);
        WriteReasoning(writer, request, target.Model, notes);
        writer.WriteWhole(ChatModels.Reasons(target.Model) ? "max_completion_tokens" : "max_tokens", target.Limit(request.MaxOutputTokens));
        WriteSampling(writer, request, target.Model, notes);
        WriteRest(writer, request, notes);
        if (request.Stream)
        {
            writer.WriteBoolean("stream", true);
            writer.WriteStartObject("stream_options");
            writer.WriteBoolean("include_usage", true);
            writer.WriteEndObject();
        }
        writing.WriteExtras(writer, ChatTranslator.FormatName);
        writer.WriteEndObject();
    }

    private static void WriteTools(Utf8JsonWriter writer, RequestWriting writing)
    {
        var tools = ToolSelection.Of(writing, ChatTranslator.FormatName);
        if (tools.Count == 0)
        {
            return;
        }
        writer.WriteStartArray("tools");
        foreach (var tool in tools)
        {
            WriteTool(writer, tool, writing);
        }
        writer.WriteEndArray();
        switch (writing.Request.ToolChoice)
        {
            case { Kind: ToolChoiceKind.Named, Name: { } name }:
                var isCustom = IsCustom(tools.First(tool => tool.Name == name), writing.Target.Model);
                writer.WriteStartObject("tool_choice");
                writer.WriteString("type", isCustom ? "custom" : "function");
                writer.WriteStartObject(isCustom ? "custom" : "function");
                writer.WriteString("name", writing.Names.Of(name));
                writer.WriteEndObject();
                writer.WriteEndObject();
                break;
            case { } choice:
                writer.WriteString(
                    "tool_choice",
                    choice.Kind switch
                    {
                        ToolChoiceKind.None => "none",
                        ToolChoiceKind.Required => "required",
                        _ => "auto",
                    }
                );
                break;
        }
        writer.WriteFlag("parallel_tool_calls", writing.Request.ParallelToolCalls);
    }

    private static void WriteTool(Utf8JsonWriter writer, CanonicalTool tool, RequestWriting writing)
    {
        if (tool.Kind == ToolKind.Vendor)
        {
            tool.Json!.Value.WriteTo(writer);
            return;
        }
        var isCustom = IsCustom(tool, writing.Target.Model);
        writer.WriteStartObject();
        writer.WriteString("type", isCustom ? "custom" : "function");
        writer.WriteStartObject(isCustom ? "custom" : "function");
        writer.WriteString("name", writing.Names.Of(tool.Name));
        if (isCustom)
        {
            writer.WriteText("description", tool.Description);
            FreeformTools.WriteFormat(writer, tool, isNested: true);
        }
        else if (tool.Kind == ToolKind.Freeform)
        {
            writing.Notes.Note(TranslationRules.ChangeFreeformTool);
            writer.WriteString("description", FreeformTools.Description(tool));
            FreeformTools.WriteSchema(writer, "parameters");
        }
        else
        {
            writer.WriteText("description", tool.Description);
            if (tool.Parameters is { } parameters)
            {
                writer.WriteJson("parameters", parameters);
            }
            WriteStrict(writer, tool, writing.Notes);
        }
        writer.WriteEndObject();
        WriteCache(writer, tool.Cache, writing);
        writer.WriteEndObject();
    }

    /// <summary>Whether a freeform tool is one here too: OpenAI's own models that reason know them, other vendors don't.</summary>
    internal static bool IsCustom(CanonicalTool tool, string model) => tool.Kind == ToolKind.Freeform && ChatModels.TakesNoSampling(model);

    private static void WriteStrict(Utf8JsonWriter writer, CanonicalTool tool, RuleNotes notes)
    {
        var isLost = tool.Strict == true && tool.Parameters is { } parameters && !StrictSchema.Fits(parameters);
        notes.NoteIf(isLost, TranslationRules.ChangeJsonSchemaStrict);
        writer.WriteFlag("strict", isLost ? false : tool.Strict);
    }

    /// <summary>Writes a cache mark for vendors of the same format, and drops it for others.</summary>
    internal static void WriteCache(Utf8JsonWriter writer, CacheHint? cache, RequestWriting writing)
    {
        if (cache is null)
        {
            return;
        }
        if (writing.Request.Format != ChatTranslator.FormatName)
        {
            writing.Notes.Note(TranslationRules.DropCacheControl);
            return;
        }
        writer.WriteStartObject("cache_control");
        writer.WriteString("type", "ephemeral");
        writer.WriteText("ttl", cache.Ttl);
        writer.WriteEndObject();
    }

    private static void WriteForm(Utf8JsonWriter writer, CanonicalRequest request, RuleNotes notes)
    {
        if (request.OutputForm is not { } form)
        {
            return;
        }
        writer.WriteStartObject("response_format");
        writer.WriteString("type", form.Schema is null ? "json_object" : "json_schema");
        if (form.Schema is { } schema)
        {
            var isLost = form.Strict == true && request.Format != ChatTranslator.FormatName && !StrictSchema.Fits(schema);
            notes.NoteIf(isLost, TranslationRules.ChangeJsonSchemaStrict);
            writer.WriteStartObject("json_schema");
            writer.WriteString("name", form.Name ?? "response");
            writer.WriteText("description", form.Description);
            writer.WriteJson("schema", schema);
            writer.WriteFlag("strict", isLost ? false : form.Strict);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    private static void WriteReasoning(Utf8JsonWriter writer, CanonicalRequest request, string model, RuleNotes notes)
    {
        if (request.Reasoning is not { } ask)
        {
            return;
        }
        notes.NoteIf(ask.Summary is not null, TranslationRules.DropReasoningSummary);
        if (ask.Enabled == false)
        {
            if (request.Format == ChatTranslator.FormatName)
            {
                writer.WriteString("reasoning_effort", "none");
            }
            else
            {
                notes.NoteIf(ChatModels.Reasons(model), TranslationRules.DropReasoningOff);
            }
            return;
        }
        var effort = ask.Effort ?? (ask.BudgetTokens is { } budget ? ReasoningBudgets.EffortOf(budget) : null);
        if (effort is null)
        {
            return;
        }
        if (ChatModels.TakesNoEffort(model))
        {
            notes.Note(TranslationRules.DropReasoning);
            return;
        }
        // OpenAI's efforts go up to high on every model that reasons; what is above has come with some of them.
        var isOpenAIs = request.Format is ChatTranslator.FormatName or "responses";
        var written = effort is "max" || (effort is "xhigh" && !isOpenAIs) ? "high" : effort;
        notes.NoteIf(ask.Effort is null || written != effort, TranslationRules.ChangeReasoning);
        writer.WriteString("reasoning_effort", written);
    }

    private static void WriteSampling(Utf8JsonWriter writer, CanonicalRequest request, string model, RuleNotes notes)
    {
        if (ChatModels.TakesNoSampling(model) && request.Reasoning?.Enabled != false)
        {
            notes.NoteIf(request.Temperature is not (null or 1) || request.TopP is not (null or 1), TranslationRules.DropSampling);
            notes.NoteIf(
                request.FrequencyPenalty is not (null or 0) || request.PresencePenalty is not (null or 0),
                TranslationRules.DropPenalties
            );
            notes.NoteIf(request.StopSequences.Count > 0, TranslationRules.DropStopSequence);
        }
        else
        {
            writer.WriteDecimal("temperature", request.Temperature);
            writer.WriteDecimal("top_p", request.TopP);
            writer.WriteDecimal("frequency_penalty", request.FrequencyPenalty);
            writer.WriteDecimal("presence_penalty", request.PresencePenalty);
            WriteStop(writer, request.StopSequences);
        }
        if (request.Format == ChatTranslator.FormatName)
        {
            writer.WriteWhole("top_k", request.TopK);
        }
        else
        {
            notes.NoteIf(request.TopK is not null, TranslationRules.DropTopK);
        }
        writer.WriteWhole("seed", request.Seed);
        writer.WriteWhole("n", request.Choices);
        writer.WriteFlag("logprobs", request.LogProbs);
        writer.WriteWhole("top_logprobs", request.TopLogProbs);
    }

    private static void WriteStop(Utf8JsonWriter writer, IReadOnlyList<string> sequences)
    {
        if (sequences.Count == 0)
        {
            return;
        }
        writer.WriteStartArray("stop");
        foreach (var sequence in sequences)
        {
            writer.WriteStringValue(sequence);
        }
        writer.WriteEndArray();
    }

    private static void WriteRest(Utf8JsonWriter writer, CanonicalRequest request, RuleNotes notes)
    {
        writer.WriteText("verbosity", request.Verbosity);
        writer.WriteText("prompt_cache_key", request.CacheKey);
        notes.NoteIf(request.Cache is not null, TranslationRules.DropCacheControl);
        if (request.ServiceTier is { } tier)
        {
            var isKnown = tier.Kind != ServiceTierKind.Other || request.Format == ChatTranslator.FormatName;
            notes.NoteIf(!isKnown, TranslationRules.DropServiceTier);
            writer.WriteText("service_tier", isKnown ? TierName(tier) : null);
        }
        notes.NoteIf(request.User?.Length > LongestUser, TranslationRules.DropUser);
        writer.WriteText("user", request.User?.Length > LongestUser ? null : request.User);
        writer.WriteFlag("store", request.Store);
        if (request.Metadata.Count > 0 && request.Format != ChatTranslator.FormatName)
        {
            notes.Note(TranslationRules.DropMetadata);
        }
        else if (request.Metadata.Count > 0)
        {
            writer.WriteStartObject("metadata");
            foreach (var (name, value) in request.Metadata)
            {
                writer.WriteString(name, value);
            }
            writer.WriteEndObject();
        }
    }

    internal static string TierName(ServiceTierAsk tier) =>
        tier.Kind switch
        {
            ServiceTierKind.Auto => "auto",
            ServiceTierKind.Standard => "default",
            ServiceTierKind.Flex => "flex",
            ServiceTierKind.Priority => "priority",
            _ => tier.Name,
        };
}
