using Purser.Simulator.Caching;
using Purser.Simulator.Models;
using Purser.Simulator.Record;

namespace Purser.Simulator.Requests;

/// <summary>Which tool the answer must call.</summary>
internal enum ToolDemand
{
    /// <summary>None: the answer is text.</summary>
    None,

    /// <summary>The first one of the request.</summary>
    Any,

    /// <summary>The one that <see cref="ChatRequest.ToolName"/> names.</summary>
    Named,
}

/// <summary>What one pass over a request's body found: everything that the answer depends on.</summary>
internal sealed class ChatRequest
{
    /// <summary>The model asked for.</summary>
    public required ModelFacts Model { get; init; }

    /// <summary>Whether the answer is streamed.</summary>
    public bool Stream { get; init; }

    /// <summary>OpenAI's <c>stream_options.include_usage</c>.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>The most output tokens, reasoning included; null when the request doesn't say.</summary>
    public long? MaxTokens { get; init; }

    /// <summary>Whether an answer is wanted at all; a WebSocket may only be warmed up.</summary>
    public bool Generates { get; init; } = true;

    /// <summary>How many answers are wanted (OpenAI's <c>n</c>); 0 where nothing is generated, such as for embeddings.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>The texts that end an answer.</summary>
    public IReadOnlyList<string> StopSequences { get; init; } = [];

    /// <summary>The service tier that the answer names.</summary>
    public required string ServiceTier { get; init; }

    /// <summary>OpenAI's <c>user</c>, Anthropic's <c>metadata.user_id</c>.</summary>
    public string? EndUser { get; init; }

    /// <summary>Whether part of the output is reasoning.</summary>
    public bool Reasons { get; init; }

    /// <summary>The most tokens of reasoning; null when only <see cref="MaxTokens"/> limits them.</summary>
    public long? ReasoningBudget { get; init; }

    /// <summary>Whether the text of the reasoning is shown.</summary>
    public bool ShowsReasoning { get; init; }

    /// <summary>Anthropic's <c>inference_geo</c>.</summary>
    public string? InferenceGeo { get; init; }

    /// <summary>Which tool the request forces.</summary>
    public ToolDemand ToolDemand { get; init; }

    /// <summary>The tool that <see cref="ToolDemand.Named"/> names.</summary>
    public string? ToolName { get; init; }

    /// <summary>Where the array of tools lies in the body; empty when there is none.</summary>
    public Range Tools { get; init; }

    /// <summary>Where further arrays of tools lie in the body: those that come among the items of OpenAI's responses.</summary>
    public IReadOnlyList<Range> MoreTools { get; init; } = [];

    /// <summary>Whether the answer is to be JSON.</summary>
    public bool WantsJson { get; init; }

    /// <summary>Where the schema of the JSON wanted lies in the body; empty when there is none.</summary>
    public Range OutputSchema { get; init; }

    /// <summary>The schema of the JSON wanted, where it stands in the body as text; null otherwise.</summary>
    public byte[]? OutputSchemaJson { get; init; }

    /// <summary>The prompt's tokens, cached or not.</summary>
    public long PromptTokens { get; init; }

    /// <summary>The prompt's tokens by modality; null where the format doesn't tell them.</summary>
    public ModalityTokens? Modalities { get; init; }

    /// <summary>The prefixes of the prompt that a cache may hold, shortest first.</summary>
    public IReadOnlyList<PrefixPoint> Prefixes { get; init; } = [];

    /// <summary>What is to be embedded; null for other requests.</summary>
    public EmbeddingRequest? Embedding { get; init; }

    /// <summary>What is to be ranked; null for other requests.</summary>
    public RerankRequest? Rerank { get; init; }

    /// <summary>What is billed where it isn't tokens; null where it is.</summary>
    public BilledUnits? Units { get; init; }

    /// <summary>The image or the sound that is wanted; null for other requests.</summary>
    public MediaRequest? Media { get; init; }

    /// <summary>How many texts are to be classified (OpenAI's moderations).</summary>
    public int Classified { get; init; }

    /// <summary>The version that the body names: Anthropic's <c>anthropic_version</c> on Vertex.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>What a response repeats of its request; null for other formats.</summary>
    public ResponseEcho? Echo { get; init; }

    /// <summary>The text between <c>[[simulate:</c> and <c>]]</c> in the last message, when that is the user's.</summary>
    public string? Marker { get; init; }
}
