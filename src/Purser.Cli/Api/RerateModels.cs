namespace Purser.Cli.Api;

/// <summary>Which attempts to correct, and from where in the journal on.</summary>
internal sealed record RerateRequest
{
    public required string From { get; init; }

    public required string To { get; init; }

    public string? Provider { get; init; }

    public string? Model { get; init; }

    public bool DryRun { get; init; }

    public string? Reason { get; init; }

    public string? By { get; init; }

    public long? After { get; init; }

    public long? UpTo { get; init; }

    public long? UnderWay { get; init; }
}

/// <summary>What became of the attempts of one part of the journal.</summary>
/// <param name="Entries">How many entries it has.</param>
/// <param name="After">Its last entry: the next part begins after it.</param>
/// <param name="UpTo">The last entry of all parts.</param>
/// <param name="UnderWay">How many of the attempts hadn't ended by its last entry.</param>
/// <param name="Rerated">What was corrected.</param>
/// <param name="Left">What was left, and why.</param>
internal sealed record RerateView(
    long Entries,
    long After,
    long UpTo,
    long? UnderWay,
    IReadOnlyList<ReratedView> Rerated,
    IReadOnlyList<LeftView> Left
);

/// <summary>Attempts that were corrected.</summary>
internal sealed record ReratedView(
    string Provider,
    string Model,
    string FromEntry,
    string FromBook,
    string ToEntry,
    string ToBook,
    long Attempts,
    long Tokens,
    string WasUsd,
    string IsUsd
);

/// <summary>Attempts that stand as they were.</summary>
internal sealed record LeftView(string Provider, string Model, string Why, string? Detail, long Attempts, long Tokens, string WasUsd);
