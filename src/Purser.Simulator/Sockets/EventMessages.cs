using System.Net.WebSockets;

namespace Purser.Simulator.Sockets;

/// <summary>Sends each event that is written to it as a message of a WebSocket. What isn't a line of data is passed over.</summary>
internal sealed class EventMessages(WebSocket socket) : Stream
{
    private static readonly byte[] DataStart = "data: "u8.ToArray();

    private readonly MemoryStream line = new();

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var rest = buffer;
        for (var end = rest.Span.IndexOf((byte)'\n'); end >= 0; end = rest.Span.IndexOf((byte)'\n'))
        {
            line.Write(rest.Span[..end]);
            await SendLineAsync(cancellationToken);
            rest = rest[(end + 1)..];
        }

        line.Write(rest.Span);
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        line.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask SendLineAsync(CancellationToken cancellationToken)
    {
        var bytes = line.ToArray();
        line.SetLength(0);

        // What ends in a carriage return was cut off: a message that isn't whole never arrives.
        if (bytes.AsSpan().StartsWith(DataStart) && bytes[^1] != '\r' && socket.State == WebSocketState.Open)
        {
            await socket.SendAsync(bytes.AsMemory(DataStart.Length), WebSocketMessageType.Text, true, cancellationToken);
        }
    }
}
