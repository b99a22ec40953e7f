using System.Globalization;
using Purser.Simulator.Faults;

namespace Purser.Simulator.Requests;

/// <summary>
/// What a prompt itself asks of the simulator: <c>[[simulate:DIRECTIVE,…]]</c> in the last message, when that is the user's. A directive
/// is the name of a fault (<c>ok</c>: none, whatever the plan says), <c>tool</c> or <c>tool=NAME</c> (call a tool), or
/// <c>tokens=N</c> (the answer's length).
/// </summary>
/// <param name="Fault">The fault asked for; null when the plan decides.</param>
/// <param name="Tool">Whether a tool is to be called.</param>
/// <param name="ToolName">Which one; null for the first.</param>
/// <param name="Tokens">The length of the answer, 1 to 100,000 tokens; null when the rule decides.</param>
internal sealed record Directives(FaultKind? Fault, bool Tool, string? ToolName, int? Tokens)
{
    /// <summary>The longest answer that a prompt can ask for, in tokens.</summary>
    public const int MostTokens = 100_000;

    /// <summary>Nothing is asked.</summary>
    public static Directives None { get; } = new(null, false, null, null);

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
            else if (
                part.StartsWith("tokens=", StringComparison.Ordinal)
                && int.TryParse(part.AsSpan(7), NumberStyles.None, CultureInfo.InvariantCulture, out tokens)
                && tokens is > 0 and <= MostTokens
            )
            {
                directives = directives with { Tokens = tokens };
            }
            else
            {
                error =
                    $"The simulator doesn't know '{part}' in [[simulate:{marker}]]: use a fault's name, ok, tool, tool=NAME or tokens=N.";
                return null;
            }
        }

        return directives;
    }
}
