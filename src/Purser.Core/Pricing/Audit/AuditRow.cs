using Purser.Core.Usage;

namespace Purser.Core.Pricing.Audit;

/// <summary>What a provider billed for a model on a day, and what the book says.</summary>
public sealed record AuditRow
{
    /// <summary>The provider.</summary>
    public required string Provider { get; init; }

    /// <summary>The model, by its id in the book where the book has it; else what was billed, in parentheses.</summary>
    public required string Model { get; init; }

    /// <summary>The first day (UTC).</summary>
    public required DateOnly From { get; init; }

    /// <summary>The last day (UTC).</summary>
    public required DateOnly To { get; init; }

    /// <summary>How many requests, as far as the export says.</summary>
    public long Requests { get; init; }

    /// <summary>What was used.</summary>
    public TokenUsage Usage { get; init; }

    /// <summary>What was billed, in USD; null where no cost is in the files.</summary>
    public decimal? Billed { get; init; }

    /// <summary>What it costs by the book; null where none of it has a price, or no usage is in the files.</summary>
    public UsdRange? Book { get; init; }

    /// <summary>Whether a part of the usage has no price, so that <see cref="Book"/> isn't all of it.</summary>
    public bool IsPartlyUnpriced { get; init; }

    /// <summary>
    /// By how much the bill is above (or, negative, below) the book, where the book's range can't explain it, in USD; null where there is
    /// nothing to compare.
    /// </summary>
    public decimal? Difference { get; init; }

    /// <summary>This row and another as one, of whatever days.</summary>
    public AuditRow Plus(AuditRow other)
    {
        return this with
        {
            From = From < other.From ? From : other.From,
            To = To > other.To ? To : other.To,
            Requests = Requests + other.Requests,
            Usage = AuditUsage.Sum(Usage, other.Usage),
            Billed = Sum(Billed, other.Billed),
            IsPartlyUnpriced = IsPartlyUnpriced || other.IsPartlyUnpriced,
            Book = Book is { } mine && other.Book is { } theirs ? mine + theirs : Book ?? other.Book,
            Difference = Sum(Difference, other.Difference),
        };
    }

    private static decimal? Sum(decimal? left, decimal? right) => left is null ? right : left + (right ?? 0m);
}

/// <summary>What an audit says.</summary>
/// <param name="Rows">A row a provider, model and day, in that order.</param>
/// <param name="Findings">What was found, the kinds in their order and the largest amounts first.</param>
public sealed record AuditReport(IReadOnlyList<AuditRow> Rows, IReadOnlyList<Finding> Findings);
