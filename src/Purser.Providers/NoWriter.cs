using System.Buffers;

namespace Purser.Providers;

/// <summary>Takes bytes that nobody shall get: what a provider sends after the client's stream was cut off.</summary>
internal sealed class NoWriter : IBufferWriter<byte>
{
    private byte[] scratch = [];

    /// <inheritdoc/>
    public void Advance(int count) { }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0) => Scratch(sizeHint);

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => Scratch(sizeHint);

    private byte[] Scratch(int sizeHint)
    {
        if (scratch.Length < Math.Max(sizeHint, 1))
        {
            scratch = new byte[Math.Max(sizeHint, 256)];
        }
        return scratch;
    }
}
