using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Purser.Providers.Bodies;
using Purser.Providers.Streams;

namespace Purser.Providers.Gemini;

/// <summary>
/// A stream of Gemini's answers, each with the usage until then. The last word is the usage that comes with or after the reason why each candidate
/// ends. Searches may be named in an earlier answer.
/// </summary>
internal sealed class GeminiStream(BodyReader body, string? model) : LastUsage(body, model)
{
    private static readonly FigurePaths Total = new("totalTokenCount");

    private readonly PooledBytes queries = new();
    private ChoiceEnds candidates;
    private bool isBlocked;
    private bool isFinal;
    private long largest;
    private TokenUsage grounded;

    /// <inheritdoc/>
    public override bool IsFinal => isFinal;

    /// <inheritdoc/>
    public override VideoInput End()
    {
        var video = base.End();
        if (Reading.HasUsage)
        {
            var usage = Reading.Usage;
            TakeCalls(grounded, ref usage);
            Reading.Usage = usage;
        }
        return video;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        queries.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }
        ReadOnlySpan<byte> usage = default;
        ReadOnlySpan<byte> said = default;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isUsage = reader.ValueTextEquals("usageMetadata"u8);
            var isCandidates = reader.ValueTextEquals("candidates"u8);
            var isFeedback = reader.ValueTextEquals("promptFeedback"u8);
            var isError = reader.ValueTextEquals("error"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            var type = reader.TokenType;
            reader.Skip();
            var value = data[start..(int)reader.BytesConsumed];
            usage = isUsage && type == JsonTokenType.StartObject ? value : usage;
            said = isCandidates && type == JsonTokenType.StartArray ? value : said;
            isBlocked |= isFeedback && type == JsonTokenType.StartObject && !BodyScan.Member(value, "blockReason"u8).IsEmpty;
            Reading.SawError |= isError && type != JsonTokenType.Null;
        }
        // Throws for what follows the object.
        reader.Read();
        NoteCandidates(said);
        if (!usage.IsEmpty)
        {
            NoteTotal(usage);
            Keep(data);
            isFinal = isBlocked || candidates.AllFinished;
        }
        if (said.IndexOf("groundingMetadata"u8) >= 0)
        {
            NoteGrounding(data, said);
        }
        return true;
    }

    private void NoteCandidates(ReadOnlySpan<byte> list)
    {
        var reader = new Utf8JsonReader(list.IsEmpty ? "[]"u8 : list, BodyReader.Json);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }
            var (index, isFinished) = (0L, false);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var isIndex = reader.ValueTextEquals("index"u8);
                var isReason = reader.ValueTextEquals("finishReason"u8);
                reader.Read();
                if (isIndex && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number))
                {
                    index = number;
                }
                isFinished |= isReason && reader.TokenType == JsonTokenType.String;
                reader.Skip();
            }
            candidates.Note(index, isFinished);
        }
    }

    private void NoteTotal(ReadOnlySpan<byte> usage)
    {
        Span<long> found = stackalloc long[Total.Count];
        Total.Read(usage, found, Reading);
        if (found[0] >= 0 && found[0] < largest)
        {
            Reading.AddViolation("a later usage is less than an earlier one");
        }
        largest = Math.Max(largest, found[0]);
    }

    // One answer is read as a whole one, for its searches and for what has no class. Others may repeat the queries, but not name others: whether
    // those come on top can't be known.
    private void NoteGrounding(ReadOnlySpan<byte> data, ReadOnlySpan<byte> said)
    {
        var one = BodyReader.NewReading();
        Body.ReadInto(data, Model, one);
        if (one.Violation is { } violation)
        {
            Reading.AddViolation(violation);
        }
        TakeCalls(one.Usage, ref grounded);
        if (one.Usage[UsageClass.WebSearch] == 0)
        {
            return;
        }
        using var named = new PooledBytes();
        AddQueries(said, named);
        if (queries.Length > 0 && !queries.Written.SequenceEqual(named.Written))
        {
            Reading.AddViolation("the searches are stated twice, and differ");
        }
        queries.Clear();
        queries.TryAppend(named.Written);
    }

    // Of what is billed by the call, the more.
    private static void TakeCalls(in TokenUsage from, ref TokenUsage usage)
    {
        foreach (var key in RateKey.All)
        {
            if (key.Unit != PriceUnit.MillionTokens)
            {
                usage[key.Class] = Math.Max(usage[key.Class], from[key.Class]);
            }
        }
    }

    private static void AddQueries(ReadOnlySpan<byte> list, PooledBytes queries)
    {
        var reader = new Utf8JsonReader(list, BodyReader.Json);
        var inQueries = false;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                inQueries = reader.ValueTextEquals("webSearchQueries"u8);
            }
            else if (inQueries && reader.TokenType == JsonTokenType.String)
            {
                queries.TryAppend(reader.ValueSpan);
                queries.TryAppend("\n"u8);
            }
        }
    }
}
