using Purser.Core.Pricing;

namespace Purser.Providers;

/// <summary>Where a JSON token is in a body.</summary>
/// <param name="Offset">The first byte, a string's quote included.</param>
/// <param name="Length">Bytes, both quotes of a string included; 0 where there is no such token.</param>
public readonly record struct JsonSlice(int Offset, int Length)
{
    /// <summary>Whether another token begins within this one.</summary>
    internal bool Holds(JsonSlice other) => other.Offset >= Offset && other.Offset < Offset + Length;
}

/// <summary>
/// What Purser reads in a request. Limits and flags err on the dear side: they bound what the request can cost.
/// </summary>
public sealed class RequestFacts
{
    internal RequestFacts(int bodyBytes) => BodyBytes = bodyBytes;

    /// <summary>The model that the client asks for: 1 to 256 characters, no control characters.</summary>
    public string Model { get; internal set; } = "";

    /// <summary>Where the model's JSON token is in the body.</summary>
    public JsonSlice ModelToken { get; internal set; }

    /// <summary>Whether the answer shall be streamed.</summary>
    public bool Stream { get; internal set; }

    /// <summary>
    /// The most output tokens a choice may have, ≥ 1, as the client limits it; the largest of several limits. Null: no limit. 0 in formats that
    /// generate nothing.
    /// </summary>
    public long? MaxOutputTokens { get; internal set; }

    /// <summary>
    /// Where the limits of output tokens are in the body: the request's own (<c>max_tokens</c>, <c>max_completion_tokens</c>;
    /// a <c>null</c> is listed too) and those of Anthropic's fallbacks. Empty: there is none.
    /// </summary>
    public IReadOnlyList<OutputLimit> OutputLimits => outputLimits ?? (IReadOnlyList<OutputLimit>)[];

    /// <summary>
    /// The lowest output limit that the provider takes for this request, in tokens: 1, in OpenAI's responses 16, and one more than the budget of
    /// an Anthropic request that has a fixed budget for thinking. Below it, the request must be refused rather than its limit lowered.
    /// A request whose own limit is not above its budget (allowed with a beta header that the body doesn't show) has nothing to keep: 1.
    /// </summary>
    public long LowestOutputLimit => ThinkingBudget > 0 && MaxOutputTokens > ThinkingBudget ? ThinkingBudget + 1 : FormatLowest;

    /// <summary>Whether the answer's text must be JSON (structured output): nothing may be added to it.</summary>
    public bool TextIsJson { get; internal set; }

    /// <summary>How many choices are asked for (<c>n</c>): 1 to 128.</summary>
    public long Choices { get; internal set; } = 1;

    /// <summary>How many inputs the request has that the model reads one by one, each in a context of its own (embeddings): ≥ 1.</summary>
    public long Inputs { get; internal set; } = 1;

    /// <summary>The most input tokens of a request that is no conversation, by what its format knows of it; null: the body's bytes bound them.</summary>
    public long? MaxInputTokens { get; internal set; }

    /// <summary>What some models bill by the piece: images, speech, audio.</summary>
    public PieceBounds Pieces { get; internal set; }

    /// <summary>The most search units that a reranking can be billed as; 0 where the request is none.</summary>
    public long SearchUnits { get; internal set; }

    /// <summary>Whether the request says how the model shall think (Anthropic's <c>thinking</c>), which not every model takes.</summary>
    public bool SaysThinking => ThinkingMember.Length > 0;

    /// <summary>Whether tools are defined.</summary>
    public bool HasTools { get; internal set; }

    /// <summary>
    /// A bound on the calls of tools that the provider runs itself: the sum of <c>max_uses</c>, 10 for each tool without one; with OpenAI's
    /// responses <c>max_tool_calls</c>, which is written into requests that have none. 0: no such tools. Each call can add a turn whose input is the whole conversation.
    /// </summary>
    public long HostedToolCalls { get; internal set; }

    /// <summary>Whether the provider may search the web for the request.</summary>
    public bool HasWebSearch { get; internal set; }

    /// <summary>How many of <see cref="HostedToolCalls"/> are there for <c>web_search_options</c>; 0 without these.</summary>
    public long SearchOptionCalls { get; internal set; }

    /// <summary>
    /// How large the context of its search shall be, as <c>web_search_options</c> says (<c>low</c>, <c>medium</c>, <c>high</c>, or what nobody
    /// knows); null where it says nothing of that.
    /// </summary>
    public string? SearchContext { get; internal set; }

    /// <summary>How many searches a call to search the web may be billed as, ≥ 1.</summary>
    public long SearchesPerCall { get; internal set; } = 1;

    /// <summary>Whether there are images, audio, documents or files in the input: a token of these may be less than a byte.</summary>
    public bool HasNonTextInput => NonTextParts > 0;

    /// <summary>How many images, audio pieces, documents and files the input has.</summary>
    public int NonTextParts { get; internal set; }

    /// <summary>
    /// Whether the input is not bounded by the body's bytes: file ids, URLs, containers, MCP servers, earlier responses or
    /// conversations that the provider keeps.
    /// </summary>
    public bool UnboundedInput { get; internal set; }

    /// <summary>What the request names that the provider keeps. Each is there once.</summary>
    public IReadOnlyCollection<ObjectReference> References => references ?? (IReadOnlyCollection<ObjectReference>)[];

    /// <summary>
    /// Whether the provider keeps the answer under its id, unless it keeps none at all: OpenAI's responses without <c>store: false</c>, and chat completions
    /// with <c>store: true</c>.
    /// </summary>
    public bool IsStored { get; internal set; }

    /// <summary>Whether tools that the provider runs may bring input that the body's bytes don't bound.</summary>
    public bool ToolsAddInput { get; internal set; }

    /// <summary>Whether the request can write to the prompt cache.</summary>
    public CacheWriteHint CacheWrites { get; internal set; }

    /// <summary>Whether audio may come out.</summary>
    public bool AudioOutput { get; internal set; }

    /// <summary>Whether images may come out.</summary>
    public bool ImageOutput { get; internal set; }

    /// <summary>
    /// Bytes of the predicted output (OpenAI <c>prediction</c>): rejected tokens of it are billed as output, beside the answer.
    /// </summary>
    public long PredictionBytes { get; internal set; }

    /// <summary>Whether the provider may summarize the conversation on the way, which is billed beside the answer.</summary>
    public bool MayCompact { get; internal set; }

    /// <summary>Other models that the provider may run for this request and bill at their own rates (fallbacks, advisors).</summary>
    public IReadOnlyList<string> OtherModels => otherModels ?? (IReadOnlyList<string>)[];

    /// <summary>Whether the provider itself chooses other models to run (<c>"fallbacks": "default"</c>).</summary>
    public bool OpenEndedModels { get; internal set; }

    /// <summary>The service tier asked for. The answer's tier is the one that is billed.</summary>
    public string? ServiceTier { get; internal set; }

    /// <summary>Anthropic's <c>speed</c>; <c>fast</c> where the request or a fallback of it asks for it.</summary>
    public string? Speed { get; internal set; }

    /// <summary>Anthropic's <c>inference_geo</c>.</summary>
    public string? InferenceGeo { get; internal set; }

    /// <summary>Whom the request is for: OpenAI <c>user</c> or <c>safety_identifier</c>; Anthropic <c>metadata.user_id</c>, but not the person and the device that Claude Code names there.</summary>
    public string? EndUser { get; internal set; }

    /// <summary>The client's session, where the body names one.</summary>
    public string? SessionId { get; internal set; }

    /// <summary>OpenAI <c>prompt_cache_key</c>; Codex has its thread in it.</summary>
    public string? PromptCacheKey { get; internal set; }

    /// <summary>What Codex says of the turn, where it's in the body (<c>client_metadata</c>) and not in a header.</summary>
    public string? CodexTurn { get; internal set; }

    /// <summary>OpenAI <c>metadata</c>: the first 16 pairs whose values are strings.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; internal set; }

    /// <summary>Where reasoning is in the conversation that Purser gave in another format's place: no vendor takes it for its own.</summary>
    internal IReadOnlyList<JsonSlice> OwnReasoning => ownReasoning ?? (IReadOnlyList<JsonSlice>)[];

    /// <summary>Whether the last signed reasoning in the conversation is Purser's.</summary>
    internal bool LatestReasoningIsOwn { get; set; }

    /// <summary>Whether the conversation's last message has a tool's result.</summary>
    internal bool EndsWithToolResult { get; set; }

    /// <summary>Where Anthropic's <c>thinking</c> is, from its name to its value's end; length 0 where there is none.</summary>
    internal JsonSlice ThinkingMember { get; set; }

    /// <summary>Whether the client asked for usage in the stream itself (<c>stream_options.include_usage: true</c>).</summary>
    public bool ClientAskedForUsage { get; internal set; }

    /// <summary>How many bytes the body has.</summary>
    public int BodyBytes { get; }

    /// <summary>Where the member that names the model is, from its name to its value's end; length 0 where the path alone names it.</summary>
    internal JsonSlice ModelMember { get; set; }

    /// <summary>Where Vertex's <c>anthropic_version</c> is, from its name to its value's end; length 0 where there is none.</summary>
    internal JsonSlice VersionMember { get; set; }

    /// <summary>Whether the body itself says whether it wants a stream.</summary>
    internal bool SaysStream { get; set; }

    /// <summary>Where the outermost object's closing brace is.</summary>
    internal int BodyEnd { get; set; }

    /// <summary>The boundary of a body that is a form; null where it's JSON.</summary>
    internal string? FormBoundary { get; set; }

    /// <summary>How many bytes of text a form has.</summary>
    internal long TextBytes { get; set; }

    /// <summary>How many bytes the files of a form have.</summary>
    internal long FileBytes { get; set; }

    /// <summary>The size of the images that are asked for, and their quality; null where the request doesn't say.</summary>
    internal string? ImageSize { get; set; }

    /// <summary>See <see cref="ImageSize"/>.</summary>
    internal string? ImageQuality { get; set; }

    /// <summary>How many times an image is shown half done.</summary>
    internal long PartialImages { get; set; }

    /// <summary>The model that the body names; null where it names none, so that the path does.</summary>
    internal string? ModelInBody { get; set; }

    /// <summary>Where the value of <c>stream_options</c> is; length 0 where there is none.</summary>
    internal JsonSlice StreamOptions { get; set; }

    /// <summary>Where the member <c>max_tokens</c> is, name and value; length 0 where there is none.</summary>
    internal JsonSlice MaxTokens { get; set; }

    /// <summary>Where the member <c>max_completion_tokens</c> is, name and value; length 0 where there is none.</summary>
    internal JsonSlice MaxCompletionTokens { get; set; }

    /// <summary>Where the name in <see cref="MaxCompletionTokens"/> is, quotes included.</summary>
    internal JsonSlice MaxCompletionTokensName { get; set; }

    /// <summary>The edit that turns <c>include_usage</c> on: replaces this slice (an insertion where its length is 0).</summary>
    internal JsonSlice UsageEdit { get; set; }

    /// <summary>What <see cref="UsageEdit"/> writes; null where nothing need be changed.</summary>
    internal byte[]? UsageEditText { get; set; }

    /// <summary>Whether the client switched OpenAI's implicit cache breakpoint off.</summary>
    internal bool CachesExplicitly { get; set; }

    /// <summary>Whether an explicit cache breakpoint was seen.</summary>
    internal bool SawCacheBreakpoint { get; set; }

    /// <summary>What the format takes for an output limit at least.</summary>
    internal long FormatLowest { get; set; } = 1;

    /// <summary>Where an output limit is put into a body that has none; null: at the end of the body.</summary>
    internal LimitPlace? LimitPlace { get; set; }

    /// <summary>Whether a Gemini client wants its stream as one JSON array, which is written object by object.</summary>
    public bool StreamIsArray { get; internal set; }

    /// <summary>How many bytes the query of a reranking has, which is read once with each text.</summary>
    internal long QueryBytes { get; set; }

    /// <summary>Whether the body says that it wants no stream, in a format whose answers are streamed without a word.</summary>
    internal bool IsStreamRefused { get; set; }

    /// <summary>Whether a request for embeddings has several inputs, which Gemini takes at another path.</summary>
    internal bool IsBatch { get; set; }

    /// <summary>Where a body repeats the model that its path names.</summary>
    internal List<JsonSlice>? ModelTokens { get; set; }

    /// <summary>Where the value of <c>max_tool_calls</c> is; length 0 where there is none.</summary>
    internal JsonSlice ToolCallLimit { get; set; }

    /// <summary>The client's <c>max_tool_calls</c>; null where it has none.</summary>
    internal long? MaxToolCalls { get; set; }

    /// <summary>A tool of the provider's whose fee has no class in the price book; null: none.</summary>
    internal string? UnpricedTool { get; set; }

    /// <summary>Whether the request says that its answer shan't be kept.</summary>
    internal bool IsStoreRefused { get; set; }

    /// <summary>Anthropic's <c>thinking.budget_tokens</c>, the largest of several; 0: none.</summary>
    internal long ThinkingBudget { get; set; }

    /// <summary>The region that the model named is of (an ARN of AWS's); null where it may be anywhere.</summary>
    internal string? Region { get; set; }

    /// <summary>Whose model's format a body for Bedrock's InvokeModel has, as a name of such a model; null in other formats.</summary>
    internal string? InvokedAs { get; set; }

    /// <summary>What the output limit is called where the format doesn't say; null where it does.</summary>
    internal string? LimitMember { get; set; }

    /// <summary>Where Bedrock's <c>anthropic_beta</c> is, from its name to its value's end; length 0 where there is none.</summary>
    internal JsonSlice BetaMember { get; set; }

    /// <summary>What it says: the betas that the client asks for.</summary>
    internal List<string>? Betas { get; set; }

    private List<string>? otherModels;
    private List<OutputLimit>? outputLimits;
    private HashSet<ObjectReference>? references;
    private List<JsonSlice>? ownReasoning;

    internal void AddReference(ReferenceKind kind, string id) => (references ??= []).Add(new ObjectReference(kind, id));

    internal void AddOutputLimit(in OutputLimit limit)
    {
        (outputLimits ??= new List<OutputLimit>(1)).Add(limit);
        if (limit.Tokens is { } tokens)
        {
            MaxOutputTokens = Math.Max(tokens, MaxOutputTokens ?? 0);
        }
    }

    internal void AddOwnReasoning(JsonSlice place) => (ownReasoning ??= []).Add(place);

    internal void DropOwnModel() => otherModels?.Remove(Model);

    internal void AddOtherModel(string model)
    {
        otherModels ??= [];
        if (!otherModels.Contains(model))
        {
            otherModels.Add(model);
        }
    }
}
