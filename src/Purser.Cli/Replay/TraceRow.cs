namespace Purser.Cli.Replay;

/// <summary>One request of a trace.</summary>
/// <param name="Number">Its place in the trace, from 1.</param>
/// <param name="Offset">When it came, counted from the first one.</param>
/// <param name="InputTokens">The tokens of its prompt, at least 1.</param>
/// <param name="OutputTokens">The tokens of its answer, at least 1.</param>
/// <param name="Blocks">
/// What the prompt's blocks of <see cref="BlockTokens"/> tokens are known by, the last block being a partial one: equal numbers are
/// equal text. Null where the trace says nothing about content: then no two prompts begin alike.
/// </param>
internal sealed record TraceRow(int Number, TimeSpan Offset, int InputTokens, int OutputTokens, IReadOnlyList<long>? Blocks)
{
    /// <summary>How many tokens a block has.</summary>
    public const int BlockTokens = 512;
}
