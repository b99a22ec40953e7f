using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Purser.Providers.Translation.Ollama;

/// <summary>Writes the lines of a stream of Ollama's. Calls are written whole, at their end; the last line has the counts.</summary>
internal sealed class OllamaStreamWriter(AnswerContext context) : CanonicalStreamWriter(context)
{
    private readonly Utf8JsonWriter json = new(
        Stream.Null,
        new JsonWriterOptions { Encoder = ErrorJson.Options.Encoder, SkipValidation = true }
    );
    private readonly List<Call> calls = [];
    private CanonicalUsage? usage;
    private StopReason stop;
    private string model = context.Request.Model;

    /// <inheritdoc/>
    public override void Write(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        usage = next.Usage ?? usage;
        if (next.Choice > 0)
        {
            Notes.Note(TranslationRules.DropChoices);
            return;
        }
        switch (next.Kind)
        {
            case CanonicalEventKind.Start:
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
                stop = next.Stop;
                break;
            case CanonicalEventKind.End:
                BeginLine(output);
                json.WriteString("content"u8, ""u8);
                json.WriteEndObject();
                OllamaAnswer.WriteEnd(json, stop, usage);
                EndLine(output);
                break;
            case CanonicalEventKind.Error:
                OllamaTranslator.Write(next.Error ?? ErrorBody.Unreadable(502), output);
                output.Write("\n"u8);
                break;
        }
    }

    /// <summary>Nothing: lines of JSON have no comments.</summary>
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
                calls.Add(
                    new Call(next.Block, next.Id ?? ToolCallIds.Of(Context.Id, next.Block), next.Name ?? "", new ArrayBufferWriter<byte>())
                );
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
                var isThought = next.Part == BlockPart.Reasoning;
                BeginLine(output);
                json.WriteString("content"u8, isThought ? default : next.Text);
                if (isThought)
                {
                    json.WriteString("thinking"u8, next.Text);
                }
                EndPiece(output);
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
        BeginLine(output);
        json.WriteString("content"u8, ""u8);
        json.WriteStartArray("tool_calls"u8);
        OllamaAnswer.WriteCall(json, new ToolCallPart(call.Id, call.Name, arguments, next.Part == BlockPart.FreeformCall), Context, Notes);
        json.WriteEndArray();
        EndPiece(output);
    }

    private void BeginLine(IBufferWriter<byte> output)
    {
        json.Reset(output);
        OllamaAnswer.WriteHead(json, model, Context);
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
    }

    private void EndPiece(IBufferWriter<byte> output)
    {
        json.WriteEndObject();
        json.WriteBoolean("done"u8, false);
        json.WriteEndObject();
        EndLine(output);
    }

    private void EndLine(IBufferWriter<byte> output)
    {
        json.Flush();
        output.Write("\n"u8);
    }

    private sealed record Call(int Block, string Id, string Name, ArrayBufferWriter<byte> Arguments);
}
