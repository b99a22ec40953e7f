using System.Text.Json;
using Purser.Providers.Bodies;
using Purser.Providers.Streams;

namespace Purser.Providers.OpenAI;

/// <summary>
/// A stream of chat completion chunks. Usage comes in one chunk near the end, or grows in each; it is the last word once the stream said
/// <c>[DONE]</c>, or each choice why it ends.
/// </summary>
/// <param name="body">Reads the chunk that has the usage.</param>
/// <param name="model">The model that was asked for, if that is known.</param>
/// <param name="takesTimings">Whether <c>timings</c> count where no chunk has usage (llama.cpp).</param>
internal sealed class ChatStream(BodyReader body, string? model, bool takesTimings = false) : LastUsage(body, model)
{
    private static readonly FigurePaths Figures = new("prompt_tokens", "completion_tokens");

    private readonly long[] largest = new long[2];
    private ChoiceEnds choices;
    private bool isDone;
    private bool hasUsage;

    /// <inheritdoc/>
    public override bool IsFinal => HasKept && (isDone || choices.AllFinished);

    /// <inheritdoc/>
    public override string WhyNotFinal =>
        isDone && !HasKept && !Reading.SawError
            ? "the stream states no usage; it has to be asked for with stream_options.include_usage"
            : base.WhyNotFinal;

    /// <inheritdoc/>
    protected override bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        if (IsDone(data))
        {
            isDone = true;
            return true;
        }
        var reader = new Utf8JsonReader(data, BodyReader.Json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }
        var usage = default(JsonSlice);
        var timings = default(JsonSlice);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            ReadMember(ref reader, ref usage, ref timings, data);
        }
        // Throws for what follows the object; only a chunk that is whole counts.
        reader.Read();
        if (timings.Length > 0)
        {
            Reading.ComputeMilliseconds = ComputeTime.OfTimings(data.Slice(timings.Offset, timings.Length));
        }
        if (usage.Length > 0)
        {
            NoteUsage(data.Slice(usage.Offset, usage.Length));
            hasUsage = true;
            Keep(data);
        }
        else if (timings.Length > 0 && !hasUsage)
        {
            Keep(data);
        }
        return true;
    }

    private void ReadMember(ref Utf8JsonReader reader, ref JsonSlice usage, ref JsonSlice timings, ReadOnlySpan<byte> data)
    {
        if (reader.ValueTextEquals("choices"u8))
        {
            reader.Read();
            ReadChoices(ref reader);
        }
        else if (reader.ValueTextEquals("usage"u8))
        {
            reader.Read();
            usage = Object(ref reader, usage);
        }
        else if (takesTimings && reader.ValueTextEquals("timings"u8))
        {
            reader.Read();
            timings = Object(ref reader, timings);
        }
        else if (reader.ValueTextEquals("x_groq"u8))
        {
            reader.Read();
            var own = Object(ref reader, default);
            if (own.Length > 0 && BodyScan.Member(data.Slice(own.Offset, own.Length), "usage"u8) is [(byte)'{', ..])
            {
                usage = usage.Length > 0 ? usage : own;
            }
        }
        else if (reader.ValueTextEquals("model"u8))
        {
            reader.Read();
            Reading.ServedModel = JsonReading.Text(ref reader, Reading.ServedModel);
        }
        else if (reader.ValueTextEquals("service_tier"u8))
        {
            reader.Read();
            Reading.ServiceTier = JsonReading.Text(ref reader, Reading.ServiceTier);
        }
        else
        {
            var isError = reader.ValueTextEquals("error"u8);
            reader.Read();
            Reading.SawError |= isError && reader.TokenType != JsonTokenType.Null;
            reader.Skip();
        }
    }

    private static JsonSlice Object(ref Utf8JsonReader reader, JsonSlice known)
    {
        var start = (int)reader.TokenStartIndex;
        var isObject = reader.TokenType == JsonTokenType.StartObject;
        reader.Skip();
        return isObject ? new JsonSlice(start, (int)reader.BytesConsumed - start) : known;
    }

    private void ReadChoices(ref Utf8JsonReader reader)
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
                ReadChoice(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadChoice(ref Utf8JsonReader reader)
    {
        var (index, isFinished) = (0L, false);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isIndex = reader.ValueTextEquals("index"u8);
            var isReason = reader.ValueTextEquals("finish_reason"u8);
            reader.Read();
            if (isIndex && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number))
            {
                index = number;
            }
            isFinished |= isReason && reader.TokenType == JsonTokenType.String;
            reader.Skip();
        }
        choices.Note(index, isFinished);
    }

    private void NoteUsage(ReadOnlySpan<byte> usage)
    {
        Span<long> found = stackalloc long[Figures.Count];
        Figures.Read(usage, found, Reading);
        for (var index = 0; index < found.Length; index++)
        {
            if (found[index] >= 0 && found[index] < largest[index])
            {
                Reading.AddViolation("a later usage is less than an earlier one");
            }
            largest[index] = Math.Max(largest[index], found[index]);
        }
    }
}
