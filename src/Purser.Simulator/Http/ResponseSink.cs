using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Purser.Simulator.Http;

/// <summary>
/// Where an answer's bytes go. A response that is to be cut off frames its own chunks and closes the connection: all that was
/// written arrives, and the ending is missing.
/// </summary>
internal sealed class ResponseSink
{
    // What isn't paced is sent in blocks of about this size.
    private const int BlockSize = 8 * 1024;

    private readonly HttpContext http;
    private readonly bool framesItself;
    private int unflushed;

    public ResponseSink(HttpContext http, bool isCutOff)
    {
        this.http = http;
        framesItself = isCutOff;
        if (isCutOff)
        {
            http.Response.Headers.TransferEncoding = "chunked";
            http.Response.Headers.Connection = "close";
        }
    }

    /// <summary>Whether enough was written to send it.</summary>
    public bool IsFull => unflushed >= BlockSize;

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        if (framesItself)
        {
            Append(Encoding.ASCII.GetBytes(bytes.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
        }

        Append(bytes);
        if (framesItself)
        {
            Append("\r\n"u8);
        }

        unflushed += bytes.Length;
    }

    /// <summary>Sends what was written, at the reader's speed.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellation = default)
    {
        if (unflushed > 0)
        {
            unflushed = 0;
            await http.Response.BodyWriter.FlushAsync(cancellation);
        }
    }

    // Kestrel hands out an empty span when a block is just full and no size was asked for, so a size is always asked for.
    private void Append(ReadOnlySpan<byte> bytes)
    {
        var writer = http.Response.BodyWriter;
        bytes.CopyTo(writer.GetSpan(bytes.Length));
        writer.Advance(bytes.Length);
    }
}
