using System.Text.Json;
using Purser.Providers.Translation.Messages;

namespace Purser.Providers.Translation.Converse;

/// <summary>Writes a request for Bedrock's Converse. The model, and whether the answer is streamed, are in the path.</summary>
internal static class ConverseRequestWriter
{
    public static void Write(Utf8JsonWriter writer, RequestWriting writing)
    {
        var (request, target, _, notes) = writing;
        if (request.Choices > 1)
        {
            notes.Refuse(TranslationRules.RefuseChoices, "n");
        }
        var isClaude = ConverseThinking.IsClaude(target.Model);
        var limit = target.Limit(request.MaxOutputTokens);
        var thinking = isClaude ? MessagesThinking.Of(writing, limit ?? target.DefaultMaxOutputTokens) : new MessagesThinking();
        if (limit is null && thinking.IsOn)
        {
            notes.Note(TranslationRules.AddMaxTokens);
            limit = target.DefaultMaxOutputTokens;
        }
        writer.WriteStartObject();
        new ConverseBlockWriter(writer, writing).Write();
        WriteInference(writer, writing, limit, thinking);
        ConverseTools.Write(writer, writing);
        ConverseThinking.Write(writer, writing, thinking);
        WriteForm(writer, request, notes);
        WriteRest(writer, request, notes);
        writing.WriteExtras(writer, ConverseTranslator.FormatName);
        writer.WriteEndObject();
    }

    private static void WriteInference(Utf8JsonWriter writer, RequestWriting writing, long? limit, MessagesThinking thinking)
    {
        var (request, target, _, notes) = writing;
        var isClaude = ConverseThinking.IsClaude(target.Model);
        var isOwn = request.Format == ConverseTranslator.FormatName;
        var isFixed = isClaude && !isOwn && (thinking.IsOn || MessagesModels.TakesNoSampling(target.Model));
        var temperature = request.Temperature;
        if (temperature > 1 && !isOwn)
        {
            notes.Note(TranslationRules.ChangeTemperature);
            temperature = 1;
        }
        var dropsTopP = request.TopP is not null && (isFixed || (isClaude && !isOwn && temperature is not null));
        notes.NoteIf((isFixed && temperature is not (null or 1)) || (dropsTopP && request.TopP != 1), TranslationRules.DropSampling);
        writer.WriteStartObject("inferenceConfig");
        writer.WriteWhole("maxTokens", limit);
        writer.WriteDecimal("temperature", isFixed ? null : temperature);
        writer.WriteDecimal("topP", dropsTopP ? null : request.TopP);
        var sequences = request.StopSequences.Where(sequence => !string.IsNullOrWhiteSpace(sequence)).ToList();
        notes.NoteIf(sequences.Count < request.StopSequences.Count, TranslationRules.DropStopSequence);
        if (sequences.Count > 0)
        {
            writer.WriteStartArray("stopSequences");
            sequences.ForEach(writer.WriteStringValue);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    private static void WriteForm(Utf8JsonWriter writer, CanonicalRequest request, RuleNotes notes)
    {
        notes.NoteIf(request.OutputForm is { Schema: null }, TranslationRules.DropJsonObject);
        if (request.OutputForm is not { Schema: { } schema } form)
        {
            return;
        }
        writer.WriteStartObject("outputConfig");
        writer.WriteStartObject("textFormat");
        writer.WriteString("type", "json_schema");
        writer.WriteStartObject("structure");
        writer.WriteStartObject("jsonSchema");
        writer.WriteText("name", form.Name);
        writer.WriteText("description", form.Description);
        writer.WriteString("schema", JsonParts.Compact(schema));
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteRest(Utf8JsonWriter writer, CanonicalRequest request, RuleNotes notes)
    {
        var isOwn = request.Format == ConverseTranslator.FormatName;
        if (request.ServiceTier is { Kind: not ServiceTierKind.Auto } tier)
        {
            var isKnown = isOwn || tier.Kind != ServiceTierKind.Other;
            notes.NoteIf(!isKnown, TranslationRules.DropServiceTier);
            if (isKnown)
            {
                writer.WriteStartObject("serviceTier");
                writer.WriteString("type", Chat.ChatRequestWriter.TierName(tier));
                writer.WriteEndObject();
            }
        }
        notes.NoteIf(
            request.FrequencyPenalty is not (null or 0) || request.PresencePenalty is not (null or 0),
            TranslationRules.DropPenalties
        );
        notes.NoteIf(request.Seed is not null, TranslationRules.DropSeed);
        notes.NoteIf(request.LogProbs == true || request.TopLogProbs > 0, TranslationRules.DropLogProbs);
        notes.NoteIf(request.Verbosity is not null, TranslationRules.DropVerbosity);
        notes.NoteIf(request.CacheKey is not null, TranslationRules.DropCacheKey);
        notes.NoteIf(request.Cache is not null, TranslationRules.DropCacheControl);
        notes.NoteIf(request.User is not null, TranslationRules.DropUser);
        notes.NoteIf(request.Store == true, TranslationRules.DropStore);
        notes.NoteIf(request.Metadata.Count > 0 && !isOwn, TranslationRules.DropMetadata);
        if (request.Metadata.Count > 0 && isOwn)
        {
            writer.WriteStartObject("requestMetadata");
            foreach (var (name, value) in request.Metadata)
            {
                writer.WriteString(name, value);
            }
            writer.WriteEndObject();
        }
    }
}
