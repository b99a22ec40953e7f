using System.Text.Json;
using Purser.Providers.Translation.Chat;

namespace Purser.Providers.Translation.Responses;

/// <summary>Writes a request for a response, the members at its top; <see cref="ResponsesItemWriter"/> writes the input.</summary>
internal static class ResponsesRequestWriter
{
    private const int LongestUser = 64;

    public static void Write(Utf8JsonWriter writer, RequestWriting writing)
    {
        var (request, target, _, notes) = writing;
        if (request.Choices > 1)
        {
            notes.Refuse(TranslationRules.RefuseChoices, "n");
        }
        writer.WriteStartObject();
        writer.WriteString("model", target.Model);
        new ResponsesItemWriter(writer, writing).Write();
        ResponsesTools.Write(writer, writing);
        WriteText(writer, request, notes);
        WriteReasoning(writer, request, target.Model, notes);
        writer.WriteWhole("max_output_tokens", target.Limit(request.MaxOutputTokens));
        WriteSampling(writer, request, target.Model, notes);
        WriteRest(writer, request, notes);
        if (request.Stream)
        {
            writer.WriteBoolean("stream", true);
        }
        writing.WriteExtras(writer, ResponsesTranslator.FormatName);
        writer.WriteEndObject();
    }

    /// <summary>Writes <c>text</c>: the form of the answer, and how wordy it shall be.</summary>
    /// <param name="writer">The writer.</param>
    /// <param name="request">The request.</param>
    /// <param name="notes">Takes the rules; null where an answer repeats what the client sent.</param>
    public static void WriteText(Utf8JsonWriter writer, CanonicalRequest request, RuleNotes? notes)
    {
        if (request.OutputForm is null && request.Verbosity is null && notes is not null)
        {
            return;
        }
        writer.WriteStartObject("text");
        if (request.OutputForm is not null || notes is null)
        {
            WriteForm(writer, request, notes);
        }
        writer.WriteText("verbosity", request.Verbosity);
        writer.WriteEndObject();
    }

    private static void WriteForm(Utf8JsonWriter writer, CanonicalRequest request, RuleNotes? notes)
    {
        var form = request.OutputForm;
        writer.WriteStartObject("format");
        writer.WriteString(
            "type",
            form is null ? "text"
                : form.Schema is null ? "json_object"
                : "json_schema"
        );
        if (form?.Schema is { } schema)
        {
            var isLost = form.Strict == true && request.Format != ResponsesTranslator.FormatName && !StrictSchema.Fits(schema);
            notes?.NoteIf(isLost, TranslationRules.ChangeJsonSchemaStrict);
            writer.WriteString("name", form.Name ?? "response");
            writer.WriteText("description", form.Description);
            writer.WriteJson("schema", schema);
            writer.WriteFlag("strict", isLost ? false : form.Strict);
        }
        writer.WriteEndObject();
    }

    private static void WriteReasoning(Utf8JsonWriter writer, CanonicalRequest request, string model, RuleNotes notes)
    {
        var isOwn = request.Format == ResponsesTranslator.FormatName;
        // Clients of chat completions carry encrypted reasoning in `reasoning_details`.
        var carries =
            request.Reasoning?.WantsEncrypted == true || (request.Format == ChatTranslator.FormatName && ChatModels.TakesNoSampling(model));
        ResponsesRequestReader.WriteInclude(writer, carries, request.LogProbs == true);
        if (request.Reasoning is not { } ask)
        {
            return;
        }
        var effort = Effort(ask, request, notes);
        var summary = ask.Summary switch
        {
            "summarized" => "auto",
            "omitted" => null,
            var other => other,
        };
        if (effort is null && summary is null)
        {
            return;
        }
        if (!isOwn && (ChatModels.TakesNoEffort(model) || (ask.Enabled == false && !ChatModels.Reasons(model))))
        {
            notes.NoteIf(ask.Enabled != false, TranslationRules.DropReasoning);
            return;
        }
        if (!isOwn && ask.Enabled == false)
        {
            notes.Note(TranslationRules.DropReasoningOff);
            return;
        }
        writer.WriteStartObject("reasoning");
        writer.WriteText("effort", effort);
        writer.WriteText("summary", summary);
        writer.WriteEndObject();
    }

    private static string? Effort(ReasoningAsk ask, CanonicalRequest request, RuleNotes notes)
    {
        if (ask.Enabled == false)
        {
            return "none";
        }
        var effort = ask.Effort ?? (ask.BudgetTokens is { } budget ? ReasoningBudgets.EffortOf(budget) : null);
        if (effort is null)
        {
            return null;
        }
        // OpenAI's efforts go up to high on every model that reasons; what is above has come with some of them.
        var isOpenAIs = request.Format is ChatTranslator.FormatName or ResponsesTranslator.FormatName;
        var written = !isOpenAIs && effort is "max" or "xhigh" ? "high" : effort;
        notes.NoteIf(ask.Effort is null || written != effort, TranslationRules.ChangeReasoning);
        return written;
    }

    private static void WriteSampling(Utf8JsonWriter writer, CanonicalRequest request, string model, RuleNotes notes)
    {
        if (ChatModels.TakesNoSampling(model) && request.Reasoning?.Enabled != false && request.Format != ResponsesTranslator.FormatName)
        {
            notes.NoteIf(request.Temperature is not (null or 1) || request.TopP is not (null or 1), TranslationRules.DropSampling);
        }
        else
        {
            writer.WriteDecimal("temperature", request.Temperature);
            writer.WriteDecimal("top_p", request.TopP);
        }
        notes.NoteIf(
            request.FrequencyPenalty is not (null or 0) || request.PresencePenalty is not (null or 0),
            TranslationRules.DropPenalties
        );
        notes.NoteIf(request.StopSequences.Count > 0, TranslationRules.DropStopSequence);
        notes.NoteIf(request.TopK is not null, TranslationRules.DropTopK);
        notes.NoteIf(request.Seed is not null, TranslationRules.DropSeed);
        writer.WriteWhole("top_logprobs", request.TopLogProbs);
    }

    private static void WriteRest(Utf8JsonWriter writer, CanonicalRequest request, RuleNotes notes)
    {
        writer.WriteText("prompt_cache_key", request.CacheKey);
        notes.NoteIf(request.Cache is not null, TranslationRules.DropCacheControl);
        var isOpenAIs = request.Format is ChatTranslator.FormatName or ResponsesTranslator.FormatName;
        if (request.ServiceTier is { } tier)
        {
            var isKnown = tier.Kind != ServiceTierKind.Other || isOpenAIs;
            notes.NoteIf(!isKnown, TranslationRules.DropServiceTier);
            writer.WriteText("service_tier", isKnown ? ChatRequestWriter.TierName(tier) : null);
        }
        notes.NoteIf(request.User?.Length > LongestUser, TranslationRules.DropUser);
        writer.WriteText("user", request.User?.Length > LongestUser ? null : request.User);
        // Responses are stored unless the request says otherwise, and those of other formats aren't.
        writer.WriteFlag("store", request.Format == ResponsesTranslator.FormatName ? request.Store : request.Store ?? false);
        notes.NoteIf(request.Metadata.Count > 0 && !isOpenAIs, TranslationRules.DropMetadata);
        if (request.Metadata.Count > 0 && isOpenAIs)
        {
            writer.WriteStartObject("metadata");
            foreach (var (name, value) in request.Metadata)
            {
                writer.WriteString(name, value);
            }
            writer.WriteEndObject();
        }
    }
}
