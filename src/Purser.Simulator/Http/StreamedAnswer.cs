using Purser.Simulator.Faults;
using Purser.Simulator.Latency;

namespace Purser.Simulator.Http;

/// <summary>Sends one streamed answer: each frame when its tokens are due, with the fault that strikes it.</summary>
internal sealed class StreamedAnswer(
    SimulatorState state,
    ChatEndpoint endpoint,
    ConnectionState connection,
    Wire wire,
    Exchange exchange,
    Pace pace
)
{
    private readonly ResponseSink sink = new(connection.Http, exchange.Fault == FaultKind.Cut);
    private readonly int strikesAt = StrikesAt(exchange);
    private int generated;
    private int thinking;
    private bool struck;
    private bool recorded;

    /// <summary>Sends it, and records its bill before its last bytes.</summary>
    public async Task SendAsync(DateTimeOffset now)
    {
        using var leaves = pace.IsInstant ? null : state.UntilLeft(connection.Http);
        var cancellation = leaves?.Token ?? CancellationToken.None;
        try
        {
            await SendFramesAsync(now, cancellation);
        }
        catch (OperationCanceledException) when (!recorded)
        {
            // Reasoning comes without frames of its own: what passed of it is a matter of time.
            var thought = thinking > 0 ? Math.Clamp(pace.TokensByNow(generated + thinking) - generated, 0, thinking) : 0;
            endpoint.CompleteLeft(connection, exchange, generated + thought);
        }
    }

    private async Task SendFramesAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var output = connection.Output;
        output.Clear();
        pace.Add(1);
        await pace.WaitAsync(cancellation);
        (exchange.FirstMilliseconds, exchange.Milliseconds) = (pace.Milliseconds, pace.Milliseconds);
        SetHeaders(now);
        var ahead = 1;
        foreach (var frame in wire.Stream(output, exchange))
        {
            // The first token was waited for before the headers.
            var wait = Math.Max(0, frame.All - ahead);
            ahead = Math.Max(0, ahead - frame.All);
            if (wait > 0 && !pace.IsInstant)
            {
                pace.Add(wait);
                exchange.Milliseconds = pace.Milliseconds;
                await sink.FlushAsync(cancellation);
                thinking = frame.Reasoning;
                await (thinking > 0 && exchange.HidesThinking ? ThinkAsync(cancellation) : pace.WaitAsync(cancellation));
                thinking = 0;
            }

            generated += frame.All;
            if (generated >= strikesAt && !struck && Strike(output))
            {
                return;
            }

            if (frame.IsLast)
            {
                recorded = true;
                endpoint.Complete(connection, exchange, 200, ChatEndpoint.OutcomeOf(exchange.Fault), ChatEndpoint.All(exchange));
            }

            sink.Write(output.Written);
            output.Clear();
            if (sink.IsFull && !recorded)
            {
                await sink.FlushAsync(cancellation);
                if (connection.Http.RequestAborted.IsCancellationRequested)
                {
                    endpoint.CompleteLeft(connection, exchange, generated);
                    return;
                }
            }
        }
    }

    // The stream is open, and nothing of the answer comes. The frame that follows is composed already and must come after the keep-alives.
    private async Task<bool> ThinkAsync(CancellationToken cancellation)
    {
        await connection.Http.Response.BodyWriter.FlushAsync(cancellation);
        if (state.Options.Thinking?.PingEvery is not { } every)
        {
            return await pace.WaitAsync(cancellation);
        }

        var ping = new OutputBuffer();
        wire.WriteKeepAlive(ping);
        while (!await pace.WaitAsync(cancellation, every))
        {
            sink.Write(ping.Written);
            await sink.FlushAsync(cancellation);
        }

        return true;
    }

    private void SetHeaders(DateTimeOffset now)
    {
        var response = connection.Http.Response;
        response.ContentType = wire.StreamContentType;
        response.Headers.CacheControl = "no-cache";
        wire.SetLimitHeaders(response.Headers, exchange.Request, now, pace.Milliseconds, isLimited: false);
    }

    // The fault strikes in the frame that carries the chosen token; true ends the stream here.
    private bool Strike(OutputBuffer output)
    {
        struck = true;
        switch (exchange.Fault)
        {
            case FaultKind.Garbage:
                output.Clear();
                wire.WriteGarbageEvent(output);
                return false;
            case FaultKind.StreamError:
                output.Clear();
                wire.WriteStreamError(output, exchange);
                break;
            case FaultKind.Cut:
                // Half an event is the worst that a reader can meet.
                output.Truncate(output.Length / 2);
                break;
            default:
                return false;
        }

        recorded = true;
        endpoint.Complete(connection, exchange, 200, ChatEndpoint.OutcomeOf(exchange.Fault), endpoint.Part(exchange, generated));
        sink.Write(output.Written);
        return true;
    }

    private static int StrikesAt(Exchange exchange)
    {
        var random = exchange.Random;
        return exchange.Fault is FaultKind.Cut or FaultKind.Garbage or FaultKind.StreamError
            ? 1 + random.Below(Math.Max(1, exchange.OutputTokens + exchange.ReasoningTokens))
            : int.MaxValue;
    }
}
