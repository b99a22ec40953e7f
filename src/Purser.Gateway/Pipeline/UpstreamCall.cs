using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Gateway.Storage;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// One attempt at a provider. <see cref="RunAsync"/> sends the request and reads the answer: a stream's events are relayed as they
/// come; any other answer is held, because its cost goes into the response's headers. <see cref="FinishAsync"/> writes what is left.
/// </summary>
internal sealed class UpstreamCall(
    Exchange exchange,
    Provider provider,
    UpstreamCredential credential,
    WireFormat format,
    RequestFacts facts,
    Reservation reservation,
    LedgerStore store,
    BudgetNotices notices,
    TimeProvider clock,
    bool metering
) : IAsyncDisposable
{
    private const int LargestHeldAnswer = 256 << 20;

    private readonly CancellationTokenSource stop = new();
    private readonly TimeSpan? limit = reservation.Candidate.TimeLimit;
    private readonly CallResult result = new() { Credential = credential.Id };
    private readonly bool cancelOnDisconnect = facts.Stream && provider.Options.OnDisconnect == OnDisconnect.Cancel;
    private readonly PooledBuffer? rewritten = format.NeedsRewrite(facts, reservation.Candidate.Model.Model, reservation.LoweredLimit)
        ? new PooledBuffer(exchange.Body.Length + 256)
        : null;

    private HttpResponseMessage? response;
    private PooledBuffer? held;
    private StreamForwarder? forwarder;
    private OutputWatch? watch;
    private (string Text, Action Told)? soon;

    /// <summary>Sends the request and reads the answer to its end, or to what ends it.</summary>
    public async Task<CallResult> RunAsync()
    {
        using var onDisconnect = cancelOnDisconnect
            ? exchange.Http.RequestAborted.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), stop)
            : default;
        // What is priced by its time ends when the time is up that is held for it.
        using var timer = limit is { } most ? new CancellationTokenSource(most, clock) : null;
        using var onLimit = timer?.Token.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), stop) ?? default;
        var sentAt = Stopwatch.GetTimestamp();
        try
        {
            stop.CancelAfter(provider.Options.Timeout);
            using var message = UpstreamRequest.Build(exchange, provider, credential, Target, Body(), reservation.Attempt);
            watch = facts.Stream
                ? new OutputWatch(store, reservation, result.Reading, provider.Options.UnseenTokensPerSecond, clock)
                : null;
            response = await WatchedAsync(provider.Invoker.SendAsync(message, stop.Token));
            result.Status = (int)response.StatusCode;
            provider.Note(credential, result.Status);
            await ReadAsync(await UpstreamAnswer.BodyAsync(response, credential, stop.Token));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            Classify(exception, timer?.IsCancellationRequested == true);
        }

        if (forwarder?.IsClosed == true)
        {
            soon?.Told();
        }

        watch?.Look();
        result.HiddenTokens = watch?.HiddenTokens ?? 0;
        result.StoppedBy = watch?.Refusing;
        result.DurationUs = Elapsed();
        result.ProviderUs = Math.Max(1, (long)Stopwatch.GetElapsedTime(sentAt).TotalMicroseconds);
        return result;
    }

    /// <summary>Writes what the client hasn't got yet: a held answer, a stream's last lines, or why there's no answer.</summary>
    public async Task FinishAsync(AttemptCharge charge)
    {
        var http = exchange.Http;
        if (http.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        if (forwarder is not null)
        {
            if (result.Outcome == Outcome.CutOff)
            {
                forwarder.CutOff(new CutOff(BudgetNotices.CutOff(reservation, watch?.Refusing), notices.AtCutOff));
            }

            await forwarder.FinishAsync(result.Failure is { } cut ? exchange.ErrorOf(cut) : null, charge.Cost);
            return;
        }

        if (result.Failure is { } failure)
        {
            await exchange.RefuseAsync(failure);
            return;
        }

        using var translated = format.Upstream == format ? null : new PooledBuffer(held!.Length + 1024);
        var answer = translated is not null && format.WriteAnswer(held!.Span, result.Status, translated) ? translated : held!;
        http.Response.StatusCode = result.Status;
        UpstreamAnswer.CopyHeaders(response!, http.Response, credential);
        http.Response.ContentType = answer == translated ? "application/json" : http.Response.ContentType;
        WriteNotes();
        exchange.WriteHeaders(
            result.Reading.ServedModel ?? reservation.Candidate.Model.Model,
            charge.Cost,
            reservation.RemainingAfter(charge.Cost)
        );
        http.Response.ContentLength = answer.Length;
        await http.Response.Body.WriteAsync(answer.Written, http.RequestAborted);
    }

    public ValueTask DisposeAsync()
    {
        forwarder?.Dispose();
        held?.Dispose();
        rewritten?.Dispose();
        response?.Dispose();
        stop.Dispose();
        return ValueTask.CompletedTask;
    }

    private UpstreamTarget Target => new(format.Upstream, reservation.Candidate.Model.Model, facts.Stream);

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
            await RelayStreamAsync(body);
        }
        else
        {
            await HoldAsync(body);
        }
    }

    private async Task RelayStreamAsync(Stream body)
    {
        exchange.Http.Response.StatusCode = result.Status;
        UpstreamAnswer.CopyHeaders(response!, exchange.Http.Response, credential);
        if (format.Upstream != format)
        {
            exchange.Http.Response.ContentType = format.StreamContentType;
        }

        WriteNotes();
        exchange.WriteHeaders(reservation.Candidate.Model.Model, null, reservation.RemainingAfter(reservation.Held.Cost));
        forwarder = new StreamForwarder(exchange.Http, metering ? format.CreateStreamRelay(facts, result.Reading) : null);
        soon = notices.Soon(reservation);
        forwarder.CloseWith(soon?.Text);
        var patience = new Patience(stop, provider.Options.Timeout);
        while (await ForwardWatchedAsync(body))
        {
            result.FirstByteUs = result.FirstByteUs == 0 ? Elapsed() : result.FirstByteUs;
            patience.Renew();
            if (forwarder.ClientIsGone && cancelOnDisconnect)
            {
                await stop.CancelAsync();
            }
        }

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
        else if (forwarder.ClientIsGone)
        {
            result.Outcome = Outcome.ClientClosed;
        }
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
            result.Failure = watch?.Refusing is { } refusing
                ? new Refusal(StatusCodes.Status402PaymentRequired, "budget_exceeded", BudgetNotices.CutOff(reservation, refusing))
                : Refusal.LedgerDown;
        }

        return stop.CancelAsync();
    }

    /// <summary>What the person should know of the budgets and of the translation, for clients that show it.</summary>
    private void WriteNotes()
    {
        exchange.WriteRules(format.Rules);
        if (reservation.Warning() is { } warning)
        {
            exchange.WriteWarning(warning);
        }

        if (reservation.LoweredLimit is { } limit)
        {
            exchange.WriteLoweredLimit(limit);
        }
    }

    private async Task HoldAsync(Stream body)
    {
        held = new PooledBuffer((int)Math.Clamp(response!.Content.Headers.ContentLength ?? 16_384, 256, 1 << 20) + 1);
        var patience = new Patience(stop, provider.Options.Timeout);
        while (true)
        {
            var next = body.ReadAsync(held.GetMemory(1), stop.Token);
            var read = IsWatched && result.Status < 400 ? await WatchedAsync(next.AsTask()) : await next;
            if (read == 0)
            {
                break;
            }

            result.FirstByteUs = result.FirstByteUs == 0 ? Elapsed() : result.FirstByteUs;
            patience.Renew();
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

        // What the request asked to be cached says at which rate writes are that the answer doesn't split.
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
        else if (!understood && !IsJsonObject(held.Span))
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

    /// <summary>Some servers leave the usage out; their answer is an answer all the same, and is charged on the safe side.</summary>
    private static bool IsJsonObject(ReadOnlySpan<byte> body)
    {
        try
        {
            var json = new Utf8JsonReader(body);
            return json.Read() && json.TokenType == JsonTokenType.StartObject && json.TrySkip() && !json.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void Classify(Exception exception, bool isOverLimit)
    {
        if (result.Outcome == Outcome.CutOff || (result.Streamed && result.Reading.Terminated))
        {
            // The last event had come: what broke after it took nothing from the answer.
            return;
        }

        if (exchange.Http.RequestAborted.IsCancellationRequested && stop.IsCancellationRequested && cancelOnDisconnect)
        {
            result.Outcome = Outcome.ClientClosed;
        }
        else if (stop.IsCancellationRequested)
        {
            result.Outcome = Outcome.Timeout;
            result.Failure = isOverLimit
                ? UpstreamAnswer.OverLimit(reservation.Candidate.Model.Model, limit!.Value)
                : UpstreamAnswer.TimedOut(provider.Options);
        }
        else if (result.Status == 0 && UpstreamAnswer.NeverSent(exception))
        {
            result.Outcome = Outcome.Void;
            result.Dispatched = false;
            result.Failure = UpstreamAnswer.Unreachable(provider.Options);
        }
        else
        {
            Cut($"The connection to the provider {provider.Options.Name} broke before the answer's end.");
        }
    }

    private void Cut(string message)
    {
        result.Outcome = Outcome.Cut;
        result.Failure = new Refusal(StatusCodes.Status502BadGateway, "provider_answer_broken", message);
    }

    private long Elapsed() => (long)Stopwatch.GetElapsedTime(exchange.StartedTicks).TotalMicroseconds;

    /// <summary>Renews the time-out as bytes come, but not for every one of them: a timer is dearer than a chunk.</summary>
    private struct Patience(CancellationTokenSource stop, TimeSpan timeout)
    {
        private long renewedAt = Environment.TickCount64;

        public void Renew()
        {
            var now = Environment.TickCount64;
            if (now - renewedAt >= 500)
            {
                renewedAt = now;
                stop.CancelAfter(timeout);
            }
        }
    }
}
