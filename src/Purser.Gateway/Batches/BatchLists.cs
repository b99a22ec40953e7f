using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Purser.Core.Ledger;
using Purser.Gateway.Credentials;
using Purser.Gateway.Objects;
using Purser.Gateway.Pipeline;
using Purser.Providers;
using Purser.Providers.Batches;

namespace Purser.Gateway.Batches;

/// <summary>
/// Batches that were made: their owner sees them as their provider tells of them; to everyone else they aren't there. A batch that a client hears has
/// ended is settled before, so that what it held is free and its files are its owner's by then.
/// </summary>
internal sealed class BatchLists(
    FrozenDictionary<string, Provider> providers,
    OwnedObjects objects,
    BatchUpstream upstream,
    BatchWatch watch
)
{
    private const int LargestObject = 1 << 20;
    private const int AtOnce = 8;

    /// <summary><c>GET …/{id}</c></summary>
    public async Task<Refusal?> ShowAsync(BatchCall call)
    {
        if (Find(call) is not { } found)
        {
            return NotFound(call);
        }

        using var answer = await AskAsync(call, found, HttpMethod.Get, "");
        return answer.Refusal ?? await AnswerAsync(call, found, answer);
    }

    /// <summary><c>POST …/{id}/cancel</c>: what was done until then is billed.</summary>
    public async Task<Refusal?> CancelAsync(BatchCall call)
    {
        if (Find(call) is not { } found)
        {
            return NotFound(call);
        }

        using var answer = await AskAsync(call, found, HttpMethod.Post, "/cancel");
        return answer.Refusal ?? await AnswerAsync(call, found, answer);
    }

    /// <summary><c>DELETE …/{id}</c>: results that aren't settled yet can't be thrown away.</summary>
    public async Task<Refusal?> DeleteAsync(BatchCall call)
    {
        if (Find(call) is not { } found)
        {
            return NotFound(call);
        }

        if (found.Batch.IsOpen)
        {
            using var before = await AskAsync(call, found, HttpMethod.Get, "");
            if (before is { Refusal: null, State: { } state })
            {
                await watch.ToldAsync(found.Batch, state, found.Credential);
            }

            if (objects.Find(OwnedKind.Batch, call.Id, call.AccountId) is { IsOpen: true })
            {
                return new Refusal(
                    StatusCodes.Status400BadRequest,
                    "batch_not_settled",
                    $"The batch {call.Id} can't be deleted before it has ended and what it cost is known. Cancel it, or wait, and try again."
                );
            }
        }

        using var answer = await AskAsync(call, found, HttpMethod.Delete, "");
        if (answer.Refusal is null && answer.Response!.IsSuccessStatusCode)
        {
            await objects.RemoveAsync(found.Batch);
        }

        return answer.Refusal ?? await AnswerAsync(call, found, answer);
    }

    /// <summary><c>GET …/{id}/results</c>: streamed as they come.</summary>
    public async Task<Refusal?> ResultsAsync(BatchCall call)
    {
        if (Find(call) is not { } found)
        {
            return NotFound(call);
        }

        var http = call.Http;
        using var patience = upstream.PatienceWith(found.Provider, http.RequestAborted);
        try
        {
            using var response = await BatchUpstream.SendAsync(
                found.Provider,
                found.Credential,
                HttpMethod.Get,
                UrlOf(call, found, "/results"),
                http.Request,
                null,
                patience.Token
            );
            http.Response.StatusCode = (int)response.StatusCode;
            UpstreamAnswer.CopyHeaders(response, http.Response, found.Credential);
            http.Response.ContentLength = response.Content.Headers.ContentLength;
            http.Response.Headers["x-purser-request-id"] = AttemptId.NameOf(call.Exchange.RequestId);
            var body = UpstreamAnswer.Body(response, found.Credential);
            var part = new byte[64 << 10];
            while (await body.ReadAsync(part, patience.Token) is > 0 and var read)
            {
                patience.Renew();
                await http.Response.Body.WriteAsync(part.AsMemory(0, read), http.RequestAborted);
            }

            return null;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            http.RequestAborted.ThrowIfCancellationRequested();
            if (http.Response.HasStarted)
            {
                http.Abort();
            }

            return UpstreamAnswer.Unreachable(found.Provider.Options);
        }
    }

    /// <summary><c>GET …</c>: those of the account, page by page.</summary>
    public async Task<Refusal?> ListAsync(BatchCall call)
    {
        var query = call.Http.Request.Query;
        var isOpenAI = call.Batches == BatchFormat.OpenAI;
        var (after, before) = ((string?)query[isOpenAI ? "after" : "after_id"], isOpenAI ? null : (string?)query["before_id"]);
        var limit =
            int.TryParse(query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked is > 0 and <= 1000
                ? asked
                : 20;
        var those = providers.Values.Where(provider => provider.Api.Batches == call.Batches).Select(provider => provider.Options.Name);
        var wanted = new ObjectPage(limit, Named(after), Before: after is null ? Named(before) : null, Providers: [.. those]);
        var page = objects.List(OwnedKind.Batch, call.AccountId, wanted);
        if (page is null)
        {
            return new Refusal(StatusCodes.Status404NotFound, "batch_not_found", $"No such batch: {after ?? before}");
        }

        var shown = new BatchAnswered?[page.Objects.Count];
        try
        {
            await Parallel.ForAsync(
                0,
                shown.Length,
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = call.Http.RequestAborted },
                async (i, _) => shown[i] = Reach(page.Objects[i]) is { } found ? await AskAsync(call, found, HttpMethod.Get, "") : null
            );
            if (shown.FirstOrDefault(answer => answer?.Refusal is not null) is { } failed)
            {
                return failed.Refusal;
            }

            await WriteAsync(call, page, [.. shown.Where(answer => answer?.State is not null).Select(answer => answer!)]);
            return null;
        }
        finally
        {
            foreach (var answer in shown)
            {
                answer?.Dispose();
            }
        }
    }

    private static string? Named(string? id) => string.IsNullOrEmpty(id) ? null : id;

    private static async Task WriteAsync(BatchCall call, ObjectList page, IReadOnlyList<BatchAnswered> shown)
    {
        using var body = new PooledBuffer();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            if (call.Batches == BatchFormat.OpenAI)
            {
                json.WriteString("object", "list");
            }

            json.WriteStartArray("data");
            foreach (var batch in shown)
            {
                using var changed = new PooledBuffer(batch.Body!.Length + 256);
                BatchFormat.Write(batch.Body.Span, batch.State!, BatchAnswer.UrlOf(call.Http, batch.State!.Id), changed);
                json.WriteRawValue(changed.Span);
            }

            json.WriteEndArray();
            json.WriteString("first_id", shown is [var first, ..] ? first.State!.Id : null);
            json.WriteString("last_id", shown is [.., var last] ? last.State!.Id : null);
            json.WriteBoolean("has_more", page.HasMore);
            json.WriteEndObject();
        }

        call.Http.Response.ContentType = "application/json";
        call.Http.Response.Headers["x-purser-request-id"] = AttemptId.NameOf(call.Exchange.RequestId);
        await call.Http.Response.Body.WriteAsync(body.Written, call.Http.RequestAborted);
    }

    private async Task<Refusal?> AnswerAsync(BatchCall call, FoundBatch found, BatchAnswered answer)
    {
        if (answer.State is { } state)
        {
            await watch.ToldAsync(found.Batch, state, found.Credential);
        }

        var cost = objects.Find(OwnedKind.Batch, call.Id, call.AccountId) is { IsOpen: false } known ? BatchRecord.Of(known).CostUsd : null;
        await BatchAnswer.WriteAsync(
            call.Http,
            answer.Response!,
            found.Credential,
            answer.Body!,
            answer.State,
            AttemptId.NameOf(call.Exchange.RequestId),
            cost
        );
        return null;
    }

    private async Task<BatchAnswered> AskAsync(BatchCall call, FoundBatch found, HttpMethod method, string below)
    {
        var http = call.Http;
        using var patience = upstream.PatienceWith(found.Provider, http.RequestAborted);
        using var empty = method == HttpMethod.Post ? new ByteArrayContent([]) : null;
        try
        {
            // A list's query isn't its batches'.
            var isOne = http.GetRouteValue("id") is not null;
            var url = UrlOf(call, found, below);
            var response = await BatchUpstream.SendAsync(
                found.Provider,
                found.Credential,
                method,
                isOne ? url + HeaderRules.CleanQuery(http.Request.QueryString.Value ?? "") : url,
                http.Request,
                empty,
                patience.Token
            );
            var body = new PooledBuffer();
            var stream = UpstreamAnswer.Body(response, found.Credential);
            while (body.Length <= LargestObject && await stream.ReadAsync(body.GetMemory(4096), patience.Token) is > 0 and var read)
            {
                body.Advance(read);
            }

            return new BatchAnswered(response, body, response.IsSuccessStatusCode ? call.Batches.ReadState(body.Span) : null, null);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            http.RequestAborted.ThrowIfCancellationRequested();
            return new BatchAnswered(null, null, null, UpstreamAnswer.Unreachable(found.Provider.Options));
        }
    }

    private static string UrlOf(BatchCall call, FoundBatch found, string below) =>
        $"{call.Batches.Url(found.Provider.Options.BaseUrl.OriginalString)}/{Uri.EscapeDataString(found.Batch.Id)}{below}";

    private FoundBatch? Find(BatchCall call) =>
        objects.Find(OwnedKind.Batch, call.Id, call.AccountId) is { } batch
        && Reach(batch) is { } found
        && found.Provider.Api.Batches == call.Batches
            ? found
            : null;

    private FoundBatch? Reach(OwnedObject batch) =>
        providers.TryGetValue(batch.Provider, out var provider) && provider.Credentials.Find(batch.Credential) is { } credential
            ? new FoundBatch(batch, provider, credential)
            : null;

    private static Refusal NotFound(BatchCall call) =>
        new(StatusCodes.Status404NotFound, "batch_not_found", $"No batch found with id '{call.Id}'.");

    /// <summary>A batch of the caller's, with where it is.</summary>
    private sealed record FoundBatch(OwnedObject Batch, Provider Provider, UpstreamCredential Credential);

    /// <summary>What a provider says of a batch.</summary>
    private sealed record BatchAnswered(HttpResponseMessage? Response, PooledBuffer? Body, BatchState? State, Refusal? Refusal)
        : IDisposable
    {
        public void Dispose()
        {
            Response?.Dispose();
            Body?.Dispose();
        }
    }
}
