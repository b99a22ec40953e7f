namespace Purser.Gateway.Analytics;

/// <summary>What <see cref="AnalyticsVerifier"/> found in a data folder.</summary>
public sealed record AnalyticsReport
{
    /// <summary>How many problems are described; <see cref="ProblemCount"/> counts them all.</summary>
    public const int MostProblems = 20;

    /// <summary>How many segments there are.</summary>
    public required int Segments { get; init; }

    /// <summary>How many rows they have.</summary>
    public required long Rows { get; init; }

    /// <summary>How long their files are together.</summary>
    public required long Bytes { get; init; }

    /// <summary>The number of the last entry of the journal that is in a segment.</summary>
    public required long SealedTo { get; init; }

    /// <summary>What the journal's entries up to there cost, in nano-dollars.</summary>
    public required Int128 JournalNanos { get; init; }

    /// <summary>What the segments' rows cost, in nano-dollars.</summary>
    public required Int128 SegmentNanos { get; init; }

    /// <summary>How many totals of an account, a model and a day were compared.</summary>
    public required int Totals { get; init; }

    /// <summary>How many problems there are.</summary>
    public required int ProblemCount { get; init; }

    /// <summary>The first of them, as sentences.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Whether all is as it should be.</summary>
    public bool IsClean => ProblemCount == 0;
}
