using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Purser.Providers.OpenAIResponses;

/// <summary>Relays a stream of a response's events as it is, and reads what is generated and used in it.</summary>
internal sealed class ResponsesRelay(UsageReading reading, RequestFacts facts, ResponsesBodyReader figures) : SseRelay(reading)
{
    private readonly OutputItems items = new();
    private long searches;
    private long added;

    /// <inheritdoc/>
    protected override EventVerdict Inspect(ReadOnlySpan<byte> data)
    {
        if (data.Trim(" \t"u8).SequenceEqual("[DONE]"u8))
        {
            return EventVerdict.Keep;
        }
        try
        {
            if (ResponseEvent.TryRead(data, out var seen))
            {
                Note(seen);
                Reading.MayThinkUnseen = !Reading.Terminated && (Reading.OutputEvents == 0 || !items.ShowsAll);
                return Renumbered(seen);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON; or bytes that are no UTF-8, met in a comparison.
        }
        Reading.AddViolation("an event of the stream is not a JSON object");
        Reading.RelayedOutputBytes += data.Length;
        return EventVerdict.Broken;
    }

    // An event that was added in the middle moves the numbers of those that follow.
    private EventVerdict Renumbered(in ResponseEvent seen)
    {
        if (added == 0 || seen.Number is not { } number)
        {
            return EventVerdict.Keep;
        }
        var text = (number + added).ToString(CultureInfo.InvariantCulture);
        return new EventVerdict(EventAction.Cut, seen.NumberPlace.Offset, seen.NumberPlace.Length, Encoding.ASCII.GetBytes(text));
    }

    private void Note(in ResponseEvent seen)
    {
        items.NextNumber = seen.Number is { } number ? number + added + 1 : items.NextNumber + 1;
        switch (seen.Kind)
        {
            case EventKind.Started when !seen.Response.IsEmpty:
                ResponsesAnswer.Read(seen.Response, figures, Reading, countsOutput: false);
                items.Start(seen.Response);
                break;
            case EventKind.Ended:
                End(seen);
                break;
            case EventKind.ItemAdded when !seen.Item.IsEmpty:
                Add(seen);
                break;
            case EventKind.ItemDone when !seen.Item.IsEmpty:
                EndItem(seen);
                break;
            case EventKind.PartAdded:
                if (items.At(seen.OutputIndex) is { } item && PartOf(seen) is { } kind)
                {
                    item.Part(kind, seen.PartIndex);
                }
                break;
            case EventKind.PartDone:
                if (items.At(seen.OutputIndex) is { } its && PartOf(seen) is { } ended)
                {
                    items.End(its.Part(ended, seen.PartIndex), seen.Part);
                }
                break;
            case EventKind.Delta:
                Append(seen);
                break;
            case EventKind.TextDone:
                EndText(seen);
                break;
            case EventKind.Error:
                Reading.SawError = true;
                break;
            default:
                break;
        }
    }

    private void EndText(in ResponseEvent seen)
    {
        if (items.At(seen.OutputIndex) is not { } item || seen.Of is not { } kind)
        {
            return;
        }
        var part = item.Part(kind, seen.PartIndex);
        if (kind == PartKind.Text && !facts.TextIsJson && BeginClosing(out var text) is { } writer)
        {
            // It takes this event's number, and this one the next.
            items.NextNumber--;
            new ResponsesEnd(items, Reading, facts, writer).WriteTextDelta(item, part, text);
            items.NextNumber++;
            added++;
        }
        part.TextIsDone = true;
    }

    private void End(in ResponseEvent seen)
    {
        items.Started = true;
        if (!seen.Response.IsEmpty)
        {
            // Where the output came in this event alone, it counts here.
            ResponsesAnswer.Read(seen.Response, figures, Reading, countsOutput: Reading.OutputEvents == 0);
        }
        Reading.Terminated = true;
        Reading.UsageIsFinal = Reading.HasUsage;
    }

    private void Add(in ResponseEvent seen)
    {
        var told = ItemText.Read(seen.Item);
        var item = items.Add(seen.OutputIndex, told.Kind, told.Id, seen.Item);
        Reading.AddItem(told.Id);
        Reading.StructureTokens += told.Kind is ItemKind.Message or ItemKind.Reasoning
            ? UsageReading.PartTokens
            : UsageReading.ToolCallTokens;
        Count(item, told.Bytes);
        item.Searches = told.Searches;
        searches += told.Searches;
        ResponsesAnswer.SetSearches(Reading, searches);
    }

    // What an item says at its end and didn't say on its way: reasoning in secret form, arguments that came in one piece.
    private void EndItem(in ResponseEvent seen)
    {
        if (items.At(seen.OutputIndex) is not { } item)
        {
            Add(seen);
            item = items.At(seen.OutputIndex)!;
        }
        else
        {
            var told = ItemText.Read(seen.Item);
            Count(item, Math.Max(0, told.Bytes - item.CountedBytes));
            // What it was is known at its end: how many queries it ran, or that it only opened a page.
            searches += told.Searches == 0 ? -item.Searches : Math.Max(0, told.Searches - item.Searches);
            ResponsesAnswer.SetSearches(Reading, searches);
        }
        items.End(item, seen.Item);
    }

    private void Append(in ResponseEvent seen)
    {
        var item = items.At(seen.OutputIndex);
        var bytes = seen.Delta.Length == 0 ? 0 : Math.Max(0, seen.Delta.Length - 2);
        Count(item, bytes);
        if (item is not null && seen.Of is { } kind)
        {
            items.Append(item.Part(kind, seen.PartIndex), seen.DeltaText);
        }
    }

    private void Count(OutputItem? item, long bytes)
    {
        Reading.RelayedOutputBytes += bytes;
        Reading.OutputEvents += bytes > 0 ? 1 : 0;
        if (item is not null)
        {
            item.CountedBytes += bytes;
        }
    }

    private static PartKind? PartOf(in ResponseEvent seen)
    {
        if (seen.Of is { } said)
        {
            return said;
        }
        var reader = new Utf8JsonReader(seen.Part, ResponsesAnswer.Options);
        while (!seen.Part.IsEmpty && reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                return reader.TokenType != JsonTokenType.String ? null
                    : reader.ValueTextEquals("output_text"u8) ? PartKind.Text
                    : reader.ValueTextEquals("refusal"u8) ? PartKind.Refusal
                    : reader.ValueTextEquals("reasoning_text"u8) ? PartKind.Reasoning
                    : null;
            }
        }
        return null;
    }

    /// <inheritdoc/>
    protected override void WriteEnd(string? notice, IBufferWriter<byte> output) =>
        new ResponsesEnd(items, Reading, facts, output).Write(facts.TextIsJson ? null : notice);

    /// <inheritdoc/>
    protected override void WriteErrorEvent(in WireError error, IBufferWriter<byte> output)
    {
        var writer = BeginEvent("event: error\n"u8, output);
        writer.WriteString("type"u8, "error"u8);
        writer.WriteString("code"u8, error.Code);
        writer.WriteString("message"u8, error.Message);
        writer.WriteString("param"u8, error.Param);
        ErrorJson.WriteDetails(writer, error, withRequestId: true);
        writer.WriteNumber("sequence_number"u8, items.NextNumber);
        EndEvent(writer, output);
    }
}
