using System.Text.Json;

namespace Purser.Providers.Translation.Gemini;

/// <summary>Writes a request for <c>generateContent</c>. The model, and whether the answer is streamed, are in the path.</summary>
internal static class GeminiRequestWriter
{
    public static void Write(Utf8JsonWriter writer, RequestWriting writing)
    {
        var (request, _, _, notes) = writing;
        writer.WriteStartObject();
        new GeminiContentWriter(writer, writing).Write();
        var tools = GeminiTools.Write(writer, writing);
        WriteConfig(writer, writing, tools.Count > 0);
        WriteRest(writer, request, notes);
        writing.WriteExtras(writer, GeminiTranslator.FormatName);
        writer.WriteEndObject();
    }

    private static void WriteConfig(Utf8JsonWriter writer, RequestWriting writing, bool hasTools)
    {
        var (request, target, _, notes) = writing;
        writer.WriteStartObject("generationConfig");
        writer.WriteDecimal("temperature", request.Temperature);
        writer.WriteDecimal("topP", request.TopP);
        writer.WriteWhole("topK", request.TopK);
        writer.WriteWhole("candidateCount", request.Choices);
        writer.WriteWhole("maxOutputTokens", target.Limit(request.MaxOutputTokens));
        WriteStop(writer, request.StopSequences, notes);
        writer.WriteDecimal("presencePenalty", request.PresencePenalty);
        writer.WriteDecimal("frequencyPenalty", request.FrequencyPenalty);
        writer.WriteWhole("seed", request.Seed);
        writer.WriteFlag("responseLogprobs", request.LogProbs);
        writer.WriteWhole("logprobs", request.TopLogProbs);
        WriteForm(writer, writing, hasTools);
        GeminiThinking.Write(writer, writing);
        writer.WriteEndObject();
    }

    private static void WriteStop(Utf8JsonWriter writer, IReadOnlyList<string> sequences, RuleNotes notes)
    {
        const int most = 5;
        var taken = sequences.Where(sequence => sequence.Length > 0).Take(most).ToList();
        notes.NoteIf(taken.Count < sequences.Count, TranslationRules.DropStopSequence);
        if (taken.Count == 0)
        {
            return;
        }
        writer.WriteStartArray("stopSequences");
        taken.ForEach(writer.WriteStringValue);
        writer.WriteEndArray();
    }

    // Before Gemini 3, JSON and functions exclude each other.
    private static void WriteForm(Utf8JsonWriter writer, RequestWriting writing, bool hasTools)
    {
        var (request, target, _, notes) = writing;
        if (request.OutputForm is not { } form)
        {
            return;
        }
        var isOld = GeminiModels.IsOld(target.Model);
        if (hasTools && (isOld || GeminiModels.TakesBudgets(target.Model)) && request.Format != GeminiTranslator.FormatName)
        {
            notes.Note(form.Schema is null ? TranslationRules.DropJsonObject : TranslationRules.DropJsonSchema);
            return;
        }
        notes.NoteIf(form.Name is not null || form.Description is not null, TranslationRules.DropSchemaName);
        writer.WriteString("responseMimeType", "application/json");
        if (form.Schema is { } schema && isOld)
        {
            writer.WritePropertyName("responseSchema");
            GeminiSchema.Write(writer, schema, notes);
        }
        else if (form.Schema is { } plain)
        {
            writer.WriteJson("responseJsonSchema", plain);
        }
    }

    private static void WriteRest(Utf8JsonWriter writer, CanonicalRequest request, RuleNotes notes)
    {
        notes.NoteIf(request.Verbosity is not null, TranslationRules.DropVerbosity);
        notes.NoteIf(request.CacheKey is not null, TranslationRules.DropCacheKey);
        notes.NoteIf(request.Cache is not null, TranslationRules.DropCacheControl);
        notes.NoteIf(
            request.ServiceTier is not (null or { Kind: ServiceTierKind.Auto or ServiceTierKind.Standard }),
            TranslationRules.DropServiceTier
        );
        notes.NoteIf(request.User is not null, TranslationRules.DropUser);
        notes.NoteIf(request.Store == true, TranslationRules.DropStore);
        if (request.Metadata.Count == 0)
        {
            return;
        }
        if (request.Format != GeminiTranslator.FormatName)
        {
            notes.Note(TranslationRules.DropMetadata);
            return;
        }
        writer.WriteStartObject("labels");
        foreach (var (name, value) in request.Metadata)
        {
            writer.WriteString(name, value);
        }
        writer.WriteEndObject();
    }
}
