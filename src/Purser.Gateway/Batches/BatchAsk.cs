using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Credentials;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Storage;
using Purser.Providers;
using Purser.Providers.Batches;

namespace Purser.Gateway.Batches;

/// <summary>A batch that a client wants made, once all its requests are understood.</summary>
/// <param name="Exchange">The client's request.</param>
/// <param name="Key">Whose it is.</param>
/// <param name="Subject">Whom it is for.</param>
/// <param name="Provider">Where it goes.</param>
/// <param name="Credential">What the provider is told who calls with: the batch belongs to this one.</param>
/// <param name="Format">The wire format of its requests.</param>
/// <param name="Plan">What it may cost.</param>
internal sealed record BatchAsk(
    Exchange Exchange,
    VirtualKey Key,
    Subject Subject,
    Provider Provider,
    UpstreamCredential Credential,
    WireFormat Format,
    BatchPlan Plan
)
{
    /// <summary>The vendor's batches.</summary>
    public BatchFormat Batches => Provider.Api.Batches!;

    /// <summary>What has to be held, an attempt for each model.</summary>
    /// <param name="priceBookVersion">The price book's version.</param>
    public IReadOnlyList<Admission> Admissions(string priceBookVersion) =>
        [
            .. Plan.Parts.Select(part => new Admission(
                new AttemptId(Exchange.RequestId, part.Part.Attempt),
                Subject,
                new Route(
                    Format.Name,
                    part.First.Model.Model,
                    part.First.Model.Provider,
                    part.First.Model.Model,
                    part.First.Price.Entry,
                    priceBookVersion
                ),
                part.Held,
                Exchange.StartedAt
            )),
        ];

    /// <summary>What the gateway keeps of it.</summary>
    public BatchRecord Record => new(AttemptId.NameOf(Exchange.RequestId), Format.Name, [.. Plan.Parts.Select(part => part.Part)]);

    /// <summary>The most that it can cost.</summary>
    public Money Most => Plan.Parts.Aggregate(Money.Zero, static (sum, part) => sum + part.Held.Cost);
}
