using Purser.Simulator.Tokens;

namespace Purser.Simulator.Answers;

/// <summary>Why an answer ends.</summary>
internal enum AnswerEnd
{
    /// <summary>It is complete.</summary>
    Natural,

    /// <summary>The request's limit of tokens is reached.</summary>
    Length,

    /// <summary>One of the request's stop sequences would come next.</summary>
    StopSequence,

    /// <summary>It calls tools.</summary>
    Tool,

    /// <summary>The provider withholds it: nothing of it is generated.</summary>
    Blocked,
}

/// <summary>A call of a tool.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">The tool's name.</param>
/// <param name="Arguments">The arguments' JSON, in ASCII; cut short where the request's limit of tokens cuts it.</param>
/// <param name="Tokens">The arguments' tokens.</param>
/// <param name="IsCut">Whether the limit cut it short, so that its arguments are no JSON.</param>
internal sealed record ToolCall(string Id, string Name, byte[] Arguments, int Tokens, bool IsCut)
{
    /// <summary>The namespace that the tool is in; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>Whether the arguments are plain text, for a tool that takes that.</summary>
    public bool IsFreeform { get; init; }
}

/// <summary>One answer, complete before its first byte is sent.</summary>
/// <param name="Text">The visible text, in ASCII.</param>
/// <param name="IsJson">Whether the text is JSON, as the request asked, and not words.</param>
/// <param name="Tools">The tools called instead of text; none for text.</param>
/// <param name="Thinking">The reasoning's text, for an API that shows it.</param>
/// <param name="OutputTokens">Tokens of the text or of the arguments.</param>
/// <param name="ReasoningTokens">Tokens of the reasoning.</param>
/// <param name="End">Why it ends.</param>
/// <param name="StopSequence">The stop sequence that ended it.</param>
/// <param name="Signature">The signature of the thinking block.</param>
internal sealed record Answer(
    byte[] Text,
    bool IsJson,
    IReadOnlyList<ToolCall> Tools,
    byte[] Thinking,
    int OutputTokens,
    int ReasoningTokens,
    AnswerEnd End,
    string? StopSequence,
    string? Signature
)
{
    /// <summary>An answer that is withheld.</summary>
    public static Answer Withheld { get; } = new([], false, [], [], 0, 0, AnswerEnd.Blocked, null, null);

    /// <summary>No answer, as none was wanted.</summary>
    public static Answer Empty { get; } = new([], false, [], [], 0, 0, AnswerEnd.Natural, null, null);

    /// <summary>Whether the text is words of one token each.</summary>
    public bool IsDrawn { get; init; } = true;

    /// <summary>All tokens of the answer.</summary>
    public int Tokens => OutputTokens + ReasoningTokens;

    /// <summary>How many bytes of a text the next piece of a stream takes: a token, and the space before it.</summary>
    public int NextPiece(ReadOnlySpan<byte> rest, out int tokens)
    {
        if (IsJson || !IsDrawn)
        {
            return TokenCounter.Take(rest, 1, out tokens);
        }

        tokens = 1;
        return Words.PieceEnd(rest, 0);
    }
}
