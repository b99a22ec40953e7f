using System.Globalization;
using System.Text;
using Purser.Simulator.Faults;

namespace Purser.Simulator.Requests;

/// <summary>
/// What a prompt itself asks of the simulator: <c>[[simulate:DIRECTIVE,…]]</c> in the last message, when that is the user's. A directive
/// is the name of a fault (<c>ok</c>: none, whatever the plan says), <c>tool</c> or <c>tool=NAME</c> (call a tool), <c>tools=N</c> (call N at once),
/// <c>tokens=N</c> (the answer's length), <c>think=N</c> (hidden reasoning before it, where the model reasons), or, at the end, <c>args=JSON</c> (the
/// arguments of the calls; nothing checks that they fit the tool: plain text for one that takes that) or <c>say=TEXT</c> (the answer). A tool's result may ask for <c>say=TEXT</c> alone.
/// </summary>
/// <param name="Fault">The fault asked for; null when the plan decides.</param>
/// <param name="Calls">How many calls of tools are to be made. <value>0 to 16; 0: the request decides.</value></param>
/// <param name="ToolName">Of which one; null for the request's tools in turn.</param>
/// <param name="Tokens">The length of the answer, 1 to 100,000 tokens; null when the rule decides.</param>
/// <param name="Thinking">The length of its hidden reasoning, 1 to 100,000 tokens; null when the options decide.</param>
/// <param name="Arguments">The arguments of the calls, in ASCII; null when they are drawn.</param>
/// <param name="Says">The answer, in ASCII; null when it is drawn.</param>
internal sealed record Directives(
    FaultKind? Fault,
    int Calls,
    string? ToolName,
    int? Tokens,
    int? Thinking,
    byte[]? Arguments = null,
    byte[]? Says = null
)
{
    /// <summary>The longest answer that a prompt can ask for, in tokens.</summary>
    public const int MostTokens = 100_000;

    /// <summary>How many calls of tools a prompt can ask for.</summary>
    public const int MostCalls = 16;

    /// <summary>What precedes the text of an answer.</summary>
    public const string SayName = "say=";

    private const string ArgumentsName = "args=";

    /// <summary>Nothing is asked.</summary>
    public static Directives None { get; } = new(null, 0, null, null, null);

    /// <summary>Reads what stands between <c>[[simulate:</c> and <c>]]</c>.</summary>
    /// <returns>Null, and what is wrong, when it can't be read.</returns>
    public static Directives? Parse(string? marker, out string? error)
    {
        error = null;
        var directives = None;
        var rest = marker;
        while (rest is not null)
        {
            var isLast =
                rest.TrimStart().StartsWith(SayName, StringComparison.Ordinal)
                || rest.TrimStart().StartsWith(ArgumentsName, StringComparison.Ordinal);
            var comma = isLast ? -1 : rest.IndexOf(',', StringComparison.Ordinal);
            var part = (comma < 0 ? rest : rest[..comma]).Trim();
            rest = comma < 0 ? null : rest[(comma + 1)..];
            var number = 0;
            if (part.StartsWith(SayName, StringComparison.Ordinal) && Ascii.IsValid(part) && part.Length > SayName.Length)
            {
                directives = directives with { Says = Encoding.ASCII.GetBytes(part[SayName.Length..]) };
            }
            else if (part.StartsWith(ArgumentsName, StringComparison.Ordinal) && Ascii.IsValid(part) && part.Length > ArgumentsName.Length)
            {
                directives = directives with { Arguments = Encoding.ASCII.GetBytes(part[ArgumentsName.Length..]) };
            }
            else if (FaultPlan.TryParseKind(part, out var kind))
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
                    $"The simulator doesn't know '{part}' in [[simulate:{marker}]]: use a fault's name, ok, tool, tool=NAME, tools=N, tokens=N, think=N, args=JSON or say=TEXT (the last two in ASCII, at the end).";
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
