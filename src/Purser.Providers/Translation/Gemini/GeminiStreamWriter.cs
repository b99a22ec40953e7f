using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Purser.Providers.Translation.Gemini;

/// <summary>
/// Writes the chunks of a stream of Gemini's answers, as server-sent events or as one JSON array. Calls are written whole, at their end; the last
/// chunk has the usage with the reason to stop.
/// </summary>
internal sealed class GeminiStreamWriter(AnswerContext context) : CanonicalStreamWriter(context)
{
    private readonly Utf8JsonWriter json = new(
        Stream.Null,
        new JsonWriterOptions { Encoder = ErrorJson.Options.Encoder, SkipValidation = true }
    );
    private readonly List<Call> calls = [];
    private readonly List<(int Choice, StopReason Stop)> finishes = [];
    private CanonicalUsage? usage;
    private string id = context.Id;
    private string model = context.Request.Model;
    private bool hasWritten;

    private bool IsArray => Context.Request.StreamIsArray;

    /// <inheritdoc/>
    public override void Write(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        usage = next.Usage ?? usage;
        switch (next.Kind)
        {
            case CanonicalEventKind.Start:
                id = next.Id ?? id;
                model = next.Name ?? model;
                break;
            case CanonicalEventKind.BlockStart:
                Begin(next);
                break;
            case CanonicalEventKind.Delta:
                WriteDelta(next, output);
                break;
            case CanonicalEventKind.Signature:
                Notes.Note(TranslationRules.DropReasoningContent);
                break;
            case CanonicalEventKind.LogProbs:
                Notes.Note(TranslationRules.DropLogProbs);
                break;
            case CanonicalEventKind.BlockEnd:
                End(next, output);
                break;
            case CanonicalEventKind.Finish:
                finishes.Add((next.Choice, next.Stop));
                break;
            case CanonicalEventKind.End:
                WriteEnd(output);
                break;
            case CanonicalEventKind.Error:
                BeginChunk(output);
                GeminiTranslator.WriteError(json, next.Error ?? ErrorBody.Unreadable(502));
                EndChunk(output, isLast: true);
                break;
        }
    }

    /// <summary>Nothing: Google's own clients don't skip comments.</summary>
    public override void WriteComment(string text, IBufferWriter<byte> output) { }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        json.Dispose();
        base.Dispose(disposing);
    }

    private void Begin(in CanonicalEvent next)
    {
        switch (next.Part)
        {
            case BlockPart.ToolCall or BlockPart.FreeformCall:
                var callId = next.Id ?? ToolCallIds.Of(Context.Id, next.Block);
                calls.Add(new Call(next.Block, callId, Context.ToolName(next.Name ?? ""), new ArrayBufferWriter<byte>()));
                break;
            case BlockPart.EncryptedReasoning:
                Notes.Note(TranslationRules.DropReasoningContent);
                break;
            case BlockPart.Opaque:
                Notes.Note(TranslationRules.DropVendorContent);
                break;
        }
    }

    private void WriteDelta(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        switch (next.Part)
        {
            case BlockPart.ToolCall or BlockPart.FreeformCall:
                var block = next.Block;
                calls.Find(call => call.Block == block)?.Arguments.Write(next.Text);
                break;
            case BlockPart.Text or BlockPart.Refusal or BlockPart.Reasoning:
                BeginCandidate(output);
                json.WriteStartObject();
                json.WriteString("text"u8, next.Text);
                if (next.Part == BlockPart.Reasoning)
                {
                    json.WriteBoolean("thought"u8, true);
                }
                json.WriteEndObject();
                EndCandidate(next.Choice, null);
                EndAnswer(output, null, isLast: false);
                break;
        }
    }

    private void End(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        var block = next.Block;
        if (calls.Find(call => call.Block == block) is not { } call)
        {
            return;
        }
        calls.Remove(call);
        var arguments = Encoding.UTF8.GetString(call.Arguments.WrittenSpan);
        BeginCandidate(output);
        json.WriteStartObject();
        GeminiAnswerParts.WriteCall(
            json,
            call.Id,
            call.Name,
            next.Part == BlockPart.FreeformCall ? FreeformTools.Wrap(arguments) : arguments,
            Notes
        );
        json.WriteEndObject();
        EndCandidate(next.Choice, null);
        EndAnswer(output, null, isLast: false);
    }

    private void WriteEnd(IBufferWriter<byte> output)
    {
        if (finishes.Count == 0)
        {
            finishes.Add((0, StopReason.Unknown));
        }
        BeginChunk(output);
        json.WriteStartObject();
        json.WriteStartArray("candidates"u8);
        foreach (var (choice, stop) in finishes)
        {
            BeginContent();
            json.WriteStartObject();
            json.WriteString("text"u8, ""u8);
            json.WriteEndObject();
            EndCandidate(choice, GeminiAnswerParts.Word(stop));
        }
        EndAnswer(output, usage, isLast: true);
    }

    private void BeginCandidate(IBufferWriter<byte> output)
    {
        BeginChunk(output);
        json.WriteStartObject();
        json.WriteStartArray("candidates"u8);
        BeginContent();
    }

    private void BeginContent()
    {
        json.WriteStartObject();
        json.WriteStartObject("content"u8);
        json.WriteStartArray("parts"u8);
    }

    private void EndCandidate(int choice, string? word)
    {
        json.WriteEndArray();
        json.WriteString("role"u8, "model"u8);
        json.WriteEndObject();
        if (word is not null)
        {
            json.WriteString("finishReason"u8, word);
        }
        json.WriteNumber("index"u8, choice);
        json.WriteEndObject();
    }

    private void EndAnswer(IBufferWriter<byte> output, CanonicalUsage? used, bool isLast)
    {
        json.WriteEndArray();
        if (used is not null)
        {
            GeminiAnswerParts.WriteUsage(json, used);
        }
        json.WriteString("modelVersion"u8, model);
        json.WriteString("responseId"u8, id);
        json.WriteEndObject();
        EndChunk(output, isLast);
    }

    private void BeginChunk(IBufferWriter<byte> output)
    {
        output.Write(
            !IsArray ? "data: "u8
            : hasWritten ? ",\r\n"u8
            : "["u8
        );
        hasWritten = true;
        json.Reset(output);
    }

    private void EndChunk(IBufferWriter<byte> output, bool isLast)
    {
        json.Flush();
        if (!IsArray)
        {
            output.Write("\r\n\r\n"u8);
        }
        else if (isLast)
        {
            output.Write("]"u8);
        }
    }

    private sealed record Call(int Block, string Id, string Name, ArrayBufferWriter<byte> Arguments);
}
