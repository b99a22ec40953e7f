using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Providers;
using Purser.Providers.OpenAI.Realtime;

namespace Purser.Gateway.Pipeline.Realtime;

/// <summary>
/// A realtime session under way: messages go both ways as they are, each once what it costs is seen to. It ends when either side closes or breaks
/// off, when it has lasted or been idle for too long, when the gateway stops, or when no budget has room for what may come. What is under way is
/// then cancelled, and given a moment to say what it used.
/// </summary>
internal sealed class RealtimeSession(
    HttpContext http,
    MessageSocket client,
    MessageSocket provider,
    SessionHolds holds,
    SecretMask mask,
    RealtimeOptions options,
    TimeProvider clock
) : IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource over = new();
    private readonly TaskCompletionSource<Ending> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource quiet = new(options.Idle, clock);
    private volatile bool isEnding;

    /// <summary>Runs it to its end; everything is settled then.</summary>
    /// <param name="stopping">The gateway stops.</param>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var length = new CancellationTokenSource(options.MaxLength, clock);
        using var onLength = length.Token.Register(() => End(TooLong()));
        using var onSilence = quiet.Token.Register(() => End(Idle()));
        using var onStop = stopping.Register(() =>
            End(new Ending(Side.Gateway, Outcome.Cut, WebSocketCloseStatus.EndpointUnavailable, "the gateway stops"))
        );
        using var onLeft = http.RequestAborted.Register(() => End(new Ending(Side.Client, Outcome.ClientClosed, null, null)));
        var (up, down) = (PumpUpAsync(), PumpDownAsync());
        try
        {
            await FinishAsync(await ended.Task, up, down);
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(up, down);
        }
    }

    public void Dispose()
    {
        over.Dispose();
        quiet.Dispose();
    }

    private enum Side
    {
        Client,
        Provider,
        Gateway,
    }

    /// <summary>How it ends: by whom, and what is told to the other side.</summary>
    private sealed record Ending(Side By, Outcome Outcome, WebSocketCloseStatus? Status, string? Reason, Refusal? Refusal = null);

    private void End(Ending how) => ended.TrySetResult(how);

    private async Task PumpUpAsync()
    {
        try
        {
            while (await client.ReceiveAsync(over.Token) is { } message)
            {
                quiet.CancelAfter(options.Idle);
                if (isEnding || !await TakeAsync(message))
                {
                    continue;
                }

                if (!await provider.SendAsync(message.Type, message.Bytes, over.Token))
                {
                    return;
                }
            }

            End(
                client.WasTooLong
                    ? new Ending(Side.Gateway, Outcome.ClientClosed, WebSocketCloseStatus.MessageTooBig, "the event is too large")
                    : new Ending(Side.Client, Outcome.ClientClosed, client.Closed?.Status, client.Closed?.Reason)
            );
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException)
        {
            End(new Ending(Side.Client, Outcome.ClientClosed, null, null));
        }
        catch (Exception)
        {
            // A bug here must not leave the session open.
            End(Failed);
            throw;
        }
    }

    /// <summary>Whether a client's event goes on. Else the client is told why not.</summary>
    private async ValueTask<bool> TakeAsync(Message message)
    {
        var said = RealtimeClientEvent.Read(message.Bytes);
        var refusal = said is { } known
            ? await holds.BeforeAsync(known)
            : Refusal.BadRequest("invalid_event", "An event is one JSON object with one 'type'; this one isn't sent on.");
        if (refusal is not null)
        {
            await TellAsync(refusal, said?.EventId);
        }

        return refusal is null;
    }

    private async Task PumpDownAsync()
    {
        try
        {
            while (await provider.ReceiveAsync(over.Token) is { } message)
            {
                quiet.CancelAfter(options.Idle);
                // A provider that repeats the credential that it was sent must not tell it to the client.
                mask.Apply(message.Bytes.Span);
                var refusal = await holds.AfterAsync(RealtimeServerEvent.Read(message.Bytes.Span), message.Bytes);
                await client.SendAsync(message.Type, message.Bytes, over.Token);
                if (refusal is not null)
                {
                    End(new Ending(Side.Gateway, Outcome.CutOff, WebSocketCloseStatus.PolicyViolation, refusal.Code, refusal));
                }

                if (isEnding && holds.UnderWay.Count == 0)
                {
                    idle.TrySetResult();
                }
            }

            End(
                provider.WasTooLong
                    ? new Ending(Side.Gateway, Outcome.Cut, WebSocketCloseStatus.MessageTooBig, "the provider's event is too large")
                    : new Ending(Side.Provider, Outcome.Cut, provider.Closed?.Status, provider.Closed?.Reason)
            );
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException)
        {
            End(new Ending(Side.Provider, Outcome.Cut, null, null, Broken));
        }
        catch (Exception)
        {
            End(Failed);
            throw;
        }
        finally
        {
            idle.TrySetResult();
        }
    }

    private async Task FinishAsync(Ending how, Task up, Task down)
    {
        isEnding = true;
        if (how.By != Side.Provider && holds.UnderWay.Count > 0)
        {
            await CancelAsync();
        }

        await holds.CloseAsync(how.Outcome);
        if (how.Refusal is { } refusal && how.By != Side.Client)
        {
            await TellAsync(refusal, null);
        }

        using var patience = new CancellationTokenSource(Moment, clock);
        var (status, reason) = (how.Status ?? WebSocketCloseStatus.EndpointUnavailable, how.Reason);
        if (how.By == Side.Client)
        {
            await provider.CloseAsync(status, reason, patience.Token);
            // The provider's own answer goes back, where it comes in time.
            await Task.WhenAny(down, Task.Delay(Moment, clock));
            var (answer, why) = provider.Closed ?? (status, reason);
            await client.CloseAsync(answer, why, patience.Token);
        }
        else
        {
            await client.CloseAsync(how.Status ?? WebSocketCloseStatus.InternalServerError, reason, patience.Token);
            await provider.CloseAsync(how.By == Side.Provider ? status : WebSocketCloseStatus.NormalClosure, null, patience.Token);
            // What was said last has to be read before the connection ends.
            await Task.WhenAny(up, Task.Delay(Moment, clock));
        }
    }

    /// <summary>Has the provider cancel what is under way, and waits a moment for what it says that it used.</summary>
    private async Task CancelAsync()
    {
        using var patience = new CancellationTokenSource(Moment, clock);
        foreach (var id in holds.UnderWay)
        {
            var cancel = $$"""{"type":"response.cancel","response_id":{{JsonSerializer.Serialize(id)}}}""";
            try
            {
                await provider.SendAsync(WebSocketMessageType.Text, Encoding.UTF8.GetBytes(cancel), patience.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }

        if (holds.UnderWay.Count > 0)
        {
            await Task.WhenAny(idle.Task, Task.Delay(Moment, clock));
        }
    }

    private async Task TellAsync(Refusal refusal, string? eventId)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        var error = new WireError(refusal.Status, refusal.Code, refusal.Message, RequestId: holds.LatestRequest, Details: refusal.Members);
        RealtimeUsage.WriteError(output, error, eventId);
        try
        {
            await client.SendAsync(WebSocketMessageType.Text, output.WrittenMemory, over.Token);
        }
        catch (OperationCanceledException)
        {
            // It has ended meanwhile.
        }
    }

    private Ending TooLong() =>
        new(
            Side.Gateway,
            Outcome.Timeout,
            WebSocketCloseStatus.EndpointUnavailable,
            "session_expired",
            Refusal.BadRequest(
                "session_expired",
                $"The session has lasted {options.MaxLength.TotalMinutes:0} minutes, the most that this gateway allows. Open another one."
            )
        );

    private Ending Idle() =>
        new(
            Side.Gateway,
            Outcome.Timeout,
            WebSocketCloseStatus.EndpointUnavailable,
            "session_idle",
            Refusal.BadRequest("session_idle", $"Nothing was said for {options.Idle.TotalMinutes:0} minutes, so the session was closed.")
        );

    private static Ending Failed => new(Side.Gateway, Outcome.Cut, WebSocketCloseStatus.InternalServerError, "internal_error");

    private static Refusal Broken { get; } =
        new(StatusCodes.Status502BadGateway, "provider_answer_broken", "The connection to the provider broke.");
}
