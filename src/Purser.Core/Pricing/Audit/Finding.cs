namespace Purser.Core.Pricing.Audit;

/// <summary>What a finding's amount means.</summary>
public enum FindingKind
{
    /// <summary>Billed above the book: it may be recovered.</summary>
    Above,

    /// <summary>Billed below the book: the bill, or the book, may be wrong.</summary>
    Below,

    /// <summary>Billed, and not explained by usage; or used, and not billed.</summary>
    Unexplained,

    /// <summary>What the export leaves open, or can't be priced.</summary>
    Open,

    /// <summary>At most this much less would have been paid on other terms that the book has.</summary>
    Saving,
}

/// <summary>What an audit found: a name, an amount, the evidence, and what to do.</summary>
public sealed record Finding
{
    /// <summary>A stable name: <c>cached_at_input_rate</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What the amount means.</summary>
    public required FindingKind Kind { get; init; }

    /// <summary>The provider.</summary>
    public required string Provider { get; init; }

    /// <summary>The model, or what else was billed; null where it is about all of the provider.</summary>
    public string? Subject { get; init; }

    /// <summary>The amount in USD, negative only for a credit; null where there is none.</summary>
    public decimal? Usd { get; init; }

    /// <summary>What shows it, in a sentence.</summary>
    public required string Evidence { get; init; }

    /// <summary>What to do about it, in a sentence.</summary>
    public required string Action { get; init; }
}
