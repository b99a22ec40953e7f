namespace Purser.Core.Pricing;

/// <summary>The text of one price file.</summary>
/// <param name="Name">What errors call the file: usually its path.</param>
/// <param name="Text">YAML, in the form that <c>prices/schema.json</c> describes.</param>
public sealed record PriceFile(string Name, string Text);

/// <summary>What can be wrong in a price file.</summary>
public enum PriceErrorKind
{
    /// <summary>The text isn't YAML, or uses a part of YAML that price files don't have.</summary>
    Syntax,

    /// <summary>A key that isn't known there.</summary>
    UnknownKey,

    /// <summary>A key that has to be there isn't.</summary>
    MissingKey,

    /// <summary>A key is there twice.</summary>
    DuplicateKey,

    /// <summary>A value of the wrong type, form or range.</summary>
    WrongValue,

    /// <summary>A rate below zero.</summary>
    Negative,

    /// <summary>A rate of zero, or no rate at all, without <c>free: true</c>.</summary>
    NotFree,

    /// <summary>Two prices of a model hold at the same time.</summary>
    OverlappingDates,

    /// <summary>The model is in the book already, and <c>replace: true</c> isn't there.</summary>
    DuplicateModel,

    /// <summary>The alias means another model of the same provider already.</summary>
    DuplicateAlias,

    /// <summary>A contract, or a credit or bundle of one, has the id of another.</summary>
    DuplicateName,

    /// <summary>The price book doesn't have a provider or model that a contract names: a warning.</summary>
    UnknownName,
}

/// <summary>One thing that is wrong in a price file.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="File">The file's name.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Message">What is wrong, in a sentence.</param>
/// <param name="Suggestion">What to write instead; null where nothing can be said.</param>
public sealed record PriceError(PriceErrorKind Kind, string File, int Line, string Message, string? Suggestion)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}:{Line}: {Message}{(Suggestion is null ? "" : $" ({Suggestion})")}";
}

/// <summary>A price book, or everything that is wrong with its files.</summary>
/// <param name="Book">The book; null where there is any error.</param>
/// <param name="Errors">Every error, by file and line; empty where there is a book.</param>
public sealed record PriceBookResult(PriceBook? Book, IReadOnlyList<PriceError> Errors);
