using System.Globalization;
using Purser.Core.Pricing;
using Purser.Routing;
using Purser.Routing.WhatIf;

namespace Purser.Cli.WhatIf;

/// <summary>The words of <c>router whatif</c>, the same in the table's text and in JSON.</summary>
internal static class WhatIfText
{
    /// <summary>What the figures rest on, in three sentences.</summary>
    public static IReadOnlyList<string> RestsOn(WhatIfReport report) =>
        [
            $"The low end moves only what is routine by a fixed rule: {Count(report.RoutineRuns, "run")} of sub-agents (of {Count(report.Runs, "run")} in all) "
                + "that did nothing but read, search and say what they found, in few tokens and without thinking, to the next cheaper model; "
                + $"the high end moves all {Count(report.Movable, "call")} (of {report.Steps}) that fit a cheaper model, as a router could that is never wrong.",
            $"The middle is {Percent(report.Share)} of the way{Basis(report.Share)}; none of it was measured on your work.",
            "Each call is priced with the tokens that it had and a prompt cache of each model's own, so that a move pays for writing the cache anew; answers "
                + "of another length, retries and escalations aren't in it"
                + (
                    report.Low.Sampled is null
                        ? ", and one session says nothing of others."
                        : $", and the intervals are of {Count(report.Sessions, "session")} drawn anew."
                ),
        ];

    /// <summary>What would make the interval smaller.</summary>
    public const string NarrowedBy =
        "Narrower with evidence of your own: calls through Purser in `suggest` or `shadow` mode, with what became of them, show which kinds a cheaper model does as well.";

    /// <summary>What holds of all figures.</summary>
    public const string ListPrices = "Costs are at list prices: what a subscription or a contract bills instead isn't in a log.";

    /// <summary>What was left out, a line each; none where all counts.</summary>
    public static IEnumerable<string> LeftOut(WhatIfReport report, LogTally tally)
    {
        foreach (var (found, steps) in report.Unpriced)
        {
            yield return $"not in the sums: {Count(steps, "call")} of {found.Model} ({found.Provider}): {found.Why}";
        }
        (long Number, string What)[] counts =
        [
            (tally.BadLines, "line that is no JSON object, or longer than 64 MB"),
            (tally.Unfinished, "log whose last line isn't whole yet"),
            (tally.UnreadableFiles, "log that can't be read"),
            (tally.BadUsage, "call whose usage isn't stated, or contradicts itself"),
            (tally.NotText, "call with audio, images or other pieces"),
            (tally.Synthetic, "answer that the agent made itself"),
        ];
        foreach (var (number, what) in counts.Where(count => count.Number > 0))
        {
            yield return $"left out: {number} × {what}";
        }
        if (tally.Repeated > 0)
        {
            yield return $"counted once: {tally.Repeated} × a call that another line or file has too";
        }
        foreach (var candidate in report.Candidates.Where(candidate => candidate.Unknown.Count > 0))
        {
            yield return $"tokenizers: nothing says how many tokens of {candidate.Candidate.Name} one of {string.Join(", ", candidate.Unknown)} is; 1 is taken";
        }
    }

    /// <summary>A kind, as it is printed.</summary>
    public static string Name(StepKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>A class of work, in snake_case.</summary>
    public static string Name(TaskClass kind) =>
        string.Concat(
            kind.ToString()
                .Select(
                    (letter, index) =>
                        index > 0 && char.IsUpper(letter) ? $"_{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"
                )
        );

    /// <summary>An amount for a sentence: cents, or a hundredth of them below a dollar.</summary>
    public static string Show(long nanos)
    {
        var usd = new Money(nanos).Usd;
        var digits = Math.Abs(usd).ToString(Math.Abs(usd) < 1m ? "0.0000" : "#,0.00", CultureInfo.InvariantCulture);
        return usd < 0 ? $"-${digits}" : $"${digits}";
    }

    /// <summary>A part of the cost, in percent with a decimal; empty where nothing was spent.</summary>
    public static string? PercentOf(long nanos, long cost) =>
        cost == 0 ? null : (100m * nanos / cost).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Basis(decimal share) =>
        share == WhatIfAnalysis.DefaultShare
            ? ": half of the 72 % of questions on which a weak model did as well as a strong one in RouteLLM's published outcomes (GSM8K, n=639; "
                + "on MMLU, n=5970, it was 84 %), where the half is a judgement"
            : ", as --share says";

    private static string Percent(decimal share) => $"{(100m * share).ToString("0.#", CultureInfo.InvariantCulture)} %";

    private static string Count(long number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";
}
