using System.Text.Json;

namespace Purser.Providers.Translation.Gemini;

/// <summary>Writes the conversation of a request for <c>generateContent</c>: the system's prompts, and turns that alternate.</summary>
internal sealed class GeminiContentWriter(Utf8JsonWriter writer, RequestWriting writing)
{
    // What Google's documents say to send with calls that another model made.
    private const string NoSignature = "skip_thought_signature_validator";

    private readonly CanonicalRequest request = writing.Request;
    private readonly RuleNotes notes = writing.Notes;
    private readonly bool wantsSignatures = !GeminiModels.IsOld(writing.Target.Model) && !GeminiModels.TakesBudgets(writing.Target.Model);

    /// <summary>Writes <c>systemInstruction</c> and <c>contents</c>.</summary>
    public void Write()
    {
        var (prompts, turns) = Turns.Of(request, notes);
        WriteSystem(prompts);
        writer.WriteStartArray("contents");
        foreach (var (role, parts) in turns)
        {
            WriteTurn(role, parts);
        }
        writer.WriteEndArray();
        if (request.Format != GeminiTranslator.FormatName && turns is [.., (CanonicalRole.Assistant, _)])
        {
            notes.Note(TranslationRules.ChangePrefill);
        }
    }

    private void WriteSystem(List<CanonicalPart> prompts)
    {
        var texts = prompts.OfType<TextPart>().Where(text => text.Text.Length > 0).ToList();
        notes.NoteIf(prompts.Any(part => part is not TextPart), TranslationRules.DropVendorContent);
        notes.NoteIf(prompts.Any(part => part.Cache is not null), TranslationRules.DropCacheControl);
        if (texts.Count == 0)
        {
            return;
        }
        writer.WriteStartObject("systemInstruction");
        writer.WriteStartArray("parts");
        foreach (var text in texts)
        {
            WriteText(text.Text);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    // Results come before everything else: they must follow their calls at once.
    private void WriteTurn(CanonicalRole role, List<CanonicalPart> parts)
    {
        List<CanonicalPart> sent = [.. parts.Where(part => part is ToolResultPart), .. parts.Where(part => part is not ToolResultPart)];
        notes.NoteIf(sent.Any(part => part.Cache is not null), TranslationRules.DropCacheControl);
        sent.RemoveAll(part => !IsWritten(part));
        if (sent.Count == 0)
        {
            return;
        }
        writer.WriteStartObject();
        writer.WriteString("role", role == CanonicalRole.Assistant ? "model" : "user");
        writer.WriteStartArray("parts");
        if (role == CanonicalRole.Assistant)
        {
            WriteModelParts(sent);
        }
        else
        {
            foreach (var part in sent)
            {
                WritePart(part);
            }
            // Results that can't hold media are followed by them.
            foreach (var medium in sent.OfType<ToolResultPart>().Where(_ => !wantsSignatures).SelectMany(MediaOf))
            {
                notes.Note(TranslationRules.ChangeToolResultMedia);
                GeminiMedia.Write(writer, medium, writing);
            }
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private bool IsWritten(CanonicalPart part)
    {
        switch (part)
        {
            case TextPart text:
                return text.Text.Length > 0;
            case ReasoningPart { Signer: GeminiTranslator.FormatName }:
                return true;
            case ReasoningPart:
                notes.NoteIf(request.Format != GeminiTranslator.FormatName, TranslationRules.DropReasoningContent);
                return request.Format == GeminiTranslator.FormatName;
            case OpaquePart opaque:
                notes.NoteIf(opaque.Format != GeminiTranslator.FormatName, TranslationRules.DropVendorContent);
                return opaque.Format == GeminiTranslator.FormatName;
            default:
                return true;
        }
    }

    // A signature belongs to the next call; without one after it, it stands in a part of its own.
    private void WriteModelParts(List<CanonicalPart> parts)
    {
        string? signature = null;
        var isFirst = true;
        for (var index = 0; index < parts.Count; index++)
        {
            switch (parts[index])
            {
                case ReasoningPart { Encrypted: { } encrypted }:
                    if (parts.Skip(index).Any(part => part is ToolCallPart))
                    {
                        signature = encrypted;
                    }
                    else
                    {
                        WriteSignature(encrypted);
                    }
                    break;
                case ReasoningPart thought:
                    writer.WriteStartObject();
                    writer.WriteString("text", thought.Text);
                    writer.WriteBoolean("thought", true);
                    writer.WriteEndObject();
                    break;
                case ToolCallPart call:
                    WriteCall(call, signature, isFirst);
                    (signature, isFirst) = (null, false);
                    break;
                default:
                    WritePart(parts[index]);
                    break;
            }
        }
    }

    private void WriteSignature(string signature)
    {
        writer.WriteStartObject();
        writer.WriteString("text", "");
        writer.WriteString("thoughtSignature", signature);
        writer.WriteEndObject();
    }

    // Of calls that are made at once only the first is signed.
    private void WriteCall(ToolCallPart call, string? signature, bool isFirst)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("functionCall");
        writer.WriteString("id", call.Id);
        writer.WriteString("name", writing.Names.Of(call.Name));
        writer.WriteArguments("args", call.IsFreeform ? FreeformTools.Wrap(call.Arguments) : call.Arguments, notes);
        writer.WriteEndObject();
        if (signature is null && isFirst && wantsSignatures && request.Format != GeminiTranslator.FormatName)
        {
            notes.Note(TranslationRules.AddThoughtSignature);
            signature = NoSignature;
        }
        writer.WriteText("thoughtSignature", signature);
        writer.WriteEndObject();
    }

    private void WritePart(CanonicalPart part)
    {
        switch (part)
        {
            case TextPart text:
                notes.NoteIf(text.Citations is not null, TranslationRules.DropCitations);
                WriteText(text.Text);
                break;
            case RefusalPart refusal:
                WriteText(refusal.Text);
                break;
            case MediaPart medium:
                GeminiMedia.Write(writer, medium, writing);
                break;
            case ToolResultPart result:
                WriteResult(result);
                break;
            case OpaquePart { Format: GeminiTranslator.FormatName } opaque:
                opaque.Json.WriteTo(writer);
                break;
            default:
                notes.Note(TranslationRules.DropVendorContent);
                break;
        }
    }

    private void WriteResult(ToolResultPart result)
    {
        var name = result.Name ?? NameOf(result.CallId);
        var others = MediaOf(result);
        notes.NoteIf(result.Parts.Any(part => part is OpaquePart), TranslationRules.DropVendorContent);
        notes.NoteIf(result.Parts.Any(part => part.Cache is not null), TranslationRules.DropCacheControl);
        writer.WriteStartObject();
        writer.WriteStartObject("functionResponse");
        writer.WriteString("id", result.CallId);
        writer.WriteString("name", writing.Names.Of(name));
        writer.WriteStartObject("response");
        writer.WriteString(result.IsError ? "error" : "output", JsonParts.JoinedText(result.Parts.Select(AsText), "\n\n"));
        writer.WriteEndObject();
        if (wantsSignatures && others.Count > 0)
        {
            writer.WriteStartArray("parts");
            others.ForEach(medium => GeminiMedia.Write(writer, medium, writing));
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static List<MediaPart> MediaOf(ToolResultPart result) =>
        [.. result.Parts.OfType<MediaPart>().Where(medium => medium.Text is null)];

    private static CanonicalPart AsText(CanonicalPart part) => part is MediaPart { Text: { } text } ? new TextPart(text) : part;

    private string NameOf(string callId) =>
        request
            .Messages.SelectMany(message => message.Parts)
            .OfType<ToolCallPart>()
            .Where(call => call.Id == callId)
            .Select(call => call.Name)
            .FirstOrDefault("unknown");

    private void WriteText(string text)
    {
        writer.WriteStartObject();
        writer.WriteString("text", text);
        writer.WriteEndObject();
    }
}
