using System.Buffers;
using Microsoft.AspNetCore.Http;
using Purser.Core.Pricing;
using Purser.Gateway.Storage;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// Carries a provider's events to the client as they come. A slow client doesn't stop the reading: the provider's meter runs on
/// anyway, so what the client hasn't taken yet is spooled, up to a bound; past it the client counts as gone. Until it's released, all is held.
/// </summary>
/// <param name="http">The client's request.</param>
/// <param name="relay">Reads and changes what comes; null: it's passed on as it is.</param>
/// <param name="clock">The clock.</param>
/// <param name="keep">Is waited for before what has been read is passed on; null for nothing.</param>
internal sealed class StreamForwarder(HttpContext http, StreamRelay? relay, TimeProvider clock, Func<ValueTask>? keep = null) : IDisposable
{
    private const int ReadSize = 16 * 1024;
    private const int LargestSpool = 16 << 20;
    private static readonly TimeSpan SlowestClient = TimeSpan.FromSeconds(60);

    private readonly byte[] chunk = ArrayPool<byte>.Shared.Rent(ReadSize);
    private readonly PooledBuffer spool = new(ReadSize);
    private PooledBuffer? inFlight;
    private Task writing = Task.CompletedTask;

    private bool isHeld = true;

    /// <summary>Whether nobody listens any more.</summary>
    public bool ClientIsGone { get; private set; }

    /// <summary>Reads what the provider has and passes it on. False at the stream's end.</summary>
    public async ValueTask<bool> ForwardAsync(Stream body, CancellationToken cancellationToken)
    {
        var read = await body.ReadAsync(chunk, cancellationToken);
        if (read == 0)
        {
            relay?.Complete(spool);
            await KeepAsync();
            await PassOnAsync();
            return false;
        }

        if (relay is null)
        {
            spool.Write(chunk.AsSpan(0, read));
        }
        else
        {
            relay.Relay(chunk.AsSpan(0, read), spool);
        }

        await KeepAsync();
        await PassOnAsync();
        return true;
    }

    /// <summary>Nothing reaches the client before this; then what was held does, and all that comes.</summary>
    public ValueTask ReleaseAsync()
    {
        isHeld = false;
        return PassOnAsync();
    }

    /// <summary>Ends the answer in its protocol as a stop at its output limit; what is still spooled goes out before.</summary>
    public void CutOff(in CutOff cut) => relay?.CutOff(cut, spool);

    /// <summary>Writes a text at the end of the next text of the answer, where there is one to write.</summary>
    public void CloseWith(string? text)
    {
        if (text is not null)
        {
            relay?.CloseWith(text);
        }
    }

    /// <summary>Whether it has been written.</summary>
    public bool IsClosed => relay?.IsClosed == true;

    /// <summary>Ends the answer: an error in the protocol's own form where there is one, then the cost as a comment.</summary>
    public async Task FinishAsync(WireError? error, Money cost)
    {
        if (error is { } failure)
        {
            if (relay is { TellsErrors: false })
            {
                // Half of a sound would look whole.
                http.Abort();
                return;
            }

            relay?.WriteError(failure, spool);
        }

        // Event streams can carry a comment, which every client skips; the headers left long before the cost was known.
        relay?.WriteFigure("x-purser-cost-usd", cost.ToString(), spool);
        if (!await WaitForClientAsync())
        {
            return;
        }

        try
        {
            await UpstreamAnswer.WriteAsync(http.Response, spool.Written, http.RequestAborted);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            ClientIsGone = true;
        }
    }

    public void Dispose()
    {
        relay?.Dispose();
        ArrayPool<byte>.Shared.Return(chunk);
        // A write that still runs owns its buffer; the pool can do without it.
        if (writing.IsCompleted)
        {
            inFlight?.Dispose();
            spool.Dispose();
        }
    }

    /// <summary>What is in the answer and has to be kept is, before the client learns of it.</summary>
    private async ValueTask KeepAsync()
    {
        if (keep is null)
        {
            return;
        }

        try
        {
            await keep();
        }
        catch (LedgerUnavailableException exception)
        {
            // As far as the client can tell, the answer broke off.
            throw new IOException("What the answer names can't be kept.", exception);
        }
    }

    private async ValueTask PassOnAsync()
    {
        if (spool.Length == 0 || isHeld)
        {
            return;
        }

        if (ClientIsGone)
        {
            spool.Clear();
            return;
        }

        if (!writing.IsCompleted && spool.Length < LargestSpool)
        {
            return;
        }

        if (!await WaitForClientAsync())
        {
            spool.Clear();
            return;
        }

        StartWrite();
    }

    private void StartWrite()
    {
        inFlight ??= new PooledBuffer(ReadSize);
        inFlight.Clear();
        inFlight.Write(spool.Span);
        spool.Clear();
        writing = UpstreamAnswer.WriteAsync(http.Response, inFlight.Written, http.RequestAborted);
        if (writing.IsCompletedSuccessfully)
        {
            writing = Task.CompletedTask;
        }
    }

    private async ValueTask<bool> WaitForClientAsync()
    {
        try
        {
            if (!writing.IsCompletedSuccessfully)
            {
                await writing.WaitAsync(SlowestClient, clock);
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or TimeoutException)
        {
            ClientIsGone = true;
            if (gone is TimeoutException)
            {
                http.Abort();
            }
        }

        return !ClientIsGone && !http.RequestAborted.IsCancellationRequested;
    }
}
