namespace Purser.Core.Pricing.Import;

/// <summary>What an import does with a model.</summary>
public enum ImportState
{
    /// <summary>The book doesn't have it: it is added.</summary>
    New,

    /// <summary>The book has other rates: a new entry with a start is added; the entries before stay as they are.</summary>
    Changed,

    /// <summary>The book says all that the table says.</summary>
    Same,

    /// <summary>It can't be carried over.</summary>
    Refused,
}

/// <summary>One line of what an import would do.</summary>
/// <param name="Model">The model.</param>
/// <param name="State">What is done with it, or with the figure.</param>
/// <param name="Rate">The rate or figure; null where the line is about the model.</param>
/// <param name="InBook">What the book says, in USD per the unit in the rate's name; null where it says nothing.</param>
/// <param name="InTable">What the table says; null where it says nothing.</param>
/// <param name="Start">From when on; null where it isn't known.</param>
/// <param name="Why">Why it was refused; null where it wasn't.</param>
public sealed record ImportLine(
    string Model,
    ImportState State,
    string? Rate,
    decimal? InBook,
    decimal? InTable,
    DateTimeOffset? Start,
    string? Why
);

/// <summary>A price that the book gets beside those that it has.</summary>
/// <param name="Model">The model's id in the book.</param>
/// <param name="Price">The entry.</param>
public sealed record AddedPrice(string Model, SkuPrice Price);

/// <summary>What an import would do to a price book, worked out before anything is written.</summary>
/// <param name="Lines">Everything, model by model and rate by rate.</param>
/// <param name="NewModels">The models that the book doesn't have.</param>
/// <param name="NewPrices">The entries for models that it has, all of which start at a known instant.</param>
/// <param name="WithoutStart">The models whose rates differ and of which nobody says since when; nothing is written for them.</param>
public sealed record ImportPlan(
    IReadOnlyList<ImportLine> Lines,
    IReadOnlyList<PricedModel> NewModels,
    IReadOnlyList<AddedPrice> NewPrices,
    IReadOnlyList<string> WithoutStart
)
{
    /// <summary>Compares a table with a book.</summary>
    /// <param name="book">The book; null for an empty one.</param>
    /// <param name="table">One provider's part of a table.</param>
    /// <param name="at">The instant to compare at; prices that the table starts later are compared at their start.</param>
    /// <param name="start">Since when rates hold that the table gives no start for and that aren't the book's; null where nobody knows.</param>
    public static ImportPlan Of(PriceBook? book, PriceTable table, DateTimeOffset at, DateTimeOffset? start) =>
        new ImportComparison(book, at, start).Of(table);
}
