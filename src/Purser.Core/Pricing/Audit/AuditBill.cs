using Purser.Core.Usage;

namespace Purser.Core.Pricing.Audit;

/// <summary>What a cost is for.</summary>
public enum AuditBillKind
{
    /// <summary>Everything of a provider: the export isn't split by model.</summary>
    Everything,

    /// <summary>A model's use.</summary>
    Model,

    /// <summary>Web searches, of whatever model.</summary>
    WebSearch,

    /// <summary>Something that no usage of a model explains: code execution, storage.</summary>
    Other,
}

/// <summary>An amount that a vendor billed.</summary>
public sealed record AuditBill
{
    /// <summary>The provider, by its name in the price book.</summary>
    public required string Provider { get; init; }

    /// <summary>What it is for.</summary>
    public required AuditBillKind Kind { get; init; }

    /// <summary>The model, as the export names it; null where the cost is no model's.</summary>
    public string? Model { get; init; }

    /// <summary>When.</summary>
    public required AuditPeriod Period { get; init; }

    /// <summary>The amount in USD; negative for a credit.</summary>
    public required decimal Usd { get; init; }

    /// <summary>By how much the amount may be off because it was rounded when it was written, in USD.</summary>
    public decimal Precision { get; init; }

    /// <summary>On which terms, as far as the export says.</summary>
    public AuditTerms Terms { get; init; }

    /// <summary>The class that it is for; null where it is for more than one, or the export doesn't say.</summary>
    public UsageClass? Class { get; init; }

    /// <summary>How much of the class was billed; null where the export doesn't say.</summary>
    public long? Quantity { get; init; }

    /// <summary>What the export calls it.</summary>
    public required string Label { get; init; }
}
