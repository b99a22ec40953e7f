using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace Purser.Bench.Upstream;

/// <summary>
/// A chat-completions stand-in as cheap as it can be: sockets and fixed bytes, no HTTP library. It answers any POST, reads
/// <c>"stream":true</c>, <c>include_usage</c> and <c>"user":"pace-MS"</c> from the first and last kilobyte of the body, and
/// needs a content-length.
/// </summary>
internal static class UpstreamServer
{
    private const int Edge = 1024;

    public static async Task RunAsync(int port)
    {
        var pacer = new Pacer();
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(1024);
        while (true)
        {
            var connection = await listener.AcceptAsync();
            connection.NoDelay = true;
            _ = ServeAsync(connection, pacer);
        }
    }

    private static async Task ServeAsync(Socket connection, Pacer pacer)
    {
        var buffer = new byte[256 * 1024];
        var edges = new byte[2 * Edge];
        using (connection)
        {
            try
            {
                while (await ReadRequestAsync(connection, buffer, edges) is { } request)
                {
                    await AnswerAsync(connection, request, pacer);
                }
            }
            catch (SocketException)
            {
                // The client went away: nothing to tell it.
            }
        }
    }

    /// <returns>What was asked, or null when the client has closed.</returns>
    private static async ValueTask<Asked?> ReadRequestAsync(Socket connection, byte[] buffer, byte[] edges)
    {
        var filled = 0;
        int head;
        while ((head = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var read = await connection.ReceiveAsync(buffer.AsMemory(filled));
            if (read == 0)
            {
                return null;
            }
            filled += read;
        }
        var length = ContentLength(buffer.AsSpan(0, head + 2));
        var have = filled - head - 4;
        var first = Math.Min(Math.Min(have, length), Edge);
        buffer.AsSpan(head + 4, first).CopyTo(edges);
        if (length <= buffer.Length - head - 4)
        {
            while (have < length)
            {
                var read = await connection.ReceiveAsync(buffer.AsMemory(head + 4 + have));
                if (read == 0)
                {
                    return null;
                }
                have += read;
            }
            return Understand(
                buffer.AsSpan(head + 4, Math.Min(length, Edge)),
                buffer.AsSpan(head + 4 + Math.Max(0, length - Edge), Math.Min(length, Edge))
            );
        }
        // A body beyond the buffer is never a streamed one here: count it and let it go.
        while (have < length)
        {
            var read = await connection.ReceiveAsync(buffer.AsMemory(0, Math.Min(buffer.Length, length - have)));
            if (read == 0)
            {
                return null;
            }
            have += read;
        }
        return new Asked(false, false, 0);
    }

    private static int ContentLength(ReadOnlySpan<byte> head)
    {
        var at = Math.Max(head.IndexOf("\r\nContent-Length: "u8), head.IndexOf("\r\ncontent-length: "u8));
        return at >= 0 && Utf8Parser.TryParse(head[(at + "\r\nContent-Length: ".Length)..], out int length, out _) ? length : 0;
    }

    private static Asked Understand(ReadOnlySpan<byte> first, ReadOnlySpan<byte> last)
    {
        var stream = first.IndexOf("\"stream\":true"u8) >= 0 || last.IndexOf("\"stream\":true"u8) >= 0;
        var usage = stream && (first.IndexOf("\"include_usage\":true"u8) >= 0 || last.IndexOf("\"include_usage\":true"u8) >= 0);
        var paced = stream && (first.IndexOf("\"pace-10\""u8) >= 0 || last.IndexOf("\"pace-10\""u8) >= 0);
        return new Asked(stream, usage, paced ? 10 : 0);
    }

    private static async ValueTask AnswerAsync(Socket connection, Asked asked, Pacer pacer)
    {
        if (!asked.Stream)
        {
            await SendAsync(connection, FixedAnswers.Whole);
            return;
        }
        var chunks = asked.WithUsage ? FixedAnswers.ChunksWithUsage : FixedAnswers.Chunks;
        await SendAsync(connection, FixedAnswers.StreamHead);
        if (asked.PaceMs > 0)
        {
            await pacer.SendAsync(connection, chunks, asked.PaceMs);
            return;
        }
        foreach (var chunk in chunks)
        {
            await SendAsync(connection, chunk);
        }
    }

    private static async ValueTask SendAsync(Socket connection, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length; )
        {
            sent += await connection.SendAsync(bytes.AsMemory(sent));
        }
    }

    private readonly record struct Asked(bool Stream, bool WithUsage, int PaceMs);
}
