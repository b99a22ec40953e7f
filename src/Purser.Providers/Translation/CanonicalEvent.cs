namespace Purser.Providers.Translation;

/// <summary>What an event of a stream is.</summary>
public enum CanonicalEventKind
{
    /// <summary>The first event, once: <see cref="CanonicalEvent.Id"/> and <see cref="CanonicalEvent.Name"/> (the model), as far as they are known, and the usage where it's stated so early.</summary>
    Start,

    /// <summary>A block begins: <see cref="CanonicalEvent.Part"/> says of what; a tool call has its <see cref="CanonicalEvent.Id"/> and <see cref="CanonicalEvent.Name"/>.</summary>
    BlockStart,

    /// <summary>The next piece of an open block, in <see cref="CanonicalEvent.Text"/>: text, reasoning, or a tool's arguments (cut anywhere but within a character).</summary>
    Delta,

    /// <summary>The signature over an open block of reasoning, whole or a piece of it, in <see cref="CanonicalEvent.Text"/>.</summary>
    Signature,

    /// <summary>The log probabilities of the tokens that were just given: a JSON list in the form of chat completions, in <see cref="CanonicalEvent.Text"/>.</summary>
    LogProbs,

    /// <summary>A block ends.</summary>
    BlockEnd,

    /// <summary>A choice ends: <see cref="CanonicalEvent.Stop"/> says why. Its blocks have ended.</summary>
    Finish,

    /// <summary>The usage so far, in <see cref="CanonicalEvent.Usage"/>; the last one counts.</summary>
    Usage,

    /// <summary>The provider says that it's still there.</summary>
    KeepAlive,

    /// <summary>The stream ends as it should. Nothing follows.</summary>
    End,

    /// <summary>The stream ends with an error: <see cref="CanonicalEvent.Error"/>. Nothing follows.</summary>
    Error,
}

/// <summary>What a block of a stream holds.</summary>
public enum BlockPart
{
    /// <summary>Text for the reader.</summary>
    Text,

    /// <summary>A refusal in the model's words.</summary>
    Refusal,

    /// <summary>Reasoning that may be read.</summary>
    Reasoning,

    /// <summary>Reasoning that only the provider can read; its one delta is the encrypted text, whole.</summary>
    EncryptedReasoning,

    /// <summary>A tool call; its deltas are the arguments, as JSON text.</summary>
    ToolCall,

    /// <summary>A call of a freeform tool; its deltas are plain text.</summary>
    FreeformCall,

    /// <summary>What only the provider's own format knows; it has no deltas.</summary>
    Opaque,
}

/// <summary>
/// One event of a streamed answer. It's valid only during the call that gives it: the bytes are the reader's own. Order: one
/// <see cref="CanonicalEventKind.Start"/>, then blocks (several may be open at once), a <see cref="CanonicalEventKind.Finish"/> for each choice,
/// usage anywhere, and one <see cref="CanonicalEventKind.End"/> or <see cref="CanonicalEventKind.Error"/>.
/// </summary>
public readonly ref struct CanonicalEvent
{
    /// <summary>What it is.</summary>
    public CanonicalEventKind Kind { get; init; }

    /// <summary>The choice that it belongs to, 0 to 127.</summary>
    public int Choice { get; init; }

    /// <summary>The block that it belongs to: counted from 0 over the whole stream, in the order in which blocks begin.</summary>
    public int Block { get; init; }

    /// <summary>What the block holds.</summary>
    public BlockPart Part { get; init; }

    /// <summary>Valid UTF-8.</summary>
    public ReadOnlySpan<byte> Text { get; init; }

    /// <summary>The answer's or the tool call's id.</summary>
    public string? Id { get; init; }

    /// <summary>The model's or the tool's name; an opaque block's type.</summary>
    public string? Name { get; init; }

    /// <summary>The format that signed or encrypted a block of reasoning.</summary>
    public string? Signer { get; init; }

    /// <summary>Why a choice stopped.</summary>
    public StopReason Stop { get; init; }

    /// <summary>The stop sequence that it came to.</summary>
    public string? StopSequence { get; init; }

    /// <summary>What was used.</summary>
    public CanonicalUsage? Usage { get; init; }

    /// <summary>What went wrong.</summary>
    public WireError? Error { get; init; }
}

/// <summary>Takes the events of a stream, one after the other.</summary>
public abstract class CanonicalEvents
{
    /// <summary>Takes an event. What must be kept of it is copied.</summary>
    public abstract void Take(in CanonicalEvent next);
}
