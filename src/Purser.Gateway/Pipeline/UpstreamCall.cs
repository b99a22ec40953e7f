using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Gateway.Storage;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// One attempt at a provider, in three steps. <see cref="BeginAsync"/> sends the request and reads what nothing of reaches the client yet: a
/// stream to its first output, any other answer to its end, because its cost goes into the response's headers. Up to there another attempt
/// can take its place. <see cref="RelayAsync"/> relays the rest of a stream as it comes, and <see cref="FinishAsync"/> writes what is left.
/// </summary>
internal sealed partial class UpstreamCall(
    Exchange exchange,
    Provider provider,
    UpstreamCredential credential,
    WireFormat format,
    RequestFacts facts,
    Reservation reservation,
    LedgerStore store,
    BudgetNotices notices,
    TimeProvider clock,
    bool metering,
    TimeSpan answerBy
) : IAsyncDisposable
{
    private const int LargestHeldAnswer = 256 << 20;

    // A stream that says nothing for so long isn't held any longer: clients and proxies want to see that there is one.
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource stop = new();
    private readonly TimeSpan? limit = reservation.Candidate.TimeLimit;
    private readonly CallResult result = new() { Credential = credential.Id };
    private readonly bool cancelOnDisconnect =
        (facts.Stream || exchange.Evaluation is not null) && provider.Options.OnDisconnect == OnDisconnect.Cancel;
    private readonly PooledBuffer? rewritten = format.NeedsRewrite(facts, reservation.Candidate.Model.Model, reservation.LoweredLimit)
        ? new PooledBuffer(exchange.Body.Length + 256, exchange.Spill)
        : null;

    private Deadlines? deadlines;
    private CancellationTokenRegistration onDisconnect;
    private long sentAt;
    private HttpRequestMessage? message;
    private HttpResponseMessage? response;
    private Stream? rest;
    private PooledBuffer? held;
    private StreamForwarder? forwarder;
    private OutputWatch? watch;
    private (string Text, Action Told)? soon;
    private bool isAnswering;

    /// <summary>How it goes, and when it has ended, how it went.</summary>
    public CallResult Result => result;

    /// <summary>Ends it: nothing more is read of the answer then. For calls that nothing is relayed of.</summary>
    public CancellationTokenSource Stop => stop;

    /// <summary>Sends the request and reads the answer, to a stream's first output, to its end, or to what ends it. Never throws for what a provider does.</summary>
    public async Task<CallResult> BeginAsync()
    {
        if (cancelOnDisconnect)
        {
            onDisconnect = exchange.Http.RequestAborted.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), stop);
        }

        sentAt = Stopwatch.GetTimestamp();
        deadlines = new Deadlines(CallLimits.Of(provider.Options, facts.Stream, answerBy - Lane.Now(clock), limit), stop, clock);
        try
        {
            credential = await provider.WithTokenAsync(credential, stop.Token);
            message = UpstreamRequest.Build(exchange, provider, credential, Target, Body(), reservation.Attempt);
            watch = facts.Stream ? new(store, reservation, result.Reading, provider.Options.UnseenTokensPerSecond, clock) : null;
            var sending = provider.Invoker.SendAsync(message, stop.Token);
            response = await (IsWatched ? WatchedAsync(sending) : sending);
            result.Status = (int)response.StatusCode;
            UpstreamAnswer.ReadHeaders(response, format, result.Reading);
            await ReadAsync(UpstreamAnswer.Body(response, credential));
            RetryAdvice.Take(result, response.Headers, held, clock.GetUtcNow());
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            Classify(exception);
        }
        catch (CredentialException)
        {
            NotSent(UpstreamAnswer.NoCredential(provider.Options));
        }
        catch (SpillException) when (message is null)
        {
            NotSent(Refusal.NoRoom);
        }
        catch (SpillException)
        {
            Cut(UpstreamAnswer.NoRoom);
        }

        Measure();
        return result;
    }

    /// <summary>Relays the rest of a stream, to its end or to what ends it. False where there was none.</summary>
    public async Task<bool> RelayAsync()
    {
        if (rest is null)
        {
            return false;
        }

        try
        {
            Answer();
            await forwarder!.ReleaseAsync();
            while (await ForwardAsync(rest)) { }

            Conclude();
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            Classify(exception);
        }

        Measure();
        CheckAnswer();
        return true;
    }

    /// <summary>The attempt was given up before anything was sent.</summary>
    /// <param name="why">What the client is told; null where it has left.</param>
    public CallResult NotSent(Refusal? why)
    {
        (result.Outcome, result.Dispatched, result.Failure) = (Outcome.Void, false, why);
        result.DurationUs = Elapsed();
        return result;
    }

    /// <summary>It may have failed for good, or not: until that is known, only what would be written is kept.</summary>
    public void SetAside() => UpstreamRequest.Free(rewritten, message);

    /// <summary>Writes what the client hasn't got yet: a held answer, a stream's last lines, or why there's no answer.</summary>
    public async Task FinishAsync(AttemptCharge charge)
    {
        var http = exchange.Http;
        if (http.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        // Where a stream broke off before it said anything, a plain error is worth more.
        if (forwarder is not null && (isAnswering || result.Failure is null || result.Outcome == Outcome.CutOff))
        {
            Answer();
            if (result.Outcome == Outcome.CutOff)
            {
                forwarder.CutOff(new CutOff(BudgetNotices.CutOff(reservation, watch?.Refusing), notices.AtCutOff));
            }

            await forwarder.FinishAsync(result.Failure is { } cut ? exchange.ErrorOf(cut) : null, exchange.SpentBefore + charge.Cost);
            return;
        }

        if (result.Failure is { } failure)
        {
            await exchange.RefuseAsync(failure);
            return;
        }

        var (answer, status) = (held!, result.Status);
        using var translated = IsTranslated ? new PooledBuffer(held!.Length + 1024) : null;
        if (translated is not null)
        {
            if (format.WriteAnswer(held!.Written, result.Status, translated) is not { } changed)
            {
                await exchange.RefuseAsync(UpstreamAnswer.Unreadable(provider.Options));
                return;
            }

            (answer, status) = (translated, changed);
        }

        http.Response.StatusCode = status;
        UpstreamAnswer.CopyHeaders(response!, http.Response, credential);
        UpstreamAnswer.WriteOwnHeaders(http.Response, IsTranslated ? format : null, status);
        exchange.WriteNotes(format.Rules, reservation);
        exchange.WriteHeaders(
            result.Reading.ServedModel ?? reservation.Candidate.Model.Model,
            charge.Cost,
            reservation.RemainingAfter(charge.Cost)
        );
        http.Response.ContentLength = answer.Length;
        await UpstreamAnswer.WriteAsync(http.Response, answer.Written, http.RequestAborted);
    }

    public async ValueTask DisposeAsync()
    {
        forwarder?.Dispose();
        held?.Dispose();
        await UpstreamRequest.EndAsync(message, response);
        rewritten?.Dispose();
        onDisconnect.Dispose();
        deadlines?.Dispose();
        stop.Dispose();
    }

    private bool IsTranslated => format.Upstream != format;
    private UpstreamTarget Target => new(format.Upstream, reservation.Candidate.Model.Model, facts.Stream, IsTranslated);

    private ReadOnlyMemory<byte> Body()
    {
        if (rewritten is null)
        {
            return exchange.Body.Written;
        }

        format.WriteRequest(exchange.Body.Span, facts, reservation.Candidate.Model.Model, rewritten, reservation.LoweredLimit);
        return rewritten.Written;
    }

    private async Task ReadAsync(Stream body)
    {
        result.Streamed =
            result.Status == StatusCodes.Status200OK && format.Upstream.IsStream(response!.Content.Headers.ContentType?.MediaType);
        if (result.Streamed)
        {
            await OpenStreamAsync(body);
        }
        else
        {
            await HoldAsync(body);
        }
    }

    /// <summary>Reads a stream until it says something.</summary>
    private async Task OpenStreamAsync(Stream body)
    {
        var relay = metering ? Watched(format.CreateStreamRelay(facts, result.Reading)) : null;
        forwarder = new StreamForwarder(exchange.Http, relay, clock, exchange.Keeping(result.Reading));
        soon = notices.Soon(reservation);
        forwarder.CloseWith(soon?.Text);
        var openedAt = clock.GetTimestamp();
        while (await ForwardAsync(body))
        {
            if (HasBegun(openedAt))
            {
                rest = body;
                return;
            }
        }

        Conclude();
    }

    /// <summary>Reads what comes next of a stream, and passes it on. False at its end.</summary>
    private async ValueTask<bool> ForwardAsync(Stream body)
    {
        if (!await ForwardWatchedAsync(body))
        {
            return false;
        }

        HasRead();
        if (forwarder!.ClientIsGone && cancelOnDisconnect)
        {
            await stop.CancelAsync();
        }

        return true;
    }

    /// <summary>Bytes of the answer's body came.</summary>
    private void HasRead()
    {
        if (result.FirstByteUs == 0)
        {
            result.FirstByteUs = Elapsed();
            deadlines!.HasFirst();
        }

        deadlines!.Renew();
    }

    /// <summary>From here on the client gets this answer.</summary>
    private void Answer()
    {
        if (isAnswering)
        {
            return;
        }

        isAnswering = true;
        deadlines!.Answering();
        exchange.Http.Response.StatusCode = result.Status;
        UpstreamAnswer.CopyHeaders(response!, exchange.Http.Response, credential);
        if (IsTranslated || !format.IsStream(format.StreamContentType))
        {
            exchange.Http.Response.ContentType = format.StreamContentType;
        }

        exchange.WriteNotes(format.Rules, reservation);
        exchange.WriteHeaders(reservation.Candidate.Model.Model, null, reservation.RemainingAfter(reservation.Held.Cost));
    }

    /// <summary>How a stream went that has ended by itself.</summary>
    private void Conclude()
    {
        if (!metering || result.Outcome == Outcome.CutOff)
        {
            return;
        }

        if (result.Reading.SawError)
        {
            // The provider said itself what went wrong, in its own event.
            result.Outcome = Outcome.ProviderError;
        }
        else if (!result.Reading.Terminated)
        {
            Cut("The provider's stream ended before its last event.");
        }
        else if (forwarder!.ClientIsGone)
        {
            result.Outcome = Outcome.ClientClosed;
        }
    }

    /// <summary>What is known of the call so far, for money and reports.</summary>
    private void Measure()
    {
        if (isAnswering && forwarder!.IsClosed)
        {
            soon?.Told();
        }

        watch?.Look();
        result.HiddenTokens = watch?.HiddenTokens ?? 0;
        result.StoppedBy = watch?.Refusing;
        result.DurationUs = Elapsed();
        result.ProviderUs = Math.Max(1, (long)Stopwatch.GetElapsedTime(sentAt).TotalMicroseconds);
    }

    /// <summary>Whether the hold has to be kept ahead of the output.</summary>
    private bool IsWatched => watch is not null && reservation.IsSliced && metering;

    /// <summary>Waits for what the provider does next, and cancels it where a budget has no room for what may run up meanwhile.</summary>
    private async Task<T> WatchedAsync<T>(Task<T> next)
    {
        while (IsWatched && !next.IsCompleted && watch!.RunsUnseen)
        {
            await Task.WhenAny(next, Task.Delay(OutputWatch.Interval, clock));
            if (!next.IsCompleted && !await watch.CoversAsync())
            {
                // What is under way ends with the cancel; a forwarder is free to end its stream then.
                await CutOffAsync();
            }
        }

        return await next;
    }

    /// <summary>Forwards what comes next. False at the stream's end, or where a budget has no room for more of it: then the provider is cancelled.</summary>
    private async Task<bool> ForwardWatchedAsync(Stream body)
    {
        if (!IsWatched)
        {
            return await forwarder!.ForwardAsync(body, stop.Token);
        }

        var more = await WatchedAsync(forwarder!.ForwardAsync(body, stop.Token).AsTask());
        if (!more || await watch!.CoversAsync())
        {
            return more;
        }

        await CutOffAsync();
        return false;
    }

    private Task CutOffAsync()
    {
        result.Outcome = Outcome.CutOff;
        if (forwarder is null)
        {
            result.Failure = BudgetNotices.Refused(reservation, watch?.Refusing);
        }

        return stop.CancelAsync();
    }

    private async Task HoldAsync(Stream body)
    {
        held = new PooledBuffer((int)Math.Clamp(response!.Content.Headers.ContentLength ?? 16_384, 256, 1 << 20) + 1, exchange.Spill);
        while (true)
        {
            var next = body.ReadAsync(held.GetMemory(1), stop.Token);
            var read = IsWatched && result.Status < 400 ? await WatchedAsync(next.AsTask()) : await next;
            if (read == 0)
            {
                break;
            }

            HasRead();
            held.Advance(read);
            if (!await CoversBodyAsync())
            {
                await CutOffAsync();
                return;
            }

            if (held.Length > LargestHeldAnswer)
            {
                Cut("The provider's answer is larger than this gateway holds.");
                return;
            }
        }

        // What the request asked to be cached says at which rate unsplit writes are.
        result.Reading.CacheWrites = facts.CacheWrites;
        if (!metering)
        {
            return;
        }

        var understood = format.ReadResponse(held.Span, result.Reading);
        if (result.Status is < 200 or > 299)
        {
            result.Outcome = Outcome.ProviderError;
        }
        else if (!understood && !UpstreamAnswer.IsJsonObject(held.Span))
        {
            Cut("The provider's answer isn't of its format.");
        }
        else if (exchange.Http.RequestAborted.IsCancellationRequested)
        {
            result.Outcome = Outcome.ClientClosed;
        }
    }

    /// <summary>Counts what came of an answer in one piece, and holds more where a stream was expected, of which only a slice is held.</summary>
    private async ValueTask<bool> CoversBodyAsync()
    {
        if (result.Status >= 400)
        {
            return true;
        }

        result.BodyBytes = held!.Length;
        if (!IsWatched)
        {
            return true;
        }

        watch!.BodyBytes = held.Length;
        return await watch.CoversAsync();
    }

    private void Classify(Exception exception)
    {
        if (result.Outcome == Outcome.CutOff || (result.Streamed && result.Reading.Terminated))
        {
            return; // The last event had come: what broke after it took nothing from the answer.
        }

        if (result.Status == 0 && (message is null || UpstreamAnswer.NeverSent(exception) || !UpstreamRequest.WasSent(message)))
        {
            // Where nobody but the client ended it, that says nothing of the provider.
            var hasLeft = stop.IsCancellationRequested && deadlines!.Passed == Deadline.None;
            NotSent(hasLeft ? null : UpstreamAnswer.Unreachable(provider.Options));
        }
        else if (deadlines!.Passed is not Deadline.None and var passed)
        {
            result.Outcome = Outcome.Timeout;
            result.IsOverLimit = passed == Deadline.Price;
            result.Failure = UpstreamAnswer.TooLate(provider.Options, passed, reservation.Candidate.Model.Model, limit);
        }
        else if (stop.IsCancellationRequested)
        {
            // The client has left, or takes nothing any more.
            result.Outcome = Outcome.ClientClosed;
        }
        else
        {
            Cut($"The connection to the provider {provider.Options.Name} broke before the answer's end.");
        }
    }

    private void Cut(string why)
    {
        result.Outcome = Outcome.Cut;
        result.Failure = new Refusal(StatusCodes.Status502BadGateway, "provider_answer_broken", why);
    }

    private long Elapsed() => (long)Stopwatch.GetElapsedTime(exchange.StartedTicks).TotalMicroseconds;
}
