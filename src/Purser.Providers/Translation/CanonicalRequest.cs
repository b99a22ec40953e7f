using System.Text.Json;

namespace Purser.Providers.Translation;

/// <summary>
/// A request for an answer of a model, in no vendor's format: what is read from one format is written to any other. A member that is null or
/// empty was not in the request; no default of any vendor is filled in.
/// </summary>
public sealed record CanonicalRequest
{
    /// <summary>The model that the client asks for.</summary>
    public required string Model { get; init; }

    /// <summary>Whether the answer shall be streamed.</summary>
    public bool Stream { get; init; }

    /// <summary>Whether the stream shall be one JSON array, where its format lets the client choose.</summary>
    public bool StreamIsArray { get; init; }

    /// <summary>Whether the client wants the usage at the stream's end, where its format lets it choose.</summary>
    public bool WantsStreamUsage { get; init; }

    /// <summary>The conversation in its order, with the system's and the developer's prompts where they are.</summary>
    public IReadOnlyList<CanonicalMessage> Messages { get; init; } = [];

    /// <summary>The tools that the model may call.</summary>
    public IReadOnlyList<CanonicalTool> Tools { get; init; } = [];

    /// <summary>Which tools it may or must call.</summary>
    public ToolChoice? ToolChoice { get; init; }

    /// <summary>Whether it may call several tools at once; null: the vendor's default, which is yes everywhere.</summary>
    public bool? ParallelToolCalls { get; init; }

    /// <summary>The form that the answer's text must have.</summary>
    public OutputForm? OutputForm { get; init; }

    /// <summary>How much it shall reason.</summary>
    public ReasoningAsk? Reasoning { get; init; }

    /// <summary>How wordy the answer shall be: <c>low</c>, <c>medium</c> or <c>high</c>.</summary>
    public string? Verbosity { get; init; }

    /// <summary>The most output tokens, ≥ 1.</summary>
    public long? MaxOutputTokens { get; init; }

    /// <summary>The randomness of the choice, from 0 on.</summary>
    public decimal? Temperature { get; init; }

    /// <summary>The share of likely tokens to choose from, 0 to 1.</summary>
    public decimal? TopP { get; init; }

    /// <summary>How many likely tokens to choose from.</summary>
    public long? TopK { get; init; }

    /// <summary>How much a token's frequency counts against it, -2 to 2.</summary>
    public decimal? FrequencyPenalty { get; init; }

    /// <summary>How much a token's presence counts against it, -2 to 2.</summary>
    public decimal? PresencePenalty { get; init; }

    /// <summary>The seed of the choice.</summary>
    public long? Seed { get; init; }

    /// <summary>Texts that end the answer where they would appear.</summary>
    public IReadOnlyList<string> StopSequences { get; init; } = [];

    /// <summary>How many answers to give (<c>n</c>), ≥ 1.</summary>
    public long? Choices { get; init; }

    /// <summary>Whether to give the tokens' log probabilities.</summary>
    public bool? LogProbs { get; init; }

    /// <summary>How many other tokens to give the log probabilities of, at each place.</summary>
    public long? TopLogProbs { get; init; }

    /// <summary>A name under which the provider finds its prompt cache again (<c>prompt_cache_key</c>).</summary>
    public string? CacheKey { get; init; }

    /// <summary>A hint that the whole conversation so far shall be cached.</summary>
    public CacheHint? Cache { get; init; }

    /// <summary>The wish for a service tier.</summary>
    public ServiceTierAsk? ServiceTier { get; init; }

    /// <summary>The caller's own name of the person who asks.</summary>
    public string? User { get; init; }

    /// <summary>The caller's own labels of the request.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; init; } = [];

    /// <summary>Whether the provider shall keep the answer.</summary>
    public bool? Store { get; init; }

    /// <summary>The member at the top that refers to what the provider of the client's format stored: no other provider knows it.</summary>
    public string? StoredState { get; init; }

    /// <summary>The member at the top that asks the provider of the client's format to keep the conversation: no other provider has it.</summary>
    public string? KeepMember { get; init; }

    /// <summary>
    /// Members at the top of the request that have no place above, in their order. Only a writer of the same <see cref="Format"/> writes them;
    /// every other one reports them as dropped.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, JsonElement>> Extras { get; init; } = [];

    /// <summary>The format that the request was read from: <see cref="FormatTranslator.Name"/>.</summary>
    public string Format { get; init; } = "";

    /// <summary>
    /// The client's bytes, as long as nothing was changed since they were read: null for every copy that was made by <c>with</c>. The same format
    /// writes them again as they are, but for the model.
    /// </summary>
    public ReadOnlyMemory<byte>? Untouched =>
        source is { } known && ReferenceEquals(known.Request, this) ? known.Body : (ReadOnlyMemory<byte>?)null;

    private RequestSource? source;

    internal void ReadFrom(ReadOnlyMemory<byte> body, JsonSlice model) => source = new RequestSource(this, body, model);

    internal JsonSlice ModelPlace => source?.Model ?? default;

    private sealed class RequestSource(CanonicalRequest request, ReadOnlyMemory<byte> body, JsonSlice model)
    {
        public CanonicalRequest Request { get; } = request;

        public ReadOnlyMemory<byte> Body { get; } = body;

        public JsonSlice Model { get; } = model;
    }
}

/// <summary>The form of an answer's text.</summary>
/// <param name="Schema">The JSON schema; null: any JSON object.</param>
/// <param name="Name">The schema's name.</param>
/// <param name="Description">What the form is for.</param>
/// <param name="Strict">Whether the schema must be kept to the letter.</param>
public sealed record OutputForm(JsonElement? Schema, string? Name = null, string? Description = null, bool? Strict = null);

/// <summary>How much a model shall reason before it answers. Several members may be there; a writer takes the one that its format has.</summary>
public sealed record ReasoningAsk
{
    /// <summary>False: not at all. True: as the other members say. Null: not said.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Whether the model decides itself how much.</summary>
    public bool IsAdaptive { get; init; }

    /// <summary><c>minimal</c>, <c>low</c>, <c>medium</c>, <c>high</c>, <c>xhigh</c> or <c>max</c>; <c>none</c> is <see cref="Enabled"/> = false.</summary>
    public string? Effort { get; init; }

    /// <summary>The most tokens to reason with, ≥ 1.</summary>
    public long? BudgetTokens { get; init; }

    /// <summary>How much of it to show, in the words of the format that said it: <c>auto</c>, <c>concise</c>, <c>detailed</c>, <c>summarized</c>, <c>omitted</c>.</summary>
    public string? Summary { get; init; }

    /// <summary>Whether the client wants the reasoning in a form that only its provider can read, to send it back.</summary>
    public bool WantsEncrypted { get; init; }
}

/// <summary>A mark that what is before it shall be in the prompt cache.</summary>
/// <param name="Ttl"><c>5m</c>, <c>1h</c>, or null for the vendor's default.</param>
public sealed record CacheHint(string? Ttl = null);

/// <summary>The wish for a service tier.</summary>
/// <param name="Kind">What is meant.</param>
/// <param name="Name">The name in the format that it was read from.</param>
public sealed record ServiceTierAsk(ServiceTierKind Kind, string Name);

/// <summary>The service tiers that more than one vendor has.</summary>
public enum ServiceTierKind
{
    /// <summary>What the account has: the vendor decides.</summary>
    Auto,

    /// <summary>The standard one, at list price.</summary>
    Standard,

    /// <summary>Slower and cheaper.</summary>
    Flex,

    /// <summary>Faster and dearer.</summary>
    Priority,

    /// <summary>A vendor's own.</summary>
    Other,
}
