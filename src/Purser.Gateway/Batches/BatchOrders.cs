using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Objects;
using Purser.Gateway.Pipeline;
using Purser.Providers;

namespace Purser.Gateway.Batches;

/// <summary>Takes the order for a batch: finds its requests and where it goes, and has it made.</summary>
internal sealed class BatchOrders(
    FrozenDictionary<string, Provider> providers,
    ModelCatalog catalog,
    OwnedObjects objects,
    BatchRequests requests,
    BatchCreation creation,
    GatewayOptions options
)
{
    private const long LargestOrder = 1 << 20;

    // A larger body waits on the disk until it's understood, in a file that nobody finds.
    private const int InMemory = 4 << 20;

    // What a batch's requests can be for: the answers to these are read.
    private static readonly FrozenSet<string> Formats = FrozenSet.Create(StringComparer.Ordinal, "chat", "responses", "embeddings");

    /// <summary><c>POST /v1/batches</c>: the requests are in a file that the account has sent through here.</summary>
    public async Task<Refusal?> FromFileAsync(BatchCall call)
    {
        var exchange = call.Exchange;
        if (await exchange.ReadBodyAsync(LargestOrder) is { } unread)
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

        var plan = new BatchPlan(call.Batches, format, order.Endpoint, provider.Options.Name, catalog, exchange.StartedAt);
        refusal = await requests.FromFileAsync(provider, credential, order.InputFile, plan, call.Http.RequestAborted);
        if (refusal is not null)
        {
            return refusal;
        }

        var subject = call.Identity.SubjectForBatch(order.Metadata);
        using var content = new ReadOnlyMemoryContent(exchange.Body.Written);
        using var body = new SentOnce(await content.ReadAsStreamAsync(), exchange.Body.Length);
        return await creation.MakeAsync(new BatchAsk(exchange, call.Identity.Key, subject, provider, credential, format, plan), body);
    }

    /// <summary><c>POST /v1/messages/batches</c>: the requests are in the body.</summary>
    public async Task<Refusal?> FromBodyAsync(BatchCall call)
    {
        var (http, exchange) = (call.Http, call.Exchange);
        if (http.Request.Headers.ContentEncoding is [{ Length: > 0 } encoding, ..] && encoding != "identity")
        {
            return new Refusal(415, "encoded_body", $"The batch's body is encoded ({encoding}), and can't be priced unread. Send it plain.");
        }

        var most = call.Batches.MostBytes;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = most;
        }

        await using var body = new FileBufferingReadStream(http.Request.Body, InMemory, most, SpoolOf);
        try
        {
            var chosen = default(Provider);
            var (plan, refusal) = await requests.FromBodyAsync(new Unlinked(body), Begin, http.RequestAborted);
            if (plan is null)
            {
                return refusal;
            }

            if (chosen!.NextCredential(exchange) is not { } credential)
            {
                return Refusal.NoCredential(chosen.Options.Name);
            }

            if (credential.Authorization is not null)
            {
                return OnSubscription;
            }

            body.Position = 0;
            var subject = call.Identity.SubjectForBatch(null);
            using var content = new SentOnce(body, body.Length);
            return await creation.MakeAsync(
                new BatchAsk(exchange, call.Identity.Key, subject, chosen, credential, ProviderCatalog.Messages, plan),
                content
            );

            (BatchPlan, Refusal?) Begin(ReadOnlyMemory<byte> request)
            {
                (chosen, var begun, var refused) = First(call, request);
                return (begun, refused);
            }
        }
        catch (BadHttpRequestException bad)
        {
            return bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? TooLarge(most) : Incomplete;
        }
        catch (IOException) when (!http.RequestAborted.IsCancellationRequested)
        {
            return http.Request.ContentLength > most || body.Length >= most ? TooLarge(most) : Incomplete;
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

            var plan = new BatchPlan(call.Batches, ProviderCatalog.Messages, null, named.Name, catalog, call.Exchange.StartedAt);
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

    // It's gone with the process, however that ends: nobody else ever sees what it holds.
    private string SpoolOf()
    {
        var folder = Path.Combine(options.DataDirectory, "spool");
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return folder;
    }

    private static Refusal OnSubscription =>
        new(
            403,
            "subscription_in_batch",
            "A batch can't be made on a subscription of your own: it goes on after you have left, and your credential is kept nowhere. "
                + "Sign out of it in your client, so that the gateway's credential is used."
        );

    private static Refusal TooLarge(long most) => new(413, "request_too_large", $"A batch has at most {most} bytes.");

    private static Refusal Incomplete => Refusal.BadRequest("incomplete_body", "The request's body ended before its announced length.");

    /// <summary>Reads on, and takes the buffer's file out of its folder once there is one: it's still there for whoever has it open.</summary>
    private sealed class Unlinked(FileBufferingReadStream inner) : Stream
    {
        private bool isUnlinked = OperatingSystem.IsWindows();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            if (!isUnlinked && inner.TempFileName is { } file)
            {
                File.Delete(file);
                isUnlinked = true;
            }

            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
