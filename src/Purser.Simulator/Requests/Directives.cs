using System.Globalization;
using Purser.Simulator.Faults;

namespace Purser.Simulator.Requests;

/// <summary>
/// What a prompt itself asks of the simulator: <c>[[simulate:DIRECTIVE,…]]</c> in the last message, when that is the user's. A directive
/// is the name of a fault (<c>ok</c>: none, whatever the plan says), <c>tool</c> or <c>tool=NAME</c> (call a tool),
/// <c>tokens=N</c> (the answer's length), or <c>think=N</c> (hidden reasoning before it, where the model reasons).
/// </summary>
/// <param name="Fault">The fault asked for; null when the plan decides.</param>
/// <param name="Tool">Whether a tool is to be called.</param>
/// <param name="ToolName">Which one; null for the first.</param>
/// <param name="Tokens">The length of the answer, 1 to 100,000 tokens; null when the rule decides.</param>
/// <param name="Thinking">The length of its hidden reasoning, 1 to 100,000 tokens; null when the options decide.</param>
internal sealed record Directives(FaultKind? Fault, bool Tool, string? ToolName, int? Tokens, int? Thinking)
{
    /// <summary>The longest answer that a prompt can ask for, in tokens.</summary>
    public const int MostTokens = 100_000;

    /// <summary>Nothing is asked.</summary>
    public static Directives None { get; } = new(null, false, null, null, null);

    /// <summary>Reads what stands between <c>[[simulate:</c> and <c>]]</c>.</summary>
    /// <returns>Null, and what is wrong, when it can't be read.</returns>
    public static Directives? Parse(string? marker, out string? error)
    {
        error = null;
        var directives = None;
        foreach (var part in marker?.Split(',', StringSplitOptions.TrimEntries) ?? [])
        {
            var tokens = 0;
            if (FaultPlan.TryParseKind(part, out var kind))
            {
                directives = directives with { Fault = kind };
            }
            else if (part == "tool")
            {
                directives = directives with { Tool = true };
            }
            else if (part.StartsWith("tool=", StringComparison.Ordinal) && part.Length > 5)
            {
                directives = directives with { Tool = true, ToolName = part[5..] };
            }
            else if (TryTokens(part, "tokens=", out tokens))
            {
                directives = directives with { Tokens = tokens };
            }
            else if (TryTokens(part, "think=", out tokens))
            {
                directives = directives with { Thinking = tokens };
            }
            else
            {
                error =
                    $"The simulator doesn't know '{part}' in [[simulate:{marker}]]: use a fault's name, ok, tool, tool=NAME, tokens=N or think=N.";
                return null;
            }
        }

        return directives;
    }

    private static bool TryTokens(string part, string name, out int tokens)
    {
        tokens = 0;
        return part.StartsWith(name, StringComparison.Ordinal)
            && int.TryParse(part.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out tokens)
            && tokens is > 0 and <= MostTokens;
    }
}
