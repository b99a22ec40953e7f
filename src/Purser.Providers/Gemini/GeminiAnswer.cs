using System.Text.Json;

namespace Purser.Providers.Gemini;

/// <summary>What one answer of Gemini's, whole or a part of a stream, has for the relay.</summary>
/// <param name="Usage">Where the usage is; length 0 where there is none.</param>
/// <param name="TextEnd">Where the closing quote of the first candidate's text is, if text for the reader is the last of it here; else 0.</param>
/// <param name="EndsFirst">Whether the first candidate says here why it ends.</param>
internal readonly record struct GeminiEvent(JsonSlice Usage, int TextEnd, bool EndsFirst);

/// <summary>The one walk over an answer of Gemini's: a whole one, or one of a stream, which have the same shape.</summary>
internal ref struct GeminiAnswer
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 256 };

    private readonly UsageReading reading;
    private readonly GeminiCandidates candidates;
    private Utf8JsonReader reader;
    private JsonSlice usage;
    private int textEnd;
    private bool endsFirst;

    private GeminiAnswer(ReadOnlySpan<byte> json, UsageReading reading, GeminiCandidates candidates)
    {
        this.reading = reading;
        this.candidates = candidates;
        reader = new Utf8JsonReader(json, Options);
    }

    /// <summary>Walks over an answer. False where it's no JSON object.</summary>
    public static bool TryWalk(ReadOnlySpan<byte> json, UsageReading reading, GeminiCandidates candidates, out GeminiEvent found)
    {
        var answer = new GeminiAnswer(json, reading, candidates);
        var isWhole = false;
        try
        {
            isWhole = answer.Walk();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON; or bytes that are no UTF-8, met in a comparison.
        }
        found = isWhole ? new GeminiEvent(answer.usage, answer.textEnd, answer.endsFirst) : default;
        return isWhole;
    }

    private bool Walk()
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }
        var outputBefore = reading.RelayedOutputBytes;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            WalkMember();
        }
        // Throws for what follows the object.
        reader.Read();
        reading.OutputEvents += reading.RelayedOutputBytes > outputBefore ? 1 : 0;
        return true;
    }

    private void WalkMember()
    {
        if (reader.ValueTextEquals("candidates"u8))
        {
            reader.Read();
            WalkCandidates();
        }
        else if (reader.ValueTextEquals("usageMetadata"u8))
        {
            reader.Read();
            var (start, isObject) = ((int)reader.TokenStartIndex, reader.TokenType == JsonTokenType.StartObject);
            reader.Skip();
            usage = isObject ? new JsonSlice(start, (int)reader.BytesConsumed - start) : usage;
        }
        else if (reader.ValueTextEquals("modelVersion"u8))
        {
            reader.Read();
            reading.ServedModel = JsonReading.Text(ref reader, reading.ServedModel);
        }
        else if (reader.ValueTextEquals("responseId"u8))
        {
            reader.Read();
            reading.ResponseId = JsonReading.Text(ref reader, reading.ResponseId);
        }
        else if (reader.ValueTextEquals("promptFeedback"u8))
        {
            reader.Read();
            WalkFeedback();
        }
        else
        {
            var isError = reader.ValueTextEquals("error"u8);
            reader.Read();
            reading.SawError |= isError && reader.TokenType != JsonTokenType.Null;
            reader.Skip();
        }
    }

    private void WalkFeedback()
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isReason = reader.ValueTextEquals("blockReason"u8);
            reader.Read();
            if (isReason && reader.TokenType == JsonTokenType.String)
            {
                candidates.IsBlocked = true;
                reading.StopReason = JsonReading.Text(ref reader, reading.StopReason);
            }
            reader.Skip();
        }
    }

    private void WalkCandidates()
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
                WalkCandidate();
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void WalkCandidate()
    {
        var (index, isFinished, end) = (0L, false, 0);
        var phase = CandidatePhase.Opened;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                WalkContent(ref phase, ref end);
            }
            else if (reader.ValueTextEquals("finishReason"u8))
            {
                reader.Read();
                isFinished = reader.TokenType == JsonTokenType.String;
                reading.StopReason = JsonReading.Text(ref reader, reading.StopReason);
            }
            else if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                index = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) ? number : index;
                reader.Skip();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        var isFirst = index == 0;
        reading.StructureTokens +=
            candidates[(int)Math.Clamp(index, 0, int.MaxValue)] == CandidatePhase.Unseen ? UsageReading.PartTokens : 0;
        candidates.Note(index, phase);
        if (isFinished)
        {
            // What was called before it isn't forgotten: no text may follow.
            endsFirst |= isFirst && candidates[0] is CandidatePhase.Text or CandidatePhase.Opened;
            candidates.Note(index, CandidatePhase.Finished);
        }
        textEnd = isFirst && phase == CandidatePhase.Text ? end : textEnd;
    }

    private void WalkContent(ref CandidatePhase phase, ref int end)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isParts = reader.ValueTextEquals("parts"u8);
            reader.Read();
            if (!isParts || reader.TokenType != JsonTokenType.StartArray)
            {
                reader.Skip();
                continue;
            }
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType == JsonTokenType.StartObject)
                {
                    WalkPart(ref phase, ref end);
                }
                else
                {
                    reader.Skip();
                }
            }
        }
    }

    private void WalkPart(ref CandidatePhase phase, ref int end)
    {
        var (text, closing, signature, other) = (-1L, 0, 0L, 0L);
        var isThought = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("text"u8))
            {
                reader.Read();
                text = TextBytes();
                closing = (int)reader.BytesConsumed - 1;
            }
            else if (reader.ValueTextEquals("thought"u8))
            {
                reader.Read();
                isThought = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("thoughtSignature"u8))
            {
                reader.Read();
                signature = TextBytes();
            }
            else
            {
                // Calls, code and its results, images and sound: all of it, names included.
                var isCall = reader.ValueTextEquals("functionCall"u8);
                reader.Read();
                var start = reader.TokenStartIndex;
                reader.Skip();
                other += reader.BytesConsumed - start;
                reading.StructureTokens += isCall ? UsageReading.ToolCallTokens : 0;
            }
        }
        candidates.ThoughtBytes += isThought ? Math.Max(text, 0) : 0;
        reading.RelayedOutputBytes += Math.Max(text, 0) + other;
        if (signature > 0)
        {
            // It holds the thinking before it in secret form: it counts as far as less thinking was shown.
            reading.RelayedOutputBytes += Math.Max(0, signature - candidates.ThoughtBytes);
            candidates.ThoughtBytes = 0;
        }
        if (other > 0)
        {
            phase = CandidatePhase.Other;
        }
        else if (text > 0)
        {
            phase = isThought ? CandidatePhase.Thought : CandidatePhase.Text;
            end = closing;
        }
    }

    private long TextBytes()
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.ValueSpan.Length;
        }
        reader.Skip();
        return 0;
    }
}
