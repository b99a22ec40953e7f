using System.Text.Json;
using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.OpenAIResponses;

/// <summary>The walk over a response: a whole answer, or the <c>response</c> in the first and last events of a stream.</summary>
internal static class ResponsesAnswer
{
    /// <summary>How deep an answer may be nested.</summary>
    public static readonly JsonReaderOptions Options = new() { MaxDepth = 256 };

    /// <summary>Reads an answer that was not streamed. False: not a JSON object.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, ResponsesBodyReader figures, UsageReading reading)
    {
        try
        {
            return Read(body, figures, reading, countsOutput: true);
        }
        catch (JsonException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            // Bytes that are no UTF-8, met in a comparison.
            return false;
        }
    }

    /// <summary>Reads a response; throws where it's no JSON.</summary>
    /// <param name="json">The object.</param>
    /// <param name="figures">Reads the usage as the vendor states it.</param>
    /// <param name="reading">Takes what was found.</param>
    /// <param name="countsOutput">Whether its output counts as relayed; false where it has come piece by piece.</param>
    public static bool Read(ReadOnlySpan<byte> json, ResponsesBodyReader figures, UsageReading reading, bool countsOutput)
    {
        var reader = new Utf8JsonReader(json, Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }
        var place = default(JsonSlice);
        string? status = null;
        string? reason = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                var (start, isObject) = ((int)reader.TokenStartIndex, reader.TokenType == JsonTokenType.StartObject);
                reader.Skip();
                place = isObject ? new JsonSlice(start, (int)reader.BytesConsumed - start) : place;
            }
            else if (reader.ValueTextEquals("output"u8))
            {
                reader.Read();
                ReadOutput(ref reader, json, reading, countsOutput);
            }
            else if (reader.ValueTextEquals("status"u8))
            {
                reader.Read();
                status = JsonReading.Text(ref reader, null);
            }
            else if (reader.ValueTextEquals("incomplete_details"u8))
            {
                reader.Read();
                reason = ReadReason(ref reader);
            }
            else
            {
                ReadMember(ref reader, reading);
            }
        }
        // Throws for what follows the object.
        reader.Read();
        NoteStop(reading, status, reason);
        if (place.Length > 0)
        {
            ReadUsage(json, json.Slice(place.Offset, place.Length), figures, reading);
        }
        return true;
    }

    private static void ReadUsage(ReadOnlySpan<byte> json, ReadOnlySpan<byte> usage, ResponsesBodyReader figures, UsageReading reading)
    {
        if (RepeatedMembers.In(usage))
        {
            reading.AddViolation("a member of the usage is there twice");
        }
        if (figures.TryRead(json, usage, reading, out var split, out var tells))
        {
            // Items that came on their way and aren't in this object ran all the same.
            split[UsageClass.WebSearch] = tells
                ? split[UsageClass.WebSearch]
                : Math.Max(split[UsageClass.WebSearch], reading.Usage[UsageClass.WebSearch]);
            Commit(split, usage, reading);
        }
    }

    private static void NoteStop(UsageReading reading, string? status, string? reason)
    {
        if (status is not (null or "in_progress" or "queued"))
        {
            reading.StopReason = reason ?? status;
        }
        reading.SawError |= status is "failed";
    }

    private static void Commit(TokenUsage split, ReadOnlySpan<byte> raw, UsageReading reading)
    {
        if (reading.HasUsage && split.TotalTokens < reading.Usage.TotalTokens)
        {
            reading.AddViolation("a later usage is less than an earlier one");
            return;
        }
        reading.Usage = split;
        reading.HasUsage = true;
        reading.SetRaw(raw);
    }

    private static void ReadMember(ref Utf8JsonReader reader, UsageReading reading)
    {
        if (reader.ValueTextEquals("id"u8))
        {
            reader.Read();
            reading.ResponseId = JsonReading.Text(ref reader, reading.ResponseId);
        }
        else if (reader.ValueTextEquals("model"u8))
        {
            reader.Read();
            reading.ServedModel = JsonReading.Text(ref reader, reading.ServedModel);
        }
        else if (reader.ValueTextEquals("service_tier"u8))
        {
            reader.Read();
            reading.ServiceTier = JsonReading.Text(ref reader, reading.ServiceTier);
        }
        else if (reader.ValueTextEquals("error"u8))
        {
            reader.Read();
            reading.SawError |= reader.TokenType != JsonTokenType.Null;
            reader.Skip();
        }
        else
        {
            reader.Read();
            reader.Skip();
        }
    }

    private static string? ReadReason(ref Utf8JsonReader reader)
    {
        string? reason = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isReason = reader.ValueTextEquals("reason"u8);
            reader.Read();
            if (isReason)
            {
                reason = JsonReading.Text(ref reader, reason);
            }
            else
            {
                reader.Skip();
            }
        }
        return reason;
    }

    private static void ReadOutput(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, UsageReading reading, bool countsOutput)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        var searches = 0L;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var item = json[start..(int)reader.BytesConsumed];
            var told = ItemText.Read(item);
            searches += told.Searches;
            reading.AddItem(told.Id);
            if (countsOutput)
            {
                reading.RelayedOutputBytes += told.Bytes;
                reading.StructureTokens += UsageReading.ToolCallTokens;
            }
        }
        NoteSearches(reading, searches);
    }

    /// <summary>Notes how many web searches there were in all, at the end or by what was streamed before.</summary>
    private static void NoteSearches(UsageReading reading, long searches) =>
        SetSearches(reading, Math.Max(searches, reading.Usage[UsageClass.WebSearch]));

    /// <summary>Says how many web searches there were so far.</summary>
    public static void SetSearches(UsageReading reading, long searches)
    {
        var usage = reading.Usage;
        usage[UsageClass.WebSearch] = searches;
        reading.Usage = usage;
    }
}

/// <summary>What an item or a part of one says.</summary>
/// <param name="Bytes">
/// Bytes of its strings, as they are in JSON: all but its own <c>id</c>, types, roles and states. Reasoning in secret form counts with its summary.
/// </param>
/// <param name="Kind">What the item holds.</param>
/// <param name="Searches">How many searches of the web it's billed as: one for each query, and one for a call that shows none. 0: it's no search, or opens a page.</param>
/// <param name="Id">Its id; empty where it has none.</param>
internal readonly record struct ItemText(long Bytes, ItemKind Kind, long Searches, string Id)
{
    /// <summary>Reads an item; throws where it's no JSON.</summary>
    public static ItemText Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, ResponsesAnswer.Options);
        var kind = ItemKind.Other;
        var isSearch = false;
        var id = "";
        var bytes = 0L;
        var counts = true;
        var queries = 0L;
        var inQueries = false;
        var opensPage = false;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                // {"type":"web_search_call","action":{"type":"search","queries":["…","…"]}}
                inQueries = reader.CurrentDepth == 2 && reader.ValueTextEquals("queries"u8);
                counts = !IsFrame(ref reader, out var isType, out var isId);
                if (reader.CurrentDepth == 1 && isType)
                {
                    reader.Read();
                    kind = KindOf(ref reader);
                    isSearch = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("web_search_call"u8);
                }
                else if (reader.CurrentDepth == 2 && isType)
                {
                    reader.Read();
                    opensPage |= IsPage(ref reader);
                }
                else if (reader.CurrentDepth == 1 && isId)
                {
                    reader.Read();
                    id = JsonReading.Text(ref reader, null) ?? "";
                    counts = true;
                }
                continue;
            }
            queries += inQueries && reader.TokenType == JsonTokenType.String ? 1 : 0;
            bytes += counts && reader.TokenType == JsonTokenType.String ? reader.ValueSpan.Length : 0;
            counts = true;
        }
        return new ItemText(bytes, kind, isSearch && !opensPage ? Math.Max(1, queries) : 0, id);
    }

    // A call that opens a page that was found, or looks for something on it, has no fee: {"type":"web_search_call","action":{"type":"open_page"}}.
    private static bool IsPage(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String
        && (reader.ValueTextEquals("open_page"u8) || reader.ValueTextEquals("find_in_page"u8) || reader.ValueTextEquals("find"u8));

    private static bool IsFrame(ref Utf8JsonReader reader, out bool isType, out bool isId)
    {
        isType = reader.ValueTextEquals("type"u8);
        isId = reader.ValueTextEquals("id"u8);
        return isType || isId || reader.ValueTextEquals("role"u8) || reader.ValueTextEquals("status"u8);
    }

    private static ItemKind KindOf(ref Utf8JsonReader reader) =>
        reader.TokenType != JsonTokenType.String ? ItemKind.Other
        : reader.ValueTextEquals("message"u8) ? ItemKind.Message
        : reader.ValueTextEquals("reasoning"u8) ? ItemKind.Reasoning
        : reader.ValueTextEquals("function_call"u8) ? ItemKind.Function
        : reader.ValueTextEquals("custom_tool_call"u8) ? ItemKind.CustomTool
        : ItemKind.Other;
}
