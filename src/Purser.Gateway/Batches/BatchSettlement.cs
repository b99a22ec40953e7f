using System.Net;
using System.Text.Json;
using Purser.Core.Routing;
using Purser.Gateway.Alerts;
using Purser.Gateway.Credentials;
using Purser.Gateway.Objects;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Storage;
using Purser.Gateway.Telemetry;
using Purser.Providers.Batches;

namespace Purser.Gateway.Batches;

/// <summary>
/// Settles a batch that has ended: its results are read, a line at a time; each answer is priced at the price of batches; what they cost is posted, the
/// rest of what was held is released, and the files of the results become its owner's, all in one commit. What breaks off before it changes nothing, and
/// is done anew; the ledger settles no attempt twice.
/// </summary>
/// <param name="store">The ledger.</param>
/// <param name="catalog">The prices.</param>
/// <param name="upstream">Calls providers.</param>
/// <param name="metrics">Counts what was settled; null for nobody.</param>
/// <param name="alerts">Tells of answers that can't be priced.</param>
/// <param name="clock">The clock.</param>
internal sealed class BatchSettlement(
    LedgerStore store,
    ModelCatalog catalog,
    BatchUpstream upstream,
    GatewayMetrics? metrics,
    RequestAlerts alerts,
    TimeProvider clock
)
{
    // Longer than any answer; what is longer can't be priced, and costs what was held for it.
    private const int LongestLine = 256 << 20;

    private const int LargestFileObject = 64 << 10;

    /// <summary>Settles it, and returns it as it's kept then.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="provider">Where it is.</param>
    /// <param name="credential">What to call the provider with.</param>
    /// <param name="state">What the provider says of it; null where it knows no such batch any more, so that all of it may have been billed.</param>
    /// <param name="stopping">Stops it.</param>
    /// <exception cref="HttpRequestException">The results can't be read now.</exception>
    /// <exception cref="IOException">The same.</exception>
    /// <exception cref="LedgerUnavailableException">The store can't be written.</exception>
    public async Task<OwnedObject> SettleAsync(
        OwnedObject batch,
        Provider provider,
        UpstreamCredential? credential,
        BatchState? state,
        CancellationToken stopping
    )
    {
        var (record, batches) = (BatchRecord.Of(batch), provider.Api.Batches!);
        var held = await store.OpenReservationsAsync(record.RequestId);
        var bill = new BatchBill(batches, record, held, provider.Options.Name, catalog);
        if (!bill.IsOpen)
        {
            var closed = batch with { IsOpen = false };
            await store.SettleAsync([], [closed]);
            return closed;
        }

        var areGone = state is null;
        foreach (var url in state is null ? [] : ResultsOf(provider, batches, state))
        {
            areGone |= !await ReadAsync(provider, credential!, url, bill, stopping);
        }

        bill.Complete(state?.Answered, areGone);
        var posts = bill.Posts(batch.Id, batch.Credential, state, clock.GetUtcNow());
        var settled = batch with { IsOpen = false, Payload = (record with { CostUsd = BatchBill.Total(posts).ToString() }).ToPayload() };
        var files = new List<OwnedObject>();
        foreach (var id in state?.ResultFiles ?? [])
        {
            files.Add(await FileAsync(batch, id, provider, credential!, stopping));
        }

        if (await store.SettleAsync(posts, [settled, .. files]))
        {
            foreach (var (part, post) in bill.Parts.Zip(posts))
            {
                var model = part.Part.Model;
                metrics?.Settled(batch.Provider, model, post.Event);
                alerts.BatchSettled(batch.Id, $"{batch.Provider}/{model}", part.Unpriced, part.Problem, post.Event.Cost);
            }
        }

        return settled;
    }

    /// <summary>A file of the results as its owner's: with what the provider says of it, where it does.</summary>
    private async Task<OwnedObject> FileAsync(
        OwnedObject batch,
        string id,
        Provider provider,
        UpstreamCredential credential,
        CancellationToken stopping
    )
    {
        using var patience = upstream.PatienceWith(provider, stopping);
        var url = provider.Api.Batches!.FileUrl(provider.Options.BaseUrl.OriginalString, id);
        using var response = await BatchUpstream.SendAsync(provider, credential, HttpMethod.Get, url, null, null, patience.Token);
        await response.Content.LoadIntoBufferAsync(LargestFileObject, patience.Token);
        var answer = await response.Content.ReadAsByteArrayAsync(patience.Token);
        var (_, expires, payload) =
            (response.IsSuccessStatusCode ? FileLists.Read(answer) : null)
            ?? (
                id,
                null,
                JsonSerializer.Serialize(
                    new
                    {
                        id,
                        @object = "file",
                        purpose = "batch_output",
                    }
                )
            );
        return new OwnedObject(OwnedKind.File, id, batch.Provider)
        {
            Credential = batch.Credential,
            KeyId = batch.KeyId,
            AccountId = batch.AccountId,
            CreatedAt = clock.GetUtcNow(),
            ExpiresAt = expires,
            Payload = payload,
        };
    }

    private static IEnumerable<string> ResultsOf(Provider provider, BatchFormat batches, BatchState state)
    {
        var root = provider.Options.BaseUrl.OriginalString;
        return batches.ResultsAreFiles
            ? state.ResultFiles.Select(id => batches.FileUrl(root, id) + "/content")
            : [$"{batches.Url(root)}/{Uri.EscapeDataString(state.Id)}/results"];
    }

    /// <summary>Reads results. False where they can't be had any more.</summary>
    private async Task<bool> ReadAsync(
        Provider provider,
        UpstreamCredential credential,
        string url,
        BatchBill bill,
        CancellationToken stopping
    )
    {
        using var patience = upstream.PatienceWith(provider, stopping);
        using var response = await BatchUpstream.SendAsync(provider, credential, HttpMethod.Get, url, null, null, patience.Token);
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
        {
            return false;
        }

        response.EnsureSuccessStatusCode();
        using var lines = new LineReader(await response.Content.ReadAsStreamAsync(patience.Token), LongestLine, patience);
        while (await lines.NextAsync() is { } line)
        {
            bill.Add(line.Span);
        }

        return true;
    }
}
