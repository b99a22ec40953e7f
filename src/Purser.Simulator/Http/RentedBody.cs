using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Purser.Simulator.Http;

/// <summary>A request's whole body in pooled memory.</summary>
internal readonly struct RentedBody : IDisposable
{
    private readonly byte[] array;
    private readonly int length;

    private RentedBody(byte[] array, int length) => (this.array, this.length) = (array, length);

    /// <summary>Whether there is no body: the default value.</summary>
    public bool IsNone => array is null;

    /// <summary>The body.</summary>
    public ReadOnlySpan<byte> Bytes => array.AsSpan(0, length);

    /// <summary>Reads a body to its end.</summary>
    /// <returns>Null when it is longer than <paramref name="longest"/> bytes.</returns>
    /// <exception cref="IOException">The client left before the body's end.</exception>
    public static async ValueTask<RentedBody?> ReadAsync(HttpRequest request, int longest)
    {
        if (request.ContentLength > longest)
        {
            return null;
        }

        var array = ArrayPool<byte>.Shared.Rent((int)(request.ContentLength ?? 4096));
        var length = 0;
        try
        {
            while (true)
            {
                var result = await request.BodyReader.ReadAsync();
                var read = result.Buffer;
                if (length + read.Length > longest)
                {
                    request.BodyReader.AdvanceTo(read.End);
                    ArrayPool<byte>.Shared.Return(array);
                    return null;
                }

                if (length + read.Length > array.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(longest, Math.Max(array.Length * 2L, length + read.Length)));
                    array.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(array);
                    array = larger;
                }

                read.CopyTo(array.AsSpan(length));
                length += (int)read.Length;
                request.BodyReader.AdvanceTo(read.End);
                if (result.IsCompleted)
                {
                    return new RentedBody(array, length);
                }
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(array);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (array is not null)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }
}
