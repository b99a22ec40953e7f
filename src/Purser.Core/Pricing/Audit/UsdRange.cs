namespace Purser.Core.Pricing.Audit;

/// <summary>What something costs by the book: one amount, or a range where the export doesn't say enough for one.</summary>
/// <param name="Low">The least, in USD.</param>
/// <param name="High">The most, in USD.</param>
public readonly record struct UsdRange(decimal Low, decimal High)
{
    /// <summary>Whether it is one amount.</summary>
    public bool IsExact => Low == High;

    /// <summary>By how much an amount is outside: above the most, or (negative) below the least; 0 within.</summary>
    /// <param name="billed">The amount in USD.</param>
    /// <param name="tolerance">What counts as equal, in USD.</param>
    public decimal Outside(decimal billed, decimal tolerance) =>
        billed > High + tolerance ? billed - High
        : billed < Low - tolerance ? billed - Low
        : 0m;

    /// <summary>The sum.</summary>
    public static UsdRange operator +(UsdRange left, UsdRange right) => new(left.Low + right.Low, left.High + right.High);
}
