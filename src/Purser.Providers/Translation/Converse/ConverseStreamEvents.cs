using System.Text;
using System.Text.Json;
using Purser.Providers.Bodies;
using Purser.Providers.Translation.Messages;

namespace Purser.Providers.Translation.Converse;

/// <summary>Reads the events of a ConverseStream. A text's or a reasoning's block has no start of its own: it begins with its first piece.</summary>
internal sealed class ConverseStreamEvents(AnswerContext context) : ProviderEvents(context)
{
    private readonly List<(long Index, int Block, BlockPart Part)> open = [];
    private bool hasStopped;
    private int calls;

    // The usage comes after the stop, and some models leave it out.
    /// <inheritdoc/>
    protected override bool IsWhole => hasStopped;

    /// <inheritdoc/>
    public override void TakeError(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        var code = JsonReading.Clean(Encoding.UTF8.GetString(name), 64);
        var message = ErrorBody.TryRead(data, out var root) ? root.Text("message") ?? root.Text("Message") : null;
        Fail(ErrorBody.Error(ConverseTranslator.StatusOf(code), code, message));
    }

    /// <inheritdoc/>
    protected override bool ReadEvent(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Json);
        var root = JsonElement.ParseValue(ref reader);
        if (root.ValueKind != JsonValueKind.Object)
        {
            return false;
        }
        GiveStart(null, null);
        if (name.SequenceEqual("contentBlockDelta"u8))
        {
            if (root.Has("delta", out var delta))
            {
                TakeDelta(root.Whole("contentBlockIndex") ?? 0, delta);
            }
        }
        else if (name.SequenceEqual("contentBlockStart"u8))
        {
            TakeStart(root.Whole("contentBlockIndex") ?? 0, root);
        }
        else if (name.SequenceEqual("contentBlockStop"u8))
        {
            TakeStop(root.Whole("contentBlockIndex") ?? 0);
        }
        else if (name.SequenceEqual("messageStop"u8))
        {
            Stop(ConverseAnswer.Stop(root.Text("stopReason")));
        }
        else if (name.SequenceEqual("metadata"u8))
        {
            if (root.Has("usage", out var usage) && ConverseAnswer.ReadUsage(usage) is { } used)
            {
                GiveUsage(used);
            }
            if (hasStopped)
            {
                GiveEnd();
            }
        }
        return true;
    }

    /// <inheritdoc/>
    protected override void CloseBlocks() => Stop(StopReason.Unknown);

    private void Stop(StopReason stop)
    {
        while (open.Count > 0)
        {
            TakeStop(open[0].Index);
        }
        if (!hasStopped)
        {
            hasStopped = true;
            GiveFinish(0, stop);
        }
    }

    private void TakeStart(long index, JsonElement root)
    {
        if (!root.Has("start", out var start))
        {
            return;
        }
        if (start.Has("toolUse", out var call))
        {
            var id = call.Text("toolUseId") is { Length: > 0 } own ? own : ToolCallIds.Of(Context.Id, calls);
            calls++;
            Begin(index, BlockPart.ToolCall, id, call.Text("name") ?? "");
        }
        else if (start.ValueKind == JsonValueKind.Object && start.EnumerateObject().Any())
        {
            Begin(index, BlockPart.Opaque, null, JsonReading.Clean(start.EnumerateObject().First().Name, 64) ?? "unknown");
        }
    }

    private void TakeDelta(long index, JsonElement delta)
    {
        if (delta.Text("text") is { } text)
        {
            GiveText(index, BlockPart.Text, text);
        }
        else if (delta.Has("toolUse", out var call))
        {
            if (open.FindIndex(known => known.Index == index) < 0)
            {
                Fail(new WireError(502, "stream_broken", "The provider's stream has a tool call that didn't begin."));
                return;
            }
            GiveText(index, BlockPart.ToolCall, call.Text("input") ?? "");
        }
        else if (delta.Has("reasoningContent", out var reasoning))
        {
            TakeReasoning(index, reasoning);
        }
    }

    private void TakeReasoning(long index, JsonElement reasoning)
    {
        if (reasoning.Text("text") is { } thought)
        {
            GiveText(index, BlockPart.Reasoning, thought);
        }
        if (reasoning.Text("redactedContent") is { } redacted)
        {
            GiveText(index, BlockPart.EncryptedReasoning, redacted);
        }
        if (reasoning.Text("signature") is { Length: > 0 } signature)
        {
            var block = BlockOf(index, BlockPart.Reasoning);
            Give(
                new CanonicalEvent
                {
                    Kind = CanonicalEventKind.Signature,
                    Block = block,
                    Part = BlockPart.Reasoning,
                    Text = Encoding.UTF8.GetBytes(signature),
                    Signer = MessagesTranslator.FormatName,
                }
            );
        }
    }

    private void GiveText(long index, BlockPart part, string text)
    {
        var block = BlockOf(index, part);
        GiveDelta(0, block, part, Encoding.UTF8.GetBytes(text));
    }

    private int BlockOf(long index, BlockPart part)
    {
        foreach (var (known, block, kind) in open)
        {
            if (known == index && kind == part)
            {
                return block;
            }
        }
        return Begin(index, part);
    }

    private int Begin(long index, BlockPart part, string? id = null, string? name = null)
    {
        TakeStop(index);
        var signer = part is BlockPart.Reasoning or BlockPart.EncryptedReasoning ? MessagesTranslator.FormatName : null;
        var block = GiveBlockStart(0, part, id, name, signer);
        open.Add((index, block, part));
        return block;
    }

    private void TakeStop(long index)
    {
        var at = open.FindIndex(known => known.Index == index);
        if (at >= 0)
        {
            var (_, block, part) = open[at];
            open.RemoveAt(at);
            GiveBlockEnd(0, block, part);
        }
    }
}
