using System.Buffers;

namespace Purser.Providers.OpenAI;

/// <summary>
/// Relays a stream of chat completion chunks. Where Purser turned <c>include_usage</c> on, the chunk that carries only
/// usage and the <c>"usage":null</c> of the others are taken out again.
/// </summary>
internal sealed class OpenAIRelay(UsageReading reading, RequestFacts facts, ChatDialect dialect) : SseRelay(reading)
{
    private readonly bool hidesUsage = facts.UsageEditText is not null && dialect.TakesStreamOptions;
    private readonly bool askedReasons = ReasoningModels.MayHide(facts.Model);
    private readonly OpenAIChoices choices = new();
    private string? served;
    private bool servedReasons;

    /// <inheritdoc/>
    public override void Complete(IBufferWriter<byte> output)
    {
        base.Complete(output);
        // Some vendors send usage with the last choice, and no [DONE].
        Reading.UsageIsFinal |= Reading.HasUsage && Reading.StopReason is not null;
    }

    /// <inheritdoc/>
    protected override EventVerdict Inspect(ReadOnlySpan<byte> data)
    {
        if (data.Trim(" \t"u8).SequenceEqual("[DONE]"u8))
        {
            Reading.Terminated = true;
            Reading.UsageIsFinal = Reading.HasUsage;
            Reading.MayThinkUnseen = false;
            return EventVerdict.Keep;
        }
        var (wasText, said) = (choices[0] == ChoicePhase.Text, Reading.OutputEvents);
        if (!OpenAIAnswer.TryWalk(data, Reading, choices, dialect, facts.Model, out var chunk))
        {
            Reading.AddViolation("an event of the stream is not a JSON object");
            Reading.RelayedOutputBytes += data.Length;
            return EventVerdict.Broken;
        }
        // A chunk that ends the choice and says something too has text that would come after the closing one.
        var endsText = wasText && (choices[0] == ChoicePhase.Tool || (choices[0] == ChoicePhase.Finished && Reading.OutputEvents == said));
        if (endsText && !facts.TextIsJson && BeginClosing(out var text) is { } writer)
        {
            WriteChunk(0, isFirst: false, text, finish: null, writer);
        }
        Reading.MayThinkUnseen = !Reading.Terminated && !choices.AllFinished && (Reading.OutputEvents == 0 || Reasons());
        if (chunk.HasUsageObject)
        {
            Reading.UsageIsFinal |= Reading.HasUsage && chunk.ChoicesAreEmpty;
            return hidesUsage && chunk.ChoicesAreEmpty && !chunk.HasMore ? EventVerdict.Drop : EventVerdict.Keep;
        }
        return hidesUsage && chunk.NullUsage.Length > 0
            ? new EventVerdict(EventAction.Cut, chunk.NullUsage.Offset, chunk.NullUsage.Length)
            : EventVerdict.Keep;
    }

    private bool Reasons()
    {
        if (!ReferenceEquals(served, Reading.ServedModel))
        {
            served = Reading.ServedModel;
            servedReasons = ReasoningModels.MayHide(served);
        }
        return askedReasons || servedReasons || Reading.Usage[Core.Usage.UsageClass.ReasoningOutput] > 0;
    }

    /// <inheritdoc/>
    protected override void WriteEnd(string? notice, IBufferWriter<byte> output)
    {
        var hasNotice = notice is not null && !facts.TextIsJson;
        if (choices.Count == 0)
        {
            WriteChunk(0, isFirst: true, hasNotice ? $"[Purser: {notice}]" : "", finish: null, output);
            WriteChunk(0, isFirst: false, null, "length", output);
        }
        for (var index = 0; index < choices.Count; index++)
        {
            var phase = choices[index];
            if (phase is ChoicePhase.Unseen or ChoicePhase.Finished)
            {
                continue;
            }
            // After a tool's arguments or a refusal, text would change what the answer is. Reasoning has its own member.
            if (hasNotice && phase is (ChoicePhase.Opened or ChoicePhase.Text or ChoicePhase.Reasoning))
            {
                var text = phase == ChoicePhase.Text ? $"\n\n[Purser: {notice}]" : $"[Purser: {notice}]";
                WriteChunk(index, isFirst: false, text, finish: null, output);
            }
            WriteChunk(index, isFirst: false, null, "length", output);
        }
        Write(output, "data: [DONE]\n\n"u8);
    }

    private void WriteChunk(int index, bool isFirst, string? text, string? finish, IBufferWriter<byte> output)
    {
        var writer = BeginEvent(default, output);
        writer.WriteString("id"u8, Reading.ResponseId ?? "chatcmpl-purser");
        writer.WriteString("object"u8, choices.Object ?? "chat.completion.chunk");
        writer.WriteNumber("created"u8, choices.Created ?? 0);
        writer.WriteString("model"u8, Reading.ServedModel ?? facts.Model);
        writer.WriteStartArray("choices"u8);
        writer.WriteStartObject();
        writer.WriteNumber("index"u8, index);
        writer.WriteStartObject("delta"u8);
        if (isFirst)
        {
            writer.WriteString("role"u8, "assistant"u8);
        }
        if (text is not null)
        {
            writer.WriteString("content"u8, text);
        }
        writer.WriteEndObject();
        writer.WriteString("finish_reason"u8, finish);
        writer.WriteEndObject();
        writer.WriteEndArray();
        EndEvent(writer, output);
    }

    /// <inheritdoc/>
    protected override void WriteErrorEvent(in WireError error, IBufferWriter<byte> output)
    {
        Write(output, "data: "u8);
        ProviderCatalog.Chat.WriteError(output, error);
        Write(output, "\n\n"u8);
    }
}
