using Purser.Core.Pricing;
using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers;

/// <summary>Usage that a provider billed on another model than the one that served the answer (an advisor, a fallback).</summary>
/// <param name="Model">The model as the provider names it.</param>
/// <param name="Usage">What it used.</param>
public readonly record struct OtherModelUsage(string Model, TokenUsage Usage);

/// <summary>
/// What one answer says of itself, as far as it has been read. Grows while a stream runs. Figures are as the provider
/// states them, in disjoint classes; where they contradict themselves, the dear reading is taken and
/// <see cref="Violation"/> says so.
/// </summary>
public sealed class UsageReading
{
    /// <summary>The largest count of a class that is believed; larger ones are cut to it and recorded as a violation.</summary>
    public const long MaxCount = 1_000_000_000_000;

    private const int MaxRawBytes = 64 * 1024;
    private const int MaxViolationLength = 512;

    private byte[] raw = [];
    private int rawLength;
    private byte[] rawStart = [];
    private int rawStartLength;
    private List<OtherModelUsage>? otherModels;
    private List<string>? itemIds;

    /// <summary>The usage in disjoint classes. Zero until <see cref="HasUsage"/>.</summary>
    public TokenUsage Usage { get; internal set; }

    /// <summary>
    /// What the request could write to the prompt cache: decides the rate of writes that a provider doesn't split by time to
    /// live. Set it from the request's facts before a whole answer is read (a relay does so itself); unset it's the dearest.
    /// </summary>
    public CacheWriteHint CacheWrites { get; set; } = CacheWriteHint.OneHour;

    /// <summary>
    /// Video input, which isn't in <see cref="Usage"/>: what it is billed as depends on the price (<see cref="VideoInput.TryAdd"/>), as it does for
    /// images where this isn't null. Null with formats that know no video.
    /// </summary>
    public VideoInput? Video { get; internal set; }

    /// <summary>Whether the answer has stated any usage.</summary>
    public bool HasUsage { get; internal set; }

    /// <summary>Whether the usage is the provider's last word; false while a stream has only said what it began with.</summary>
    public bool UsageIsFinal { get; internal set; }

    /// <summary>What was billed on other models.</summary>
    public IReadOnlyList<OtherModelUsage> OtherModels => otherModels ?? (IReadOnlyList<OtherModelUsage>)[];

    /// <summary>The provider's id of the answer.</summary>
    public string? ResponseId { get; internal set; }

    /// <summary>The ids of the items that an answer of OpenAI's responses has shown so far.</summary>
    public IReadOnlyList<string> ItemIds => itemIds ?? (IReadOnlyList<string>)[];

    /// <summary>The model that the answer names.</summary>
    public string? ServedModel { get; internal set; }

    /// <summary>The service tier that the answer names: the one that is billed.</summary>
    public string? ServiceTier { get; internal set; }

    /// <summary>The speed that the answer names.</summary>
    public string? Speed { get; internal set; }

    /// <summary>The inference geography that the answer names.</summary>
    public string? InferenceGeo { get; internal set; }

    /// <summary>Which variant the answer says was made, in the price book's words: a video's size. Null where it doesn't say.</summary>
    public string? Variant { get; internal set; }

    /// <summary>Why the answer ended (<c>finish_reason</c>, <c>stop_reason</c>), in the provider's words; of several choices, the last.</summary>
    public string? StopReason { get; internal set; }

    /// <summary>
    /// How long the provider's machine worked on the request, as it says itself (Ollama's <c>total_duration</c>, llama.cpp's <c>timings</c>), in
    /// milliseconds, a fraction counted as one; 0 where it doesn't say. It stands beside the usage: most prices aren't by time.
    /// </summary>
    public long ComputeMilliseconds { get; internal set; }

    /// <summary>
    /// Cached input tokens that are counted as text and may be audio (Gemini's, where they aren't split by modality): the cost is known
    /// only where that makes no difference. 0 where all are told apart.
    /// </summary>
    public long CachedTextOrAudio { get; internal set; }

    /// <summary>
    /// What the provider itself says that the request cost, in USD (OpenRouter's <c>usage.cost</c>, Perplexity's <c>usage.cost.total_cost</c>); null
    /// where it says nothing, or what no <see cref="decimal"/> holds exactly. It is kept beside the cost by the price book, and nothing is billed by it.
    /// </summary>
    public decimal? ProviderCostUsd { get; internal set; }

    /// <summary>
    /// What the provider behind it bills beside <see cref="ProviderCostUsd"/>, on a key of the caller's own (OpenRouter's
    /// <c>cost_details.upstream_inference_cost</c> where <c>is_byok</c>), in USD; else null.
    /// </summary>
    public decimal? UpstreamCostUsd { get; internal set; }

    /// <summary>
    /// Bytes of what the model wrote in the answer so far, as they are in its JSON, escapes included: no fewer than the tokens
    /// it shows, since a token is at least a byte. Counted are text, refusals, reasoning and thinking under all names, names
    /// and arguments of tools, ids, audio, redacted thinking (as it is, in secret form), an Anthropic signature as far as it is longer
    /// than the thinking shown in its block (it holds the whole thinking in secret form), results of the provider's own tools, and
    /// the whole of events that couldn't be read. Not counted are roles, types, stop reasons, log probabilities and cited
    /// passages (which aren't billed as output). With <see cref="StructureTokens"/> it bounds the billed output, but for
    /// thinking that isn't shown (<see cref="MayThinkUnseen"/>).
    /// </summary>
    public long RelayedOutputBytes { get; internal set; }

    /// <summary>
    /// An allowance, in tokens, for what is billed as output and isn't shown: the marks at the beginning and end of an answer
    /// and the frame of a call of a tool. OpenAI: 8 for each choice, 32 for each name of a tool. Anthropic: 8 for each block of text
    /// or thinking, 32 for each other; in an answer that isn't streamed 32 for each block. Providers don't publish the true
    /// figures; those that are known are smaller.
    /// </summary>
    public long StructureTokens { get; internal set; }

    /// <summary>
    /// Whether the model may now be thinking without showing it, so that tokens run up that no bytes bound. True until the first
    /// output; with Anthropic's format while a block of thinking is open (what is shown may be a summary, or nothing),
    /// or a block that isn't text or a tool call, or no block at all; with OpenAI's while a model runs whose name (asked or served) is
    /// that of a model that reasons unseen, or that has stated reasoning tokens. False once the answer has said why it stops.
    /// It can't know of models that reason unseen under another name, between pieces of text, or of
    /// providers that hold output back: Anthropic sends the arguments of tools value by value, so that a long one
    /// isn't seen while it's written, though its bytes count when they come.
    /// </summary>
    public bool MayThinkUnseen { get; internal set; } = true;

    /// <summary>How many events carried output. Most providers send about one token in each.</summary>
    public long OutputEvents { get; internal set; }

    /// <summary>Whether the stream's own end was seen: <c>[DONE]</c>, <c>message_stop</c>.</summary>
    public bool Terminated { get; internal set; }

    /// <summary>The contradictions and oddities found, in fixed words that quote no content; null where there are none.</summary>
    public string? Violation { get; private set; }

    /// <summary>
    /// Whether a figure was there that is no count at all (negative, no number), so that <see cref="Usage"/> lacks what was billed for it.
    /// What is too large or a fraction isn't meant: that is read on the dear side.
    /// </summary>
    public bool LacksFigures { get; internal set; }

    /// <summary>Whether an error came inside the stream, or as the body.</summary>
    public bool SawError { get; internal set; }

    /// <summary>The last usage object as the provider wrote it; null where there is none, or it has more than 64 KiB.</summary>
    public byte[]? RawUsage => rawLength == 0 ? null : raw.AsSpan(0, rawLength).ToArray();

    /// <summary>The usage object that an Anthropic stream began with, which splits cache writes by time to live; else null.</summary>
    public byte[]? RawStartUsage => rawStartLength == 0 ? null : rawStart.AsSpan(0, rawStartLength).ToArray();

    /// <summary>The counts in the answer's headers, as one JSON object of them; null where there are none.</summary>
    internal byte[]? HeaderCounts { get; set; }

    /// <summary>See <see cref="Bodies.BodyUsage.NotBilled"/>.</summary>
    internal string? NotBilled { get; set; }

    /// <summary>Whether the answer counts nothing, so that only a price that says <c>free: true</c> can price it.</summary>
    public bool CountsNothing { get; internal set; }

    /// <summary>Takes over all that a reader of whole answers found.</summary>
    internal void TakeAnswer(UsageReading from)
    {
        TakeUsage(from);
        CountsNothing = from.CountsNothing;
        (ServedModel, Variant) = (from.ServedModel ?? ServedModel, from.Variant ?? Variant);
        (ProviderCostUsd, UpstreamCostUsd) = (from.ProviderCostUsd, from.UpstreamCostUsd);
    }

    /// <summary>Takes over what a reader of whole answers found of the usage; the rest of an answer is the relay's to read.</summary>
    internal void TakeUsage(UsageReading from)
    {
        Usage = from.Usage;
        HasUsage = from.HasUsage;
        LacksFigures |= from.LacksFigures;
        ServiceTier = from.ServiceTier;
        ComputeMilliseconds = from.ComputeMilliseconds;
        if (from.Violation is { } violation)
        {
            AddViolation(violation);
        }
    }

    internal void SetRaw(ReadOnlySpan<byte> usage) => Keep(usage, ref raw, ref rawLength);

    internal void SetRawStart(ReadOnlySpan<byte> usage) => Keep(usage, ref rawStart, ref rawStartLength);

    /// <summary>See <see cref="StructureTokens"/>: for each choice or block.</summary>
    internal const int PartTokens = 8;

    /// <summary>See <see cref="StructureTokens"/>: for each call of a tool.</summary>
    internal const int ToolCallTokens = 32;

    internal void AddItem(string id)
    {
        itemIds ??= [];
        if (id.Length > 0 && !itemIds.Contains(id))
        {
            itemIds.Add(id);
        }
    }

    internal void ClearOtherModels() => otherModels?.Clear();

    internal void AddOtherModel(string model, TokenUsage usage) => (otherModels ??= []).Add(new OtherModelUsage(model, usage));

    internal void AddViolation(string violation)
    {
        if (Violation is null)
        {
            Violation = violation;
        }
        else if (Violation.Length + violation.Length < MaxViolationLength && !Violation.Contains(violation, StringComparison.Ordinal))
        {
            Violation = Violation + "; " + violation;
        }
    }

    // The buffer is kept, so that a provider that states usage in every chunk costs no allocation a chunk.
    private static void Keep(ReadOnlySpan<byte> usage, ref byte[] buffer, ref int length)
    {
        if (usage.Length > MaxRawBytes)
        {
            length = 0;
            return;
        }
        if (buffer.Length < usage.Length)
        {
            buffer = new byte[Math.Max(256, usage.Length)];
        }
        usage.CopyTo(buffer);
        length = usage.Length;
    }
}
