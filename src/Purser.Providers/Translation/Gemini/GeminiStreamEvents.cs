using System.Buffers;
using System.Text;
using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.Translation.Gemini;

/// <summary>
/// Reads the chunks of a stream of Gemini's answers: each is an answer with the next parts. A text ends where something else begins; calls come
/// whole.
/// </summary>
internal sealed class GeminiStreamEvents(AnswerContext context) : ProviderEvents(context)
{
    private readonly List<Candidate> candidates = [];
    private int calls;

    /// <inheritdoc/>
    protected override bool IsWhole => candidates.Count > 0 && candidates.TrueForAll(candidate => candidate.IsFinished);

    /// <inheritdoc/>
    protected override bool ReadEvent(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Json);
        var root = JsonElement.ParseValue(ref reader);
        while (reader.Read()) { }
        if (root.ValueKind != JsonValueKind.Object)
        {
            return false;
        }
        if (root.Has("error", out var error))
        {
            Fail(GeminiTranslator.ErrorOf((int)Math.Clamp(error.Whole("code") ?? 500, 400, 599), error));
            return true;
        }
        var list = root.List("candidates").ToList();
        if (list.Count > 0 || GeminiAnswerParts.IsBlocked(root))
        {
            GiveStart(root.Text("responseId") is { Length: > 0 } id ? id : null, root.Text("modelVersion"));
        }
        if (list.Count == 0 && GeminiAnswerParts.IsBlocked(root))
        {
            Finish(CandidateOf(0), StopReason.Refusal);
        }
        foreach (var candidate in list)
        {
            Take(candidate);
        }
        if (root.Has("usageMetadata", out var usage) && GeminiAnswerParts.ReadUsage(usage) is { } used)
        {
            GiveStart(null, root.Text("modelVersion"));
            GiveUsage(used);
        }
        return true;
    }

    /// <inheritdoc/>
    protected override void CloseBlocks()
    {
        foreach (var candidate in candidates)
        {
            Finish(candidate, StopReason.Unknown);
        }
    }

    private void Take(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return;
        }
        var candidate = CandidateOf((int)Math.Clamp(json.Whole("index") ?? 0, 0, 127));
        if (candidate.IsFinished)
        {
            return;
        }
        foreach (var part in json.Has("content", out var content) ? content.List("parts") : [])
        {
            if (part.ValueKind == JsonValueKind.Object)
            {
                TakePart(candidate, part);
            }
        }
        if (GeminiLogProbs.Read(json) is { } list)
        {
            Give(
                new CanonicalEvent
                {
                    Kind = CanonicalEventKind.LogProbs,
                    Choice = candidate.Index,
                    Text = Encoding.UTF8.GetBytes(list.GetRawText()),
                }
            );
        }
        if (json.Text("finishReason") is { } word and not "FINISH_REASON_UNSPECIFIED")
        {
            Finish(candidate, GeminiAnswerParts.Stop(word, candidate.HasCalls));
        }
    }

    private void TakePart(Candidate candidate, JsonElement part)
    {
        var parts = new List<CanonicalPart>();
        if (part.Has("functionCall", out var call) && call.Text("name") is { Length: > 0 } name)
        {
            GeminiContentReader.AddSignature(part, parts);
            parts.Add(GeminiContentReader.ReadCall(call, name, ToolCallIds.Of(Context.Id, calls++)));
            candidate.HasCalls = true;
        }
        else
        {
            GeminiContentReader.ReadOther(part, parts);
        }
        foreach (var read in parts)
        {
            switch (read)
            {
                case TextPart text:
                    GiveText(candidate, BlockPart.Text, text.Text);
                    break;
                case ReasoningPart { Encrypted: { } signature }:
                    GiveWhole(candidate, BlockPart.EncryptedReasoning, signature, signer: GeminiTranslator.FormatName);
                    break;
                case ReasoningPart thought:
                    GiveText(candidate, BlockPart.Reasoning, thought.Text);
                    break;
                case ToolCallPart made:
                    GiveWhole(candidate, BlockPart.ToolCall, made.Arguments, made.Id, made.Name);
                    break;
                case OpaquePart opaque:
                    GiveWhole(candidate, BlockPart.Opaque, "", name: opaque.Type);
                    break;
                default:
                    GiveWhole(candidate, BlockPart.Opaque, "", name: "media");
                    break;
            }
        }
    }

    private void GiveText(Candidate candidate, BlockPart part, string text)
    {
        if (text.Length == 0)
        {
            return;
        }
        if (candidate.Open is { } open && open != part)
        {
            CloseText(candidate);
        }
        if (candidate.Open is null)
        {
            candidate.Block = GiveBlockStart(candidate.Index, part);
            candidate.Open = part;
        }
        GiveBytes(candidate.Index, candidate.Block, part, text);
    }

    private void GiveBytes(int choice, int block, BlockPart part, string text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        GiveDelta(choice, block, part, bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
        ArrayPool<byte>.Shared.Return(bytes);
    }

    private void GiveWhole(Candidate candidate, BlockPart part, string text, string? id = null, string? name = null, string? signer = null)
    {
        CloseText(candidate);
        var block = GiveBlockStart(candidate.Index, part, id, name, signer);
        GiveBytes(candidate.Index, block, part, text);
        GiveBlockEnd(candidate.Index, block, part);
    }

    private void CloseText(Candidate candidate)
    {
        if (candidate.Open is { } part)
        {
            candidate.Open = null;
            GiveBlockEnd(candidate.Index, candidate.Block, part);
        }
    }

    private void Finish(Candidate candidate, StopReason stop)
    {
        if (!candidate.IsFinished)
        {
            CloseText(candidate);
            candidate.IsFinished = true;
            GiveFinish(candidate.Index, stop);
        }
    }

    private Candidate CandidateOf(int index)
    {
        var known = candidates.Find(candidate => candidate.Index == index);
        if (known is null)
        {
            known = new Candidate(index);
            candidates.Add(known);
        }
        return known;
    }

    private sealed class Candidate(int index)
    {
        public int Index { get; } = index;

        public BlockPart? Open { get; set; }

        public int Block { get; set; }

        public bool HasCalls { get; set; }

        public bool IsFinished { get; set; }
    }
}
