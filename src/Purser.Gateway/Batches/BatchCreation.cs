using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Purser.Core.Ledger;
using Purser.Gateway.Credentials;
using Purser.Gateway.Objects;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Storage;
using Purser.Providers.Batches;

namespace Purser.Gateway.Batches;

/// <summary>
/// Makes a batch whose requests are understood:
/// <list type="number">
/// <item>hold what it may cost, in every budget above its key, or refuse it;</item>
/// <item>ask the provider for it, with the client's own bytes;</item>
/// <item>keep whose it is and where its money is, durably, before anyone is told its id: from there on its money stays held until it has ended,
/// also over a restart;</item>
/// <item>tell the client.</item>
/// </list>
/// A process that dies after the second step and before the third leaves money held that the next start posts at what was held, unconfirmed: the
/// provider may have made it.
/// </summary>
internal sealed partial class BatchCreation(
    LedgerStore store,
    BatchAdmitter admitter,
    OwnedObjects objects,
    BatchUpstream upstream,
    BatchWatch watch,
    ILogger<BatchCreation> logger
)
{
    private const int LargestAnswer = 1 << 20;

    /// <summary>Makes it, or says why not. Where nothing is said, the client has its answer.</summary>
    /// <param name="ask">The batch.</param>
    /// <param name="content">What the provider is sent.</param>
    public async Task<Refusal?> MakeAsync(BatchAsk ask, HttpContent content)
    {
        // Step 1: hold the money.
        if (await admitter.AdmitAsync(ask) is { } refusal)
        {
            return refusal;
        }

        // Step 2: ask the provider. A client that leaves changes nothing any more: the batch may be there by then.
        var answered = await SendAsync(ask, content);
        using var response = answered.Response;
        if (answered.Refusal is not null || response is null)
        {
            return await GiveUpAsync(ask, answered);
        }

        using var body = answered.Body!;
        var status = (int)response.StatusCode;
        var state = status < 300 ? ask.Batches.ReadState(body.Span) : null;
        if (state is null)
        {
            await GiveUpAsync(ask, answered with { MayBeMade = MayBeMade(status), Refusal = null });
            await AnswerAsync(ask, response, body, state);
            return null;
        }

        // Step 3: keep it.
        var batch = new OwnedObject(OwnedKind.Batch, state.Id, ask.Provider.Options.Name)
        {
            Credential = ask.Credential.Id,
            KeyId = ask.Key.Id,
            AccountId = ask.Key.Subject.Accounts[0].Id,
            CreatedAt = ask.Exchange.StartedAt,
            IsOpen = true,
            Payload = ask.Record.ToPayload(),
        };
        if (!await objects.KeepAsync(batch))
        {
            // Another account's, by an id that this provider gave out before: it stays what it is, and this one's money is accounted for.
            LogTaken(logger, state.Id);
            return await GiveUpAsync(ask, answered with { MayBeMade = true, Refusal = Broken(ask) });
        }

        watch.Add(batch);

        // Step 4: tell the client.
        await AnswerAsync(ask, response, body, state);
        return null;
    }

    /// <summary>
    /// Whether the provider may have made the batch although its answer says nothing of one. An error of its own says that it hasn't; one of what
    /// stands before it, that had no answer from it, says nothing.
    /// </summary>
    private static bool MayBeMade(int status) => status < 400 || status is >= 500 and not (500 or 501 or 503 or 529);

    private async Task<Answered> SendAsync(BatchAsk ask, HttpContent content)
    {
        var (provider, http) = (ask.Provider, ask.Exchange.Http);
        using var patience = upstream.PatienceWith(provider, CancellationToken.None);
        var body = new PooledBuffer();
        HttpResponseMessage? response = null;
        try
        {
            var url = ask.Batches.Url(provider.Options.BaseUrl.OriginalString);
            response = await BatchUpstream.SendAsync(provider, ask.Credential, HttpMethod.Post, url, http.Request, content, patience.Token);
            await ReadAsync(response, ask.Credential, body, patience);
            return new Answered(response, body, false, null);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            body.Dispose();
            response?.Dispose();
            return UpstreamAnswer.NeverSent(exception)
                ? new Answered(null, null, false, UpstreamAnswer.Unreachable(provider.Options))
                : new Answered(null, null, true, Broken(ask));
        }
    }

    private static Refusal Broken(BatchAsk ask) =>
        new(
            StatusCodes.Status502BadGateway,
            "provider_answer_broken",
            $"The connection to the provider {ask.Provider.Options.Name} broke before it said whether it has made the batch. What it may cost ({ask.Most} dollars) "
                + $"is charged until that is known: {AttemptId.NameOf(ask.Exchange.RequestId)}. Ask the operator to look there, and to confirm what it cost "
                + "(purser ledger confirm); sending it again may make a second one."
        );

    private static async Task ReadAsync(HttpResponseMessage response, UpstreamCredential credential, PooledBuffer body, Patience patience)
    {
        var stream = UpstreamAnswer.Body(response, credential);
        while (body.Length < LargestAnswer)
        {
            patience.Renew();
            var read = await stream.ReadAsync(body.GetMemory(4096), patience.Token);
            if (read == 0)
            {
                return;
            }

            body.Advance(read);
        }

        throw new IOException("The answer is larger than any batch object.");
    }

    /// <summary>Ends what is held for it: released where the provider has none, and else posted as it is until someone knows.</summary>
    private async Task<Refusal?> GiveUpAsync(BatchAsk ask, Answered answered)
    {
        var posts = ask.Plan.Parts.Select(part => GivenUp(ask, part, answered)).ToList();
        await store.SettleAsync(posts, []);
        return answered.Refusal;
    }

    private static BatchPost GivenUp(BatchAsk ask, PlannedPart part, Answered answered)
    {
        var usageEvent = new UsageEvent
        {
            Attempt = new AttemptId(ask.Exchange.RequestId, part.Part.Attempt),
            StartedAt = JournalWriter.Microseconds(ask.Exchange.StartedAt),
            Outcome =
                answered.MayBeMade ? Outcome.Unconfirmed
                : answered.Response is null ? Outcome.Void
                : Outcome.ProviderError,
            Status = (int?)answered.Response?.StatusCode ?? 0,
            Cost = answered.MayBeMade ? part.Held.Cost : Core.Pricing.Money.Zero,
            Ceiling = part.Held.Cost,
            Marks = answered.MayBeMade ? JournalMarks.Unconfirmed : JournalMarks.None,
            Detail = BatchDetail.NotMade(ask.Credential.Id, part, answered.Refusal?.Message),
        };
        return new BatchPost(usageEvent, answered.MayBeMade ? part.Held : null);
    }

    private static async Task AnswerAsync(BatchAsk ask, HttpResponseMessage response, PooledBuffer body, BatchState? state)
    {
        var http = ask.Exchange.Http;
        if (!http.RequestAborted.IsCancellationRequested)
        {
            await BatchAnswer.WriteAsync(http, response, ask.Credential, body, state, AttemptId.NameOf(ask.Exchange.RequestId));
        }
    }

    /// <summary>What came of asking the provider.</summary>
    /// <param name="Response">Its answer; null where there was none.</param>
    /// <param name="Body">The answer's body.</param>
    /// <param name="MayBeMade">Whether it may have made the batch although it didn't say so.</param>
    /// <param name="Refusal">What the client is told where there is no answer.</param>
    private sealed record Answered(HttpResponseMessage? Response, PooledBuffer? Body, bool MayBeMade, Refusal? Refusal);

    [LoggerMessage(Level = LogLevel.Error, Message = "The provider gave the new batch {Batch} the id of another account's")]
    private static partial void LogTaken(ILogger logger, string batch);
}
