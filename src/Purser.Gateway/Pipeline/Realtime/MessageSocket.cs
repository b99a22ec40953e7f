using System.Buffers;
using System.Net.WebSockets;
using System.Text;

namespace Purser.Gateway.Pipeline.Realtime;

/// <summary>A message, or the end of a WebSocket.</summary>
/// <param name="Type">Text or binary; or that the other side closes.</param>
/// <param name="Bytes">All of the message; good until the next is received.</param>
internal readonly record struct Message(WebSocketMessageType Type, Memory<byte> Bytes);

/// <summary>One side of a session: receives whole messages, and sends them one after another, whoever sends.</summary>
internal sealed class MessageSocket(WebSocket socket, int longest) : IDisposable
{
    private const int ReadSize = 16 << 10;
    private const int KeptCapacity = 1 << 20;
    private const int LongestReason = 123;

    private readonly SemaphoreSlim sending = new(1);
    private ArrayBufferWriter<byte> buffer = new(ReadSize);

    /// <summary>Why and how the other side closed; null where it didn't.</summary>
    public (WebSocketCloseStatus Status, string? Reason)? Closed =>
        socket.CloseStatus is { } status ? (status, socket.CloseStatusDescription) : null;

    /// <summary>Whether the last message was larger than is taken.</summary>
    public bool WasTooLong { get; private set; }

    /// <summary>Receives the next message.</summary>
    /// <returns>Null where there is none any more: the other side closed, or sent one that is too long.</returns>
    /// <exception cref="WebSocketException">The connection broke.</exception>
    public async ValueTask<Message?> ReceiveAsync(CancellationToken cancellationToken)
    {
        if (buffer.Capacity > KeptCapacity)
        {
            buffer = new ArrayBufferWriter<byte>(ReadSize);
        }

        buffer.ResetWrittenCount();
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.GetMemory(ReadSize), cancellationToken);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            buffer.Advance(part.Count);
            if (buffer.WrittenCount > longest)
            {
                WasTooLong = true;
                return null;
            }

            if (part.EndOfMessage)
            {
                return new Message(part.MessageType, System.Runtime.InteropServices.MemoryMarshal.AsMemory(buffer.WrittenMemory));
            }
        }
    }

    /// <summary>Sends a message; whoever receives slowly is waited for. False where nobody takes it any more.</summary>
    public async ValueTask<bool> SendAsync(WebSocketMessageType type, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await sending.WaitAsync(cancellationToken);
        try
        {
            if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
            {
                return false;
            }

            await socket.SendAsync(message, type, endOfMessage: true, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            sending.Release();
        }
    }

    /// <summary>Says that no more comes, and why. It doesn't wait for the answer.</summary>
    public async Task CloseAsync(WebSocketCloseStatus status, string? reason, CancellationToken cancellationToken)
    {
        try
        {
            await sending.WaitAsync(cancellationToken);
            try
            {
                if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                {
                    var isSendable = (int)status is 1005 or (>= 1000 and not 1004 and not 1006 and not 1015);
                    await socket.CloseOutputAsync(
                        isSendable ? status : WebSocketCloseStatus.EndpointUnavailable,
                        status == WebSocketCloseStatus.Empty ? null : Shortened(reason ?? ""),
                        cancellationToken
                    );
                }
            }
            finally
            {
                sending.Release();
            }
        }
        catch (Exception exception)
            when (exception is WebSocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // It's gone already.
        }
    }

    public void Dispose()
    {
        socket.Dispose();
        sending.Dispose();
    }

    private static string Shortened(string reason)
    {
        while (Encoding.UTF8.GetByteCount(reason) > LongestReason)
        {
            reason = reason[..^1];
        }

        return reason;
    }
}
