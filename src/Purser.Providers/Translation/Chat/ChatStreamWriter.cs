using System.Buffers;
using System.Text.Json;

namespace Purser.Providers.Translation.Chat;

/// <summary>Writes the chunks of a stream of chat completions.</summary>
internal sealed class ChatStreamWriter(AnswerContext context) : CanonicalStreamWriter(context)
{
    private readonly SseWriter sse = new();
    private Utf8JsonWriter? json;
    private readonly List<OpenCall> calls = [];
    private readonly Dictionary<int, int> callCounts = [];
    private CanonicalUsage? usage;
    private string id = context.Id;
    private string model = context.Request.Model;
    private UInt128 begun;
    private int reasonings;
    private int lastReasoning = -1;
    private bool hasThought;
    private string? signer;

    /// <inheritdoc/>
    public override void Write(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        usage = next.Usage ?? usage;
        switch (next.Kind)
        {
            case CanonicalEventKind.Start:
                id = next.Id ?? id;
                model = next.Name ?? model;
                Begin(0, output);
                break;
            case CanonicalEventKind.BlockStart:
                WriteBlockStart(next, output);
                break;
            case CanonicalEventKind.Delta:
                WriteDelta(next, output);
                break;
            case CanonicalEventKind.Signature:
                var signed = BeginDelta(next.Choice, output);
                ChatReasoning.WritePiece(signed, "signature"u8, next.Text, lastReasoning, signer, withNoText: !hasThought);
                hasThought = true;
                EndDelta(output);
                break;
            case CanonicalEventKind.LogProbs:
                WriteLogProbs(next, output);
                break;
            case CanonicalEventKind.BlockEnd:
                WriteBlockEnd(next, output);
                break;
            case CanonicalEventKind.Finish:
                BeginDelta(next.Choice, output);
                EndDelta(output, ChatAnswer.Word(next.Stop));
                break;
            case CanonicalEventKind.KeepAlive:
                WriteComment("ping", output);
                break;
            case CanonicalEventKind.End:
                WriteEnd(output);
                break;
            case CanonicalEventKind.Error:
                output.Write("data: "u8);
                ProviderCatalog.Chat.WriteError(output, next.Error ?? ErrorBody.Unreadable(502));
                output.Write("\n\n"u8);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        sse.Dispose();
        base.Dispose(disposing);
    }

    private void WriteBlockStart(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        switch (next.Part)
        {
            case BlockPart.Reasoning or BlockPart.EncryptedReasoning:
                lastReasoning = reasonings++;
                hasThought = false;
                signer = next.Signer;
                break;
            case BlockPart.Opaque:
                Notes.Note(TranslationRules.DropVendorContent);
                break;
            case BlockPart.ToolCall or BlockPart.FreeformCall:
                var name = Context.ToolName(next.Name ?? "");
                var index = callCounts.GetValueOrDefault(next.Choice);
                callCounts[next.Choice] = index + 1;
                var unwraps = next.Part == BlockPart.ToolCall && Context.IsFreeform(name);
                var call = new OpenCall(next.Choice, next.Block, index, unwraps || next.Part == BlockPart.FreeformCall)
                {
                    Unwrapped = unwraps ? new FreeformText() : null,
                };
                calls.Add(call);
                WriteCall(call, next.Id ?? ToolCallIds.Of(Context.Id, next.Block), name, default, output);
                break;
        }
    }

    private void WriteDelta(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        if (next.Part is BlockPart.ToolCall or BlockPart.FreeformCall)
        {
            if (Find(next.Block) is { } call)
            {
                WriteArguments(call, call.Unwrapped is { } unwrapped ? unwrapped.Take(next.Text) : next.Text, output);
            }
            return;
        }
        var delta = BeginDelta(next.Choice, output);
        switch (next.Part)
        {
            case BlockPart.Text:
                delta.WriteString("content"u8, next.Text);
                break;
            case BlockPart.Refusal:
                delta.WriteString("refusal"u8, next.Text);
                break;
            case BlockPart.Reasoning:
                hasThought = true;
                delta.WriteString("reasoning_content"u8, next.Text);
                if (signer is not null)
                {
                    ChatReasoning.WritePiece(delta, "text"u8, next.Text, lastReasoning, signer);
                }
                break;
            case BlockPart.EncryptedReasoning:
                ChatReasoning.WritePiece(delta, "data"u8, next.Text, lastReasoning, signer);
                break;
        }
        EndDelta(output);
    }

    // Clients parse the arguments: a call without any has an empty object.
    private void WriteBlockEnd(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        if (Find(next.Block) is not { } call)
        {
            return;
        }
        calls.Remove(call);
        if (call.Unwrapped is { } unwrapped)
        {
            WriteArguments(call, unwrapped.End(), output);
        }
        else if (!call.HasArguments && !call.IsFreeform)
        {
            WriteArguments(call, "{}"u8, output);
        }
    }

    private void WriteArguments(OpenCall call, ReadOnlySpan<byte> arguments, IBufferWriter<byte> output)
    {
        if (!arguments.IsEmpty)
        {
            call.HasArguments = true;
            WriteCall(call, null, null, arguments, output);
        }
    }

    private void WriteCall(OpenCall call, string? callId, string? name, ReadOnlySpan<byte> arguments, IBufferWriter<byte> output)
    {
        var delta = BeginDelta(call.Choice, output);
        delta.WriteStartArray("tool_calls"u8);
        delta.WriteStartObject();
        delta.WriteNumber("index"u8, call.Index);
        if (callId is not null)
        {
            delta.WriteString("id"u8, callId);
            delta.WriteString("type"u8, call.IsFreeform ? "custom"u8 : "function"u8);
        }
        delta.WriteStartObject(call.IsFreeform ? "custom"u8 : "function"u8);
        if (name is not null)
        {
            delta.WriteString("name"u8, name);
        }
        delta.WriteString(call.IsFreeform ? "input"u8 : "arguments"u8, arguments);
        delta.WriteEndObject();
        delta.WriteEndObject();
        delta.WriteEndArray();
        EndDelta(output);
    }

    private void WriteLogProbs(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        var chunk = BeginChunk(output);
        chunk.WriteStartObject();
        chunk.WriteNumber("index"u8, next.Choice);
        chunk.WriteStartObject("delta"u8);
        chunk.WriteEndObject();
        chunk.WriteStartObject("logprobs"u8);
        chunk.WritePropertyName("content"u8);
        chunk.WriteRawValue(next.Text, skipInputValidation: true);
        chunk.WriteEndObject();
        chunk.WriteNull("finish_reason"u8);
        chunk.WriteEndObject();
        EndChunk(output);
    }

    private void WriteEnd(IBufferWriter<byte> output)
    {
        if (Context.Request.WantsStreamUsage && usage is { } used)
        {
            var chunk = BeginChunk(output);
            chunk.WriteEndArray();
            ChatUsage.Write(chunk, used);
            sse.End(output);
        }
        output.Write("data: [DONE]\n\n"u8);
    }

    private OpenCall? Find(int block)
    {
        for (var index = calls.Count - 1; index >= 0; index--)
        {
            if (calls[index].Block == block)
            {
                return calls[index];
            }
        }
        return null;
    }

    // Each choice begins with the role.
    private void Begin(int choice, IBufferWriter<byte> output)
    {
        var bit = UInt128.One << choice;
        if ((begun & bit) != UInt128.Zero)
        {
            return;
        }
        begun |= bit;
        var delta = BeginDelta(choice, output);
        delta.WriteString("role"u8, "assistant"u8);
        delta.WriteString("content"u8, ""u8);
        EndDelta(output);
    }

    private Utf8JsonWriter BeginDelta(int choice, IBufferWriter<byte> output)
    {
        Begin(choice, output);
        var chunk = BeginChunk(output);
        chunk.WriteStartObject();
        chunk.WriteNumber("index"u8, choice);
        chunk.WriteStartObject("delta"u8);
        json = chunk;
        return chunk;
    }

    private void EndDelta(IBufferWriter<byte> output, string? word = null)
    {
        json!.WriteEndObject();
        json.WriteNull("logprobs"u8);
        json.WriteString("finish_reason"u8, word);
        json.WriteEndObject();
        EndChunk(output);
    }

    private Utf8JsonWriter BeginChunk(IBufferWriter<byte> output)
    {
        var chunk = sse.Begin(default, output);
        chunk.WriteString("id"u8, id);
        chunk.WriteString("object"u8, "chat.completion.chunk"u8);
        chunk.WriteNumber("created"u8, Context.Created);
        chunk.WriteString("model"u8, model);
        chunk.WriteStartArray("choices"u8);
        json = chunk;
        return chunk;
    }

    // OpenAI has the usage in every chunk of a stream that was asked for it: null in all but the last.
    private void EndChunk(IBufferWriter<byte> output)
    {
        json!.WriteEndArray();
        if (Context.Request.WantsStreamUsage)
        {
            json.WriteNull("usage"u8);
        }
        sse.End(output);
    }

    private sealed class OpenCall(int choice, int block, int index, bool isFreeform)
    {
        public int Choice { get; } = choice;

        public int Block { get; } = block;

        public int Index { get; } = index;

        public bool IsFreeform { get; } = isFreeform;

        public FreeformText? Unwrapped { get; init; }

        public bool HasArguments { get; set; }
    }
}
