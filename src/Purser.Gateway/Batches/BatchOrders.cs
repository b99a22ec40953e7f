using System.Collections.Frozen;
using Microsoft.AspNetCore.Http.Features;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Objects;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Providers;

namespace Purser.Gateway.Batches;

/// <summary>Takes the order for a batch: finds its requests and where it goes, and has it made.</summary>
internal sealed class BatchOrders(
    FrozenDictionary<string, Provider> providers,
    ModelCatalog catalog,
    OwnedObjects objects,
    BatchRequests requests,
    BatchCreation creation,
    Lanes lanes,
    SpillFolder spill,
    GatewayOptions options
)
{
    private const long LargestOrder = 1 << 20;

    // What a batch's requests can be for: the answers to these are read.
    private static readonly FrozenSet<string> Formats = FrozenSet.Create(StringComparer.Ordinal, "chat", "responses", "embeddings");

    /// <summary><c>POST /v1/batches</c>: the requests are in a file that the account has sent through here.</summary>
    public async Task<Refusal?> FromFileAsync(BatchCall call)
    {
        var exchange = call.Exchange;
        if (await exchange.ReadBodyAsync(new BodyLimits(LargestOrder, Spill: null)) is { } unread)
        {
            return unread;
        }

        var (order, refusal) = BatchOrder.Read(exchange.Body.Written);
        if (order is null)
        {
            return refusal;
        }

        if (
            objects.Find(OwnedKind.File, order.InputFile, call.AccountId) is not { } file
            || !providers.TryGetValue(file.Provider, out var provider)
            || provider.Api.Batches != call.Batches
        )
        {
            return BatchRequests.NoFile(order.InputFile);
        }

        if (FormatOf(provider, order.Endpoint) is not { } format)
        {
            return Refusal.BadRequest("invalid_endpoint", $"Batches for '{order.Endpoint}' aren't served here; {Served(provider)} are.");
        }

        if (provider.Credentials.Find(file.Credential) is not { } credential)
        {
            return Refusal.NoCredential(provider.Options.Name);
        }

        if (exchange.Subscription?.For(provider) is not null)
        {
            return OnSubscription;
        }

        var pin = new ObjectPin(file.Provider, file.Credential, $"the batch's input file '{file.Id}'");
        var target = new BatchTarget(call.Batches, format, order.Endpoint, provider.Options.Name, pin);
        var plan = new BatchPlan(target, catalog, objects, call.AccountId, exchange.StartedAt);
        refusal = await requests.FromFileAsync(provider, credential, order.InputFile, plan, call.Http.RequestAborted);
        if (refusal is not null)
        {
            return refusal;
        }

        var subject = call.Identity.SubjectForBatch(order.Metadata, options.Repositories);
        using var content = new SentOnce(exchange.Body.Written);
        return await creation.MakeAsync(new BatchAsk(exchange, call.Identity.Key, subject, provider, credential, format, plan), content);
    }

    /// <summary><c>POST /v1/messages/batches</c>: the requests are in the body.</summary>
    public async Task<Refusal?> FromBodyAsync(BatchCall call)
    {
        var exchange = call.Exchange;
        if (call.Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = call.Batches.MostBytes;
        }

        if (await exchange.ReadBodyAsync(new BodyLimits(call.Batches.MostBytes, spill)) is { } unread)
        {
            return unread;
        }

        var chosen = default(Provider);
        var body = exchange.Body.Written;
        var (plan, refusal) = BatchRequests.FromBody(body, Begin);
        if (plan is null || refusal is not null)
        {
            return refusal;
        }

        exchange.Pin = plan.Pin;
        if (lanes.Pick(plan.Parts[0].First.Model, exchange) is not var (credential, _))
        {
            return exchange.Pin?.Gone ?? Refusal.NoCredential(chosen!.Options.Name);
        }

        if (credential.Authorization is not null)
        {
            return OnSubscription;
        }

        var subject = call.Identity.SubjectForBatch(null, options.Repositories);
        var ask = new BatchAsk(exchange, call.Identity.Key, subject, chosen!, credential, ProviderCatalog.Messages, plan);
        using var content = new SentOnce(body);
        return await creation.MakeAsync(ask, content);

        (BatchPlan, Refusal?) Begin(ReadOnlyMemory<byte> request)
        {
            (chosen, var begun, var refused) = First(call, request);
            return (begun, refused);
        }
    }

    /// <summary>The first provider that takes the first request: all others have to go there too.</summary>
    private (Provider Provider, BatchPlan Plan, Refusal? Refusal) First(BatchCall call, ReadOnlyMemory<byte> request)
    {
        var first = default((Provider, BatchPlan, Refusal?)?);
        foreach (var named in options.Providers)
        {
            var provider = providers[named.Name];
            if (provider.Api.Batches != call.Batches)
            {
                continue;
            }

            var target = new BatchTarget(call.Batches, ProviderCatalog.Messages, null, named.Name);
            var plan = new BatchPlan(target, catalog, objects, call.AccountId, call.Exchange.StartedAt);
            var refusal = plan.Add(request);
            if (refusal is null)
            {
                return (provider, plan, null);
            }

            first ??= (provider, plan, refusal);
        }

        return first
            ?? (
                null!,
                null!,
                new Refusal(404, Refusal.NotFound, "No provider here takes batches of messages: it's Anthropic's API that does.")
            );
    }

    private static WireFormat? FormatOf(Provider provider, string endpoint) =>
        provider.Api.Formats.FirstOrDefault(format =>
            Formats.Contains(format.Name) && format.Routes.Any(route => route.Template == endpoint)
        );

    private static string Served(Provider provider) =>
        string.Join(", ", provider.Api.Formats.Where(format => Formats.Contains(format.Name)).Select(format => format.Routes[0].Template));

    private static Refusal OnSubscription =>
        new(
            403,
            "subscription_in_batch",
            "A batch can't be made on a subscription of your own: it goes on after you have left, and your credential is kept nowhere. "
                + "Sign out of it in your client, so that the gateway's credential is used."
        );
}
