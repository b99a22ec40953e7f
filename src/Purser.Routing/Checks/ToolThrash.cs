namespace Purser.Routing.Checks;

/// <summary>A call of a tool that has its result, in a conversation.</summary>
/// <param name="Tool">The tool.</param>
/// <param name="Arguments">What it was called with.</param>
/// <param name="Result">What it gave back.</param>
/// <param name="IsError">Whether the client says that it failed.</param>
public sealed record ToolOutcome(string Tool, string Arguments, string Result, bool IsError);

/// <summary>Whether an agent runs against a wall: it made the same call again, and it failed again.</summary>
public static class ToolThrash
{
    // Formats without a mark for failures have them in the text alone.
    private static readonly string[] Failures =
    [
        "error",
        "fatal",
        "traceback (most recent call last)",
        "exception",
        "command failed",
        "failed",
        "permission denied",
        "no such file",
        "exit code 1",
        "exit code: 1",
        "\"error\"",
        "{\"error\"",
    ];

    /// <summary>Whether the last two calls of a conversation are the same, and both failed.</summary>
    /// <param name="outcomes">The calls with their results, in order; the last of them is what the next answer goes on from.</param>
    public static bool IsSeen(IReadOnlyList<ToolOutcome> outcomes) =>
        outcomes is [.., var before, var last]
        && before.Tool == last.Tool
        && before.Arguments.AsSpan().Trim().SequenceEqual(last.Arguments.AsSpan().Trim())
        && HasFailed(before)
        && HasFailed(last);

    private static bool HasFailed(ToolOutcome outcome) =>
        outcome.IsError
        || Array.Exists(Failures, words => outcome.Result.AsSpan().TrimStart().StartsWith(words, StringComparison.OrdinalIgnoreCase));
}
