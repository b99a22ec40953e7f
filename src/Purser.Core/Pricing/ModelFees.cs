using Purser.Core.Usage;

namespace Purser.Core.Pricing;

/// <summary>
/// Fees that hold for several models of a provider, at all times, where an entry lists none of its own: of tools that the provider runs, and
/// the like. They stand beside the entries, so that a fee that was unknown is added without changing what was charged by. A fee that changes is
/// listed by new entries.
/// </summary>
public sealed class ModelFees
{
    /// <summary>The provider.</summary>
    public required string Provider { get; init; }

    /// <summary>The ids of the models that they hold for; empty for all of the file's.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>The fees, in USD per unit of the class; never a rate for tokens, a flat fee of a request or its time; the fee
    /// of a request by its search's context only for models that always search.</summary>
    public required IReadOnlyDictionary<UsageClass, decimal> Rates { get; init; }

    /// <summary>Where the figures come from.</summary>
    public required string Source { get; init; }

    /// <summary>What a reader should know, if anything.</summary>
    public string? Note { get; init; }

    /// <summary>Whether they hold for a model.</summary>
    public bool HoldFor(string model) => Models.Count == 0 || Models.Contains(model);
}
