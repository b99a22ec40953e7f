using System.Text.Json;

namespace Purser.Providers.Translation.Messages;

/// <summary>Writes a request for Anthropic's messages, the members at its top; <see cref="MessagesBlockWriter"/> writes the conversation.</summary>
internal static class MessagesRequestWriter
{
    public static void Write(Utf8JsonWriter writer, RequestWriting writing)
    {
        var (request, target, _, notes) = writing;
        if (request.Choices > 1)
        {
            notes.Refuse(TranslationRules.RefuseChoices, "n");
        }
        var limit = target.Limit(request.MaxOutputTokens ?? target.DefaultMaxOutputTokens) ?? target.DefaultMaxOutputTokens;
        notes.NoteIf(request.MaxOutputTokens is null, TranslationRules.AddMaxTokens);
        var thinking = MessagesThinking.Of(writing, limit);
        writer.WriteStartObject();
        writer.WriteString("model", target.Model);
        writer.WriteNumber("max_tokens", limit);
        new MessagesBlockWriter(writer, writing).Write();
        WriteTools(writer, writing);
        thinking.Write(writer);
        WriteOutputConfig(writer, request, thinking.Effort, notes);
        WriteSampling(writer, request, thinking.IsOn || MessagesModels.TakesNoSampling(target.Model), notes);
        WriteStop(writer, request.StopSequences, notes);
        WriteRest(writer, request, notes);
        if (request.Stream)
        {
            writer.WriteBoolean("stream", true);
        }
        writing.WriteExtras(writer, MessagesTranslator.FormatName);
        writer.WriteEndObject();
    }

    private static void WriteTools(Utf8JsonWriter writer, RequestWriting writing)
    {
        var tools = ToolSelection.Of(writing, MessagesTranslator.FormatName);
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
        var isSingle = writing.Request.ParallelToolCalls == false;
        var choice = writing.Request.ToolChoice ?? (isSingle ? new ToolChoice(ToolChoiceKind.Auto) : null);
        if (choice is null)
        {
            return;
        }
        writer.WriteStartObject("tool_choice");
        writer.WriteString(
            "type",
            choice.Kind switch
            {
                ToolChoiceKind.None => "none",
                ToolChoiceKind.Required => "any",
                ToolChoiceKind.Named => "tool",
                _ => "auto",
            }
        );
        writer.WriteText("name", choice is { Kind: ToolChoiceKind.Named, Name: { } name } ? writing.Names.Of(name) : null);
        if (isSingle && choice.Kind != ToolChoiceKind.None)
        {
            writer.WriteBoolean("disable_parallel_tool_use", true);
        }
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
        writer.WriteString("name", writing.Names.Of(tool.Name));
        if (tool.Kind == ToolKind.Freeform)
        {
            writing.Notes.Note(TranslationRules.ChangeFreeformTool);
            writer.WriteString("description", FreeformTools.Description(tool));
            FreeformTools.WriteSchema(writer, "input_schema");
        }
        else
        {
            writer.WriteText("description", tool.Description);
            if (tool.Parameters is { ValueKind: JsonValueKind.Object } parameters)
            {
                WriteSchema(writer, parameters);
            }
            else
            {
                writer.WriteEmptySchema("input_schema");
            }
            // Only strict ones say so: older models don't know the member.
            var isLost = tool.Strict == true && MessagesModels.TakesNoStrictTools(writing.Target.Model);
            writing.Notes.NoteIf(isLost, TranslationRules.DropToolStrict);
            writer.WriteFlag("strict", tool.Strict == true && !isLost ? true : null);
        }
        MessagesBlockWriter.WriteCache(writer, tool.Cache);
        writer.WriteEndObject();
    }

    // Anthropic wants the type of the whole, which OpenAI lets clients leave out.
    private static void WriteSchema(Utf8JsonWriter writer, JsonElement parameters)
    {
        if (parameters.Has("type", out _))
        {
            writer.WriteJson("input_schema", parameters);
            return;
        }
        writer.WriteStartObject("input_schema");
        writer.WriteString("type", "object");
        foreach (var member in parameters.EnumerateObject())
        {
            member.WriteTo(writer);
        }
        writer.WriteEndObject();
    }

    private static void WriteOutputConfig(Utf8JsonWriter writer, CanonicalRequest request, string? effort, RuleNotes notes)
    {
        var form = request.OutputForm;
        notes.NoteIf(form is { Schema: null }, TranslationRules.DropJsonObject);
        notes.NoteIf(form?.Name is not null || form?.Description is not null, TranslationRules.DropSchemaName);
        if (effort is null && form?.Schema is null)
        {
            return;
        }
        writer.WriteStartObject("output_config");
        writer.WriteText("effort", effort);
        if (form?.Schema is { } schema)
        {
            writer.WriteStartObject("format");
            writer.WriteString("type", "json_schema");
            writer.WriteJson("schema", schema);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    // With thinking on, Anthropic takes a temperature of 1 alone, and no top_k; newer models take one of temperature and top_p, or neither.
    private static void WriteSampling(Utf8JsonWriter writer, CanonicalRequest request, bool isFixed, RuleNotes notes)
    {
        var temperature = request.Temperature;
        if (temperature > 1)
        {
            notes.Note(TranslationRules.ChangeTemperature);
            temperature = 1;
        }
        var own = request.Format == MessagesTranslator.FormatName;
        isFixed &= !own;
        var dropsTemperature = isFixed && temperature is not null;
        var dropsTopP = request.TopP is not null && (isFixed || (temperature is not null && !own));
        var dropsTopK = isFixed && request.TopK is not null;
        notes.NoteIf(
            (dropsTemperature && request.Temperature != 1) || (dropsTopP && request.TopP != 1) || dropsTopK,
            TranslationRules.DropSampling
        );
        writer.WriteDecimal("temperature", dropsTemperature ? null : temperature);
        writer.WriteDecimal("top_p", dropsTopP ? null : request.TopP);
        writer.WriteWhole("top_k", dropsTopK ? null : request.TopK);
    }

    private static void WriteStop(Utf8JsonWriter writer, IReadOnlyList<string> sequences, RuleNotes notes)
    {
        var taken = sequences.Where(sequence => !string.IsNullOrWhiteSpace(sequence)).ToList();
        notes.NoteIf(taken.Count < sequences.Count, TranslationRules.DropStopSequence);
        if (taken.Count == 0)
        {
            return;
        }
        writer.WriteStartArray("stop_sequences");
        foreach (var sequence in taken)
        {
            writer.WriteStringValue(sequence);
        }
        writer.WriteEndArray();
    }

    private static void WriteRest(Utf8JsonWriter writer, CanonicalRequest request, RuleNotes notes)
    {
        if (request.User is { } user)
        {
            writer.WriteStartObject("metadata");
            writer.WriteString("user_id", user);
            writer.WriteEndObject();
        }
        MessagesBlockWriter.WriteCache(writer, request.Cache);
        switch (request.ServiceTier?.Kind)
        {
            case ServiceTierKind.Auto:
                writer.WriteString("service_tier", "auto");
                break;
            case ServiceTierKind.Standard:
                writer.WriteString("service_tier", "standard_only");
                break;
            case not null when request.Format == MessagesTranslator.FormatName:
                writer.WriteString("service_tier", request.ServiceTier.Name);
                break;
            case not null:
                notes.Note(TranslationRules.DropServiceTier);
                break;
        }
        notes.NoteIf(
            request.FrequencyPenalty is not (null or 0) || request.PresencePenalty is not (null or 0),
            TranslationRules.DropPenalties
        );
        notes.NoteIf(request.Seed is not null, TranslationRules.DropSeed);
        notes.NoteIf(request.LogProbs == true || request.TopLogProbs > 0, TranslationRules.DropLogProbs);
        notes.NoteIf(request.Verbosity is not null, TranslationRules.DropVerbosity);
        notes.NoteIf(request.CacheKey is not null, TranslationRules.DropCacheKey);
        notes.NoteIf(request.Metadata.Count > 0, TranslationRules.DropMetadata);
        notes.NoteIf(request.Store == true, TranslationRules.DropStore);
    }
}
