using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace Purser.Bench.Load;

/// <summary>Reads one streamed answer after another from a connection, and says what is wrong with the first wrong one.</summary>
internal sealed class StreamedAnswer(Socket socket)
{
    private readonly byte[] buffer = new byte[64 * 1024];
    private readonly byte[] body = new byte[256 * 1024];
    private int start;
    private int end;

    /// <returns>Null when the answer was complete and right.</returns>
    public async ValueTask<string?> ReadAsync(int eventsExpected)
    {
        int head;
        while ((head = buffer.AsSpan(start, end - start).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (!await FillAsync())
            {
                return "closed before the head";
            }
        }
        var wrong = CheckHead(buffer.AsSpan(start, head + 2));
        start += head + 4;
        if (wrong is not null)
        {
            return wrong;
        }
        var length = 0;
        while (true)
        {
            int line;
            while ((line = buffer.AsSpan(start, end - start).IndexOf("\r\n"u8)) < 0)
            {
                if (!await FillAsync())
                {
                    return "cut in the middle of the stream";
                }
            }
            if (!Utf8Parser.TryParse(buffer.AsSpan(start, line), out int size, out _, 'x'))
            {
                return "a chunk without a size";
            }
            start += line + 2;
            while (end - start < size + 2)
            {
                if (!await FillAsync())
                {
                    return "cut in the middle of a chunk";
                }
            }
            buffer.AsSpan(start, size).CopyTo(body.AsSpan(length));
            length += size;
            start += size + 2;
            if (size == 0)
            {
                return CheckBody(body.AsSpan(0, length), eventsExpected);
            }
        }
    }

    private static string? CheckHead(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("HTTP/1.1 200"u8))
        {
            return "status " + Encoding.ASCII.GetString(head[..Math.Min(head.Length, 60)]).Split('\r')[0];
        }
        // The names of headers come in any case; the value of this one doesn't.
        return head.IndexOf(": chunked\r\n"u8) < 0 ? "an answer that is not chunked" : null;
    }

    private static string? CheckBody(ReadOnlySpan<byte> events, int expected)
    {
        // Comments may follow the last event (Purser's cost does); every client skips them.
        var last = events.LastIndexOf("data: "u8);
        if (last < 0 || !events[last..].StartsWith("data: [DONE]\n"u8))
        {
            return "a stream without [DONE] at its end";
        }
        var count = events.Count("data: "u8);
        return count == expected ? null : $"{count} events where {expected} were expected";
    }

    /// <returns>False when the other side has closed.</returns>
    private async ValueTask<bool> FillAsync()
    {
        if (start > 0 && start == end)
        {
            start = end = 0;
        }
        else if (end == buffer.Length)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }
        var read = await socket.ReceiveAsync(buffer.AsMemory(end));
        end += read;
        return read > 0;
    }
}
