using System.Security.Cryptography;
using System.Text;

namespace Purser.Core.Ledger;

/// <summary>What was asked for and where it went, with the price that it is charged at. Stored once and named by journal entries.</summary>
/// <param name="Api">The client's wire format.</param>
/// <param name="ModelRequested">The model that the client named.</param>
/// <param name="Provider">The provider's name in the configuration.</param>
/// <param name="Model">The model that the provider was asked for.</param>
/// <param name="PriceEntry">The price-book entry.</param>
/// <param name="PriceBookVersion">The price book's version.</param>
public sealed record Route(string Api, string ModelRequested, string Provider, string Model, string PriceEntry, string PriceBookVersion)
{
    /// <summary>The hash under which the journal's chain covers this route.</summary>
    public byte[] Hash() =>
        SHA256.HashData(
            Encoding.UTF8.GetBytes(string.Join('\u001f', Api, ModelRequested, Provider, Model, PriceEntry, PriceBookVersion))
        );
}
