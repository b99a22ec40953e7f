using System.Globalization;
using Purser.Simulator.Faults;

namespace Purser.Simulator.Requests;

/// <summary>
/// What a prompt itself asks of the simulator: <c>[[simulate:DIRECTIVE,…]]</c> in the last message, when that is the user's. A directive
/// is the name of a fault (<c>ok</c>: none, whatever the plan says), <c>tool</c> or <c>tool=NAME</c> (call a tool), <c>tools=N</c> (call N at once),
/// <c>tokens=N</c> (the answer's length), or <c>think=N</c> (hidden reasoning before it, where the model reasons).
/// </summary>
/// <param name="Fault">The fault asked for; null when the plan decides.</param>
/// <param name="Calls">How many calls of tools are to be made. <value>0 to 16; 0: the request decides.</value></param>
/// <param name="ToolName">Of which one; null for the request's tools in turn.</param>
/// <param name="Tokens">The length of the answer, 1 to 100,000 tokens; null when the rule decides.</param>
/// <param name="Thinking">The length of its hidden reasoning, 1 to 100,000 tokens; null when the options decide.</param>
internal sealed record Directives(FaultKind? Fault, int Calls, string? ToolName, int? Tokens, int? Thinking)
{
    /// <summary>The longest answer that a prompt can ask for, in tokens.</summary>
    public const int MostTokens = 100_000;

    /// <summary>How many calls of tools a prompt can ask for.</summary>
    public const int MostCalls = 16;

    /// <summary>Nothing is asked.</summary>
    public static Directives None { get; } = new(null, 0, null, null, null);

    /// <summary>Reads what stands between <c>[[simulate:</c> and <c>]]</c>.</summary>
    /// <returns>Null, and what is wrong, when it can't be read.</returns>
    public static Directives? Parse(string? marker, out string? error)
    {
        error = null;
        var directives = None;
        foreach (var part in marker?.Split(',', StringSplitOptions.TrimEntries) ?? [])
        {
            var number = 0;
            if (FaultPlan.TryParseKind(part, out var kind))
            {
                directives = directives with { Fault = kind };
            }
            else if (part == "tool")
            {
                directives = directives with { Calls = Math.Max(1, directives.Calls) };
            }
            else if (part.StartsWith("tool=", StringComparison.Ordinal) && part.Length > 5)
            {
                directives = directives with { Calls = Math.Max(1, directives.Calls), ToolName = part[5..] };
            }
            else if (TryNumber(part, "tools=", MostCalls, out number))
            {
                directives = directives with { Calls = number };
            }
            else if (TryNumber(part, "tokens=", MostTokens, out number))
            {
                directives = directives with { Tokens = number };
            }
            else if (TryNumber(part, "think=", MostTokens, out number))
            {
                directives = directives with { Thinking = number };
            }
            else
            {
                error =
                    $"The simulator doesn't know '{part}' in [[simulate:{marker}]]: use a fault's name, ok, tool, tool=NAME, tools=N, tokens=N or think=N.";
                return null;
            }
        }

        return directives;
    }

    private static bool TryNumber(string part, string name, int most, out int number)
    {
        number = 0;
        return part.StartsWith(name, StringComparison.Ordinal)
            && int.TryParse(part.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number > 0
            && number <= most;
    }
}
