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

    /// <summary>It calls a tool.</summary>
    Tool,
}

/// <summary>A call of a tool.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">The tool's name.</param>
/// <param name="Arguments">The arguments' JSON, in ASCII; cut short where the request's limit of tokens cuts it.</param>
internal sealed record ToolCall(string Id, string Name, byte[] Arguments);

/// <summary>One answer, complete before its first byte is sent.</summary>
/// <param name="Text">The visible text, in ASCII.</param>
/// <param name="Tool">The tool called instead of text; null for text.</param>
/// <param name="Thinking">The reasoning's text, for an API that shows it.</param>
/// <param name="OutputTokens">Tokens of the text or of the arguments.</param>
/// <param name="ReasoningTokens">Tokens of the reasoning.</param>
/// <param name="End">Why it ends.</param>
/// <param name="StopSequence">The stop sequence that ended it.</param>
/// <param name="Signature">The signature of the thinking block.</param>
internal sealed record Answer(
    byte[] Text,
    ToolCall? Tool,
    byte[] Thinking,
    int OutputTokens,
    int ReasoningTokens,
    AnswerEnd End,
    string? StopSequence,
    string? Signature
)
{
    /// <summary>All tokens of the answer.</summary>
    public int Tokens => OutputTokens + ReasoningTokens;
}
