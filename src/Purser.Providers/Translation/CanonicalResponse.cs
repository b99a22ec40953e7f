using System.Text.Json;
using Purser.Core.Usage;

namespace Purser.Providers.Translation;

/// <summary>A whole answer that was not streamed.</summary>
public sealed record CanonicalResponse
{
    /// <summary>The provider's id of the answer; null where its format has none.</summary>
    public string? Id { get; init; }

    /// <summary>The model that the answer names; null where it names none.</summary>
    public string? Model { get; init; }

    /// <summary>The answers; one as a rule.</summary>
    public IReadOnlyList<CanonicalChoice> Choices { get; init; } = [];

    /// <summary>What was used; null where the answer says nothing of it.</summary>
    public CanonicalUsage? Usage { get; init; }

    /// <summary>The service tier that the answer names.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>The format that it was read from.</summary>
    public string Format { get; init; } = "";

    /// <summary>The provider's bytes, as long as nothing was changed since they were read: null for every copy that was made by <c>with</c>.</summary>
    public ReadOnlyMemory<byte>? Untouched =>
        source is { } known && ReferenceEquals(known.Item1, this) ? known.Item2 : (ReadOnlyMemory<byte>?)null;

    private Tuple<CanonicalResponse, ReadOnlyMemory<byte>>? source;

    internal void ReadFrom(ReadOnlyMemory<byte> body) => source = Tuple.Create(this, body);
}

/// <summary>One of an answer's choices.</summary>
/// <param name="Index">Its index, from 0.</param>
/// <param name="Parts">What the model said, in order.</param>
/// <param name="Stop">Why it stopped.</param>
/// <param name="StopSequence">The stop sequence that ended it, where the provider says so.</param>
/// <param name="LogProbs">The log probabilities, in the form of chat completions: the list that <c>logprobs.content</c> is there.</param>
public sealed record CanonicalChoice(
    int Index,
    IReadOnlyList<CanonicalPart> Parts,
    StopReason Stop,
    string? StopSequence = null,
    JsonElement? LogProbs = null
);

/// <summary>
/// What an answer used, in disjoint classes. Formats differ in what they call input: OpenAI's and Gemini's has the cached tokens in it,
/// Anthropic's and Bedrock's has them beside it. A writer adds up what its own format means.
/// </summary>
/// <param name="Tokens">The quantities.</param>
public sealed record CanonicalUsage(TokenUsage Tokens);

/// <summary>Why a model stopped.</summary>
public enum StopReason
{
    /// <summary>It isn't said, or it's a reason that Purser doesn't know.</summary>
    Unknown,

    /// <summary>It was done.</summary>
    EndTurn,

    /// <summary>It reached the limit of output tokens.</summary>
    Length,

    /// <summary>It came to a stop sequence.</summary>
    StopSequence,

    /// <summary>It calls tools and waits for their results.</summary>
    ToolCalls,

    /// <summary>It refused, or a filter stopped it.</summary>
    Refusal,

    /// <summary>It paused in a long turn, and goes on when the answer is sent back.</summary>
    Pause,

    /// <summary>The context window is full.</summary>
    ContextWindow,
}
