using System.Text.Json;
using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.OpenAI;

/// <summary>
/// The one walk over an answer or a chunk of one: both have the same top-level members, but for <c>message</c> and
/// <c>delta</c> in their choices.
/// </summary>
internal ref struct OpenAIAnswer
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 256 };

    private readonly ReadOnlySpan<byte> json;
    private readonly UsageReading reading;
    private readonly OpenAIChoices choices;
    private readonly ChatDialect dialect;
    private Utf8JsonReader reader;
    private JsonSlice groq;
    private bool hasTimings;

    private OpenAIAnswer(ReadOnlySpan<byte> json, UsageReading reading, OpenAIChoices choices, ChatDialect dialect)
    {
        this.json = json;
        this.reading = reading;
        this.choices = choices;
        this.dialect = dialect;
        reader = new Utf8JsonReader(json, Options);
    }

    /// <summary>Whether <c>choices</c> is there, and empty.</summary>
    public bool ChoicesAreEmpty { get; private set; }

    /// <summary>Whether <c>usage</c> is an object.</summary>
    public bool HasUsageObject { get; private set; }

    /// <summary>Whether there is something for the client beside usage.</summary>
    public bool HasMore { get; private set; }

    /// <summary>Where <c>"usage":null</c> and its comma are; length 0 where they aren't.</summary>
    public JsonSlice NullUsage { get; private set; }

    /// <summary>Reads a whole answer that was not streamed. False: not JSON, or no usage.</summary>
    public static bool Read(ReadOnlySpan<byte> body, UsageReading reading, ChatDialect dialect)
    {
        var isWhole = TryWalk(body, reading, new OpenAIChoices(), dialect, model: null, out _);
        reading.MayThinkUnseen = false;
        reading.UsageIsFinal = isWhole && reading.HasUsage;
        return reading.UsageIsFinal;
    }

    /// <summary>Walks over an answer or a chunk. False where it's no JSON object.</summary>
    public static bool TryWalk(
        ReadOnlySpan<byte> json,
        UsageReading reading,
        OpenAIChoices choices,
        ChatDialect dialect,
        string? model,
        out OpenAIAnswer answer
    )
    {
        answer = new OpenAIAnswer(json, reading, choices, dialect);
        try
        {
            return answer.Walk(model);
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

    private bool Walk(string? model)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }
        var usagePlace = default(JsonSlice);
        var previousEnd = (int)reader.BytesConsumed;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("usage"u8))
            {
                var nameStart = (int)reader.TokenStartIndex;
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject)
                {
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    usagePlace = new JsonSlice(start, (int)reader.BytesConsumed - start);
                    HasUsageObject = true;
                }
                else
                {
                    NoteNullUsage(previousEnd, nameStart);
                }
            }
            else
            {
                WalkMember();
            }
            previousEnd = (int)reader.BytesConsumed;
        }
        // Throws for what follows the object; only a chunk that is whole counts.
        reader.Read();
        ReadUsage(HasUsageObject ? json.Slice(usagePlace.Offset, usagePlace.Length) : OfGroq(), model);
        return true;
    }

    private void ReadUsage(ReadOnlySpan<byte> usage, string? model)
    {
        if (usage.IsEmpty && hasTimings && dialect.TimingsReader is { } timings)
        {
            var read = BodyReader.NewReading();
            timings.ReadInto(json, model, read);
            if (read.HasUsage)
            {
                Commit(read.Usage, []);
            }
        }
        if (usage.IsEmpty)
        {
            return;
        }
        if (RepeatedMembers.In(usage))
        {
            reading.AddViolation("a member of the usage is there twice");
        }
        if (dialect.Figures.TryRead(json, usage, model, reading, out var split))
        {
            Commit(split, usage);
        }
    }

    // The last chunk of Groq's streams has its usage in a member of its own.
    private readonly ReadOnlySpan<byte> OfGroq()
    {
        var usage = groq.Length == 0 ? default : BodyScan.Member(json.Slice(groq.Offset, groq.Length), "usage"u8);
        return usage is [(byte)'{', ..] ? usage : default;
    }

    private readonly void Commit(TokenUsage split, ReadOnlySpan<byte> raw)
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

    private void NoteNullUsage(int previousEnd, int nameStart)
    {
        if (reader.TokenType != JsonTokenType.Null)
        {
            reading.AddViolation("the usage is no object");
            reader.Skip();
            return;
        }
        var end = (int)reader.BytesConsumed;
        var comma = json[previousEnd..nameStart].IndexOf((byte)',');
        if (comma >= 0)
        {
            var start = previousEnd + comma;
            NullUsage = new JsonSlice(start, end - start);
            return;
        }
        // The first member: the comma after it goes, if there is one.
        var after = json[end..].IndexOfAnyExcept(" \t\r\n"u8);
        var hasComma = after >= 0 && json[end + after] == (byte)',';
        NullUsage = new JsonSlice(nameStart, (hasComma ? end + after + 1 : end) - nameStart);
    }

    private void WalkMember()
    {
        if (reader.ValueTextEquals("choices"u8))
        {
            reader.Read();
            WalkChoices();
        }
        else if (reader.ValueTextEquals("id"u8))
        {
            reader.Read();
            reading.ResponseId = reading.ResponseId is null ? JsonReading.Text(ref reader, null) : Skipped(reading.ResponseId);
        }
        else if (reader.ValueTextEquals("object"u8))
        {
            reader.Read();
            choices.Object = JsonReading.Text(ref reader, choices.Object);
        }
        else if (reader.ValueTextEquals("created"u8))
        {
            reader.Read();
            choices.Created = Integer() ?? choices.Created;
        }
        else if (reader.ValueTextEquals("model"u8))
        {
            reader.Read();
            reading.ServedModel = JsonReading.Text(ref reader, reading.ServedModel);
        }
        else if (reader.ValueTextEquals("service_tier"u8))
        {
            reader.Read();
            var tier = JsonReading.Text(ref reader, reading.ServiceTier);
            reading.ServiceTier = tier is ChatBodyReader.GroqStandard ? null : tier;
        }
        else if (reader.ValueTextEquals("error"u8))
        {
            reader.Read();
            reading.SawError |= reader.TokenType != JsonTokenType.Null;
            HasMore |= reader.TokenType != JsonTokenType.Null;
            reader.Skip();
        }
        else
        {
            WalkVendorMember();
        }
    }

    private void WalkVendorMember()
    {
        if (reader.ValueTextEquals("timings"u8))
        {
            reader.Read();
            hasTimings = reader.TokenType == JsonTokenType.StartObject;
            reading.ComputeMilliseconds = Math.Max(reading.ComputeMilliseconds, ComputeTime.OfTimings(ref reader));
        }
        else if (reader.ValueTextEquals("x_groq"u8))
        {
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            groq = new JsonSlice(start, (int)reader.BytesConsumed - start);
        }
        else if (reader.ValueTextEquals("moderation"u8))
        {
            reader.Read();
            HasMore |= reader.TokenType != JsonTokenType.Null;
            reader.Skip();
        }
        else
        {
            reader.Read();
            reader.Skip();
        }
    }

    private long? Integer()
    {
        long? value = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) ? number : null;
        reader.Skip();
        return value;
    }

    private string? Skipped(string? value)
    {
        reader.Skip();
        return value;
    }

    private void WalkChoices()
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        ChoicesAreEmpty = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            ChoicesAreEmpty = false;
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                WalkChoice();
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void WalkChoice()
    {
        var index = 0L;
        var said = ChoicePhase.Opened;
        var isFinished = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("message"u8) || reader.ValueTextEquals("text"u8))
            {
                var phase = reader.ValueTextEquals("text"u8) ? ChoicePhase.Text : ChoicePhase.Opened;
                reader.Read();
                phase = CountOutput(phase);
                said = phase == ChoicePhase.Opened ? said : phase;
            }
            else if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                index = Integer() ?? 0;
            }
            else if (reader.ValueTextEquals("finish_reason"u8))
            {
                reader.Read();
                isFinished |= reader.TokenType == JsonTokenType.String;
                reading.StopReason = JsonReading.Text(ref reader, reading.StopReason);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        if (choices.Note(index, said))
        {
            reading.StructureTokens += UsageReading.PartTokens;
        }
        if (isFinished)
        {
            choices.Note(index, ChoicePhase.Finished);
        }
    }

    // All strings of a delta but its role are the model's: content, refusal, reasoning under several names, tool names
    // and arguments. Ids are counted with them; they make up for tokens of structure that aren't shown.
    // Says what the delta said last; Opened where that is nothing.
    private ChoicePhase CountOutput(ChoicePhase ofText)
    {
        var start = reader.CurrentDepth;
        long bytes = 0;
        var isRole = false;
        var isName = false;
        var member = ofText;
        var said = ChoicePhase.Opened;
        do
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                isRole = reader.ValueTextEquals("role"u8);
                member = reader.CurrentDepth == start + 1 ? MemberPhase() : member;
                isName = member == ChoicePhase.Tool && reader.ValueTextEquals("name"u8);
                continue;
            }
            if (reader.TokenType == JsonTokenType.String && !isRole && !reader.ValueSpan.IsEmpty)
            {
                bytes += reader.ValueSpan.Length;
                said = member;
                reading.StructureTokens += isName ? UsageReading.ToolCallTokens : 0;
            }
            isRole = false;
            isName = false;
            if (reader.CurrentDepth == start && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            {
                break;
            }
        } while (reader.Read());
        reading.RelayedOutputBytes += bytes;
        reading.OutputEvents += bytes > 0 ? 1 : 0;
        return said;
    }

    private readonly ChoicePhase MemberPhase() =>
        reader.ValueTextEquals("content"u8) ? ChoicePhase.Text
        : reader.ValueTextEquals("tool_calls"u8) || reader.ValueTextEquals("function_call"u8) ? ChoicePhase.Tool
        : reader.ValueTextEquals("reasoning_content"u8)
        || reader.ValueTextEquals("reasoning"u8)
        || reader.ValueTextEquals("reasoning_details"u8)
            ? ChoicePhase.Reasoning
        : ChoicePhase.Other;
}
