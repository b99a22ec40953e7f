using Purser.Core.Pricing;

namespace Purser.Core.Routing;

/// <summary>What a request asks for, as far as routing and money are concerned. Read in one pass over the body; holds no content.</summary>
public sealed record TaskProfile
{
    /// <summary>The client's wire format, by its name: <c>chat</c>, <c>messages</c>.</summary>
    public required string Format { get; init; }

    /// <summary>The model that the client named.</summary>
    public required string Model { get; init; }

    /// <summary>Whether the answer is to be streamed.</summary>
    public bool Stream { get; init; }

    /// <summary>The body's length in bytes: a token is at least one byte, so it bounds the input.</summary>
    public required long BodyBytes { get; init; }

    /// <summary>The most output tokens that the client allows for each choice, or null.</summary>
    public long? MaxOutputTokens { get; init; }

    /// <summary>How many answers are asked for, at least 1.</summary>
    public long Choices { get; init; } = 1;

    /// <summary>How many inputs are read one by one, each in a context of its own, at least 1.</summary>
    public long Inputs { get; init; } = 1;

    /// <summary>The most input tokens, where something else than the body's length bounds them; null where that does.</summary>
    public long? MaxInputTokens { get; init; }

    /// <summary>What some models bill by the piece: images, speech, audio.</summary>
    public PieceBounds Pieces { get; init; }

    /// <summary>The most search units that a reranking may be billed as, which are its price in place of tokens; 0 where it's no reranking.</summary>
    public long SearchUnits { get; init; }

    /// <summary>
    /// Whether it's a conversation, whose output is text that is seen as it comes and can be limited. Embeddings, images and audio are none.
    /// </summary>
    public bool IsConversation => MaxInputTokens is null && Pieces == default && SearchUnits == 0 && MaxOutputTokens is not 0;

    /// <summary>Whether the body offers tools.</summary>
    public bool HasTools { get; init; }

    /// <summary>The most tool calls that the provider itself may run; 0 where it can't.</summary>
    public long HostedToolCalls { get; init; }

    /// <summary>Whether the provider may search the web.</summary>
    public bool HasWebSearch { get; init; }

    /// <summary>
    /// How many of <see cref="HostedToolCalls"/> are for a search that a chat completion asks for by its options. A model that has a fee for each
    /// request by the size of its search's context has all that in its fee.
    /// </summary>
    public long SearchOptionCalls { get; init; }

    /// <summary>The size of the search's context that the request names (<c>low</c>, <c>medium</c>, <c>high</c>); null where it names none.</summary>
    public string? SearchContext { get; init; }

    /// <summary>How many searches each such call may be billed as, at least 1.</summary>
    public long SearchesPerCall { get; init; } = 1;

    /// <summary>Whether there is input that its bytes don't bound: images, audio, documents, references to stored things.</summary>
    public bool UnboundedInput { get; init; }

    /// <summary>Whether tools that the provider runs may bring input that its bytes don't bound.</summary>
    public bool ToolsAddInput { get; init; }

    /// <summary>Whether the input has other modalities than text.</summary>
    public bool NonTextInput { get; init; }

    /// <summary>Which prompt-cache writes the request asks for.</summary>
    public CacheWriteHint CacheWrites { get; init; }

    /// <summary>Whether the answer may hold audio.</summary>
    public bool AudioOutput { get; init; }

    /// <summary>Bytes of predicted output, whose rejected tokens are billed as output.</summary>
    public long PredictionBytes { get; init; }

    /// <summary>Whether the provider may summarize the conversation on its way, which is one more turn.</summary>
    public bool MayCompact { get; init; }

    /// <summary>Other models that the provider may run for this request and bill at their own prices.</summary>
    public IReadOnlyList<string> OtherModels { get; init; } = [];

    /// <summary>Whether the provider chooses such other models itself.</summary>
    public bool OpenEndedModels { get; init; }

    /// <summary>
    /// The most tokens that a provider adds around a prompt that offers tools (Anthropic documents 159 to 804 tokens of system prompt for tool use);
    /// 0 where there are none.
    /// </summary>
    public long ToolPromptTokens => HasTools ? 1024 : 0;

    /// <summary>
    /// The same where the request is translated for its provider: tools that the vendor of the client's format runs are unknown there, and left out.
    /// </summary>
    /// <param name="dropsTier">Whether the service tier is left out, as the speed is.</param>
    public TaskProfile Translated(bool dropsTier) =>
        this with
        {
            HostedToolCalls = 0,
            HasWebSearch = false,
            SearchOptionCalls = 0,
            ToolsAddInput = false,
            IsTranslated = true,
            Terms = dropsTier ? Terms with { ServiceTier = null, Speed = null } : Terms with { Speed = null },
        };

    /// <summary>Whether the provider's format is another than the client's.</summary>
    public bool IsTranslated { get; private init; }

    /// <summary>How often the provider may run the model: once, and again after each tool call of its own.</summary>
    public long Turns => HostedToolCalls + (MayCompact ? 2 : 1);

    /// <summary>Whether it's a line of a batch, which is billed on the tier that <see cref="Terms"/> name, and on no other.</summary>
    public bool InBatch { get; init; }

    /// <summary>What else the price depends on, as the request asks for it.</summary>
    public PricingTerms Terms { get; init; }
}
