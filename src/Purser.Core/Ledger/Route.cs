namespace Purser.Core.Ledger;

/// <summary>What was asked for and where it went, with the price that it is charged at. Stored once and named by journal entries.</summary>
/// <param name="api">The client's wire format.</param>
/// <param name="modelRequested">The model that the client named.</param>
/// <param name="provider">The provider's name in the configuration; empty for a refusal before a provider was chosen.</param>
/// <param name="model">The model that the provider was asked for.</param>
/// <param name="priceEntry">The price-book entry.</param>
/// <param name="priceBookVersion">The price book's version.</param>
public sealed class Route(string api, string modelRequested, string provider, string model, string priceEntry, string priceBookVersion)
{
    private byte[]? hash;

    /// <summary>The client's wire format.</summary>
    public string Api => api;

    /// <summary>The model that the client named.</summary>
    public string ModelRequested => modelRequested;

    /// <summary>The provider's name in the configuration.</summary>
    public string Provider => provider;

    /// <summary>The model that the provider was asked for.</summary>
    public string Model => model;

    /// <summary>The price-book entry.</summary>
    public string PriceEntry => priceEntry;

    /// <summary>The price book's version.</summary>
    public string PriceBookVersion => priceBookVersion;

    /// <summary>The hash under which the journal's chain covers this route, 32 bytes.</summary>
    public ReadOnlySpan<byte> Hash => hash ??= ContentHash.Of(Api, ModelRequested, Provider, Model, PriceEntry, PriceBookVersion);
}
