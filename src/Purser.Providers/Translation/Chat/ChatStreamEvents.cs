using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.Translation.Chat;

/// <summary>
/// Reads the chunks of a stream of chat completions. The format doesn't say where a text or a call ends: it ends where something else begins. A
/// call whose arguments aren't whole by then stays open, as vendors may interleave calls.
/// </summary>
internal sealed class ChatStreamEvents(AnswerContext context) : ProviderEvents(context)
{
    private readonly List<ChatChoice> choices = [];
    private int calls;

    /// <inheritdoc/>
    protected override bool IsWhole => choices.Count > 0 && choices.TrueForAll(choice => choice.IsFinished);

    /// <inheritdoc/>
    protected override bool ReadEvent(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        if (IsDone(data))
        {
            GiveStart(null, null);
            GiveEnd();
            return true;
        }
        var reader = new Utf8JsonReader(data, BodyReader.Json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }
        var head = HasStarted ? default : reader;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("choices"u8))
            {
                reader.Read();
                ReadChoices(ref reader, data, head);
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                ReadUsage(ref reader);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                ReadError(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
        return true;
    }

    /// <inheritdoc/>
    protected override void CloseBlocks()
    {
        foreach (var choice in choices)
        {
            CloseText(choice);
            CloseCalls(choice, onlyWhole: false);
            if (!choice.IsFinished)
            {
                Finish(choice, StopReason.Unknown);
            }
        }
    }

    private void ReadError(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return;
        }
        var error = JsonElement.ParseValue(ref reader);
        // OpenAI names the kind in the type, others in the code, as a number at times.
        var status = error.Whole("code") is { } code and >= 400 and <= 599 ? (int)code : ErrorBody.Status(error.Text("type"));
        Fail(ChatTranslator.ErrorOf(status, error));
    }

    private void ReadUsage(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
        }
        else if (ChatUsage.Read(ref reader) is { } usage)
        {
            GiveUsage(usage);
        }
    }

    // The id and the model may come after the choices.
    private void Start(Utf8JsonReader head)
    {
        string? id = null;
        string? model = null;
        while (!HasStarted && head.Read() && head.TokenType != JsonTokenType.EndObject)
        {
            var isId = head.ValueTextEquals("id"u8);
            var isModel = head.ValueTextEquals("model"u8);
            head.Read();
            id = isId ? JsonReading.Text(ref head, id) : id;
            model = isModel ? JsonReading.Text(ref head, model) : model;
            if (!isId && !isModel)
            {
                head.Skip();
            }
        }
        GiveStart(id, model);
    }

    private void ReadChoices(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, Utf8JsonReader head)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }
            if (!HasStarted)
            {
                Start(head);
            }
            ReadChoice(ref reader, data, ChoiceOf(reader));
        }
    }

    private ChatChoice ChoiceOf(Utf8JsonReader reader)
    {
        var index = IndexOf(reader) ?? 0;
        foreach (var known in choices)
        {
            if (known.Index == index)
            {
                return known;
            }
        }
        var choice = new ChatChoice((int)Math.Clamp(index, 0, 127));
        choices.Add(choice);
        return choice;
    }

    // The member "index" of the object that the reader is on, wherever it is; the reader is a copy.
    private static long? IndexOf(Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isIndex = reader.ValueTextEquals("index"u8);
            reader.Read();
            if (isIndex && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var index))
            {
                return index;
            }
            reader.Skip();
        }
        return null;
    }

    private void ReadChoice(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, ChatChoice choice)
    {
        string? word = null;
        var probabilities = default(JsonSlice);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("delta"u8))
            {
                reader.Read();
                ReadDelta(ref reader, choice);
            }
            else if (reader.ValueTextEquals("finish_reason"u8))
            {
                reader.Read();
                word = JsonReading.Text(ref reader, null);
            }
            else if (reader.ValueTextEquals("logprobs"u8))
            {
                reader.Read();
                probabilities = ReadLogProbs(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
        if (probabilities.Length > 0)
        {
            Give(
                new CanonicalEvent
                {
                    Kind = CanonicalEventKind.LogProbs,
                    Choice = choice.Index,
                    Text = data.Slice(probabilities.Offset, probabilities.Length),
                }
            );
        }
        if (word is not null && !choice.IsFinished)
        {
            CloseText(choice);
            CloseCalls(choice, onlyWhole: false);
            Finish(choice, ChatAnswer.Stop(word, choice.Calls.Count > 0));
        }
    }

    private void Finish(ChatChoice choice, StopReason stop)
    {
        choice.IsFinished = true;
        GiveFinish(choice.Index, stop);
    }

    private static JsonSlice ReadLogProbs(ref Utf8JsonReader reader)
    {
        var place = default(JsonSlice);
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return place;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isContent = reader.ValueTextEquals("content"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            var isList = reader.TokenType == JsonTokenType.StartArray;
            reader.Skip();
            place = isContent && isList ? new JsonSlice(start, (int)reader.BytesConsumed - start) : place;
        }
        return place;
    }

    private void ReadDelta(ref Utf8JsonReader reader, ChatChoice choice)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                ReadContent(ref reader, choice, BlockPart.Text);
            }
            else if (reader.ValueTextEquals("refusal"u8))
            {
                reader.Read();
                GiveText(choice, BlockPart.Refusal, Scratch.Read(ref reader));
            }
            else if (reader.ValueTextEquals("reasoning_content"u8))
            {
                reader.Read();
                GiveReasoning(ref reader, choice, ReasoningMember.Content);
            }
            else if (reader.ValueTextEquals("reasoning"u8))
            {
                reader.Read();
                GiveReasoning(ref reader, choice, ReasoningMember.Plain);
            }
            else if (reader.ValueTextEquals("tool_calls"u8))
            {
                reader.Read();
                ReadCalls(ref reader, choice);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    // Text; or a list of pieces, which Mistral gives where the model thinks.
    private void ReadContent(ref Utf8JsonReader reader, ChatChoice choice, BlockPart part)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            GiveText(choice, part, Scratch.Read(ref reader));
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var isText = reader.ValueTextEquals("text"u8);
                var isThought = reader.ValueTextEquals("thinking"u8);
                reader.Read();
                if (isText || isThought)
                {
                    ReadContent(ref reader, choice, isThought ? BlockPart.Reasoning : part);
                }
                else
                {
                    reader.Skip();
                }
            }
        }
    }

    // Some vendors give the same text under both names: the first one that has text counts.
    private void GiveReasoning(ref Utf8JsonReader reader, ChatChoice choice, ReasoningMember member)
    {
        var text = Scratch.Read(ref reader);
        if (!text.IsEmpty && choice.Reasoning is ReasoningMember.Unknown)
        {
            choice.Reasoning = member;
        }
        if (choice.Reasoning == member)
        {
            GiveText(choice, BlockPart.Reasoning, text);
        }
    }

    private void GiveText(ChatChoice choice, BlockPart part, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || choice.IsFinished)
        {
            return;
        }
        if (choice.Text is { } open && open != part)
        {
            CloseText(choice);
        }
        if (choice.Text is null)
        {
            CloseCalls(choice, onlyWhole: true);
            choice.TextBlock = GiveBlockStart(choice.Index, part);
            choice.Text = part;
        }
        GiveDelta(choice.Index, choice.TextBlock, part, text);
    }

    private void CloseText(ChatChoice choice)
    {
        if (choice.Text is { } part)
        {
            choice.Text = null;
            GiveBlockEnd(choice.Index, choice.TextBlock, part);
        }
    }

    private void CloseCalls(ChatChoice choice, bool onlyWhole)
    {
        for (var index = 0; index < choice.Open.Count; index++)
        {
            var call = choice.Open[index];
            if (!onlyWhole || call.End.IsWhole)
            {
                choice.Open.RemoveAt(index--);
                call.IsOpen = false;
                GiveBlockEnd(choice.Index, call.Block, call.Part);
            }
        }
    }

    private void ReadCalls(ref Utf8JsonReader reader, ChatChoice choice)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadCall(ref reader, choice);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadCall(ref Utf8JsonReader reader, ChatChoice choice)
    {
        var delta = new CallDelta();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                delta.Index = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var index) ? index : null;
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                delta.Id = JsonReading.Text(ref reader, null);
            }
            else if (reader.ValueTextEquals("function"u8) || reader.ValueTextEquals("custom"u8))
            {
                delta.IsFreeform = reader.ValueTextEquals("custom"u8);
                reader.Read();
                ReadFunction(ref reader, ref delta);
            }
            else
            {
                reader.Skip();
            }
        }
        if (!choice.IsFinished)
        {
            TakeCall(choice, delta);
        }
    }

    private void ReadFunction(ref Utf8JsonReader reader, ref CallDelta delta)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isName = reader.ValueTextEquals("name"u8);
            var isArguments = reader.ValueTextEquals("arguments"u8) || reader.ValueTextEquals("input"u8);
            reader.Read();
            if (isName)
            {
                delta.Name = JsonReading.Text(ref reader, null);
            }
            else if (isArguments)
            {
                delta.Arguments = Scratch.Read(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    // Some vendors give each call the index 0, or none: another id with a name is another call.
    private void TakeCall(ChatChoice choice, in CallDelta delta)
    {
        var index = delta.Index;
        var call = index is null ? choice.Calls.LastOrDefault() : choice.Calls.FindLast(known => known.Index == index);
        var isNew = call is null || (delta.Name is not null && delta.Id is { } id && id != call.Id);
        if (isNew)
        {
            if (delta.Name is not { } name)
            {
                Fail(new WireError(502, "stream_broken", "The provider's stream has a tool call without a name."));
                return;
            }
            CloseText(choice);
            CloseCalls(choice, onlyWhole: true);
            var part = delta.IsFreeform ? BlockPart.FreeformCall : BlockPart.ToolCall;
            var callId = delta.Id ?? ToolCallIds.Of(Context.Id, calls);
            calls++;
            call = new ChatCall(index ?? choice.Calls.Count, callId, part, GiveBlockStart(choice.Index, part, callId, name));
            choice.Calls.Add(call);
            choice.Open.Add(call);
        }
        if (call!.IsOpen)
        {
            call.End.Take(delta.Arguments);
            GiveDelta(choice.Index, call.Block, call.Part, delta.Arguments);
        }
    }
}
