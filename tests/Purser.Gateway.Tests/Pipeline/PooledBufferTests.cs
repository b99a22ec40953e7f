using System.Buffers;
using System.Security.Cryptography;
using Purser.Gateway.Pipeline;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

public sealed class PooledBufferTests : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), $"purser-spill-{Guid.NewGuid():N}");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Whatever_is_written_in_whatever_pieces_is_read_again(int seed)
    {
        var random = new Random(seed);
        using var expected = new MemoryStream();
        using var buffer = new PooledBuffer(random.Next(100_000), new SpillFolder(path));
        while (expected.Length < 3 * PooledBuffer.LargestInMemory)
        {
            var piece = new byte[random.Next(10) == 0 ? random.Next(2_000_000) : random.Next(100_000)];
            random.NextBytes(piece);
            expected.Write(piece);
            if (random.Next(2) == 0)
            {
                buffer.Write(piece);
            }
            else
            {
                piece.CopyTo(buffer.GetMemory(piece.Length));
                buffer.Advance(piece.Length);
            }

            Assert.Equal(expected.Length, buffer.Length);
            if (random.Next(20) == 0)
            {
                Assert.True(buffer.Span.SequenceEqual(expected.GetBuffer().AsSpan(0, (int)expected.Length)));
            }
        }

        Assert.Equal(SHA256.HashData(expected.GetBuffer().AsSpan(0, (int)expected.Length)), SHA256.HashData(buffer.Span));
        buffer.Clear();
        Assert.Equal(0, buffer.Length);
        buffer.Write("again"u8);
        Assert.True(buffer.Span.SequenceEqual("again"u8));
    }

    [Fact]
    public void Small_bodies_stay_in_memory_and_of_large_ones_no_file_is_to_be_seen()
    {
        using var small = new PooledBuffer(spill: new SpillFolder(path));
        small.Write(new byte[PooledBuffer.LargestInMemory]);
        Assert.False(Directory.Exists(path));

        using var large = new PooledBuffer(spill: new SpillFolder(path));
        large.Write(new byte[PooledBuffer.LargestInMemory + 1]);

        Assert.Equal(PooledBuffer.LargestInMemory + 1, large.Written.Length);
        Assert.True(OperatingSystem.IsWindows() || Directory.GetFiles(path).Length == 0);
    }

    [Fact]
    public void What_was_given_back_is_not_read_any_more_but_for_what_is_pinned()
    {
        var buffer = new PooledBuffer(spill: new SpillFolder(path));
        var bytes = new byte[PooledBuffer.LargestInMemory * 2];
        bytes[^1] = 7;
        buffer.Write(bytes);
        var written = buffer.Written;
        using var pin = written.Pin();

        buffer.Dispose();

        Assert.Throws<ObjectDisposedException>(() => written.Span[0]);
        unsafe
        {
            Assert.Equal(7, ((byte*)pin.Pointer)[bytes.Length - 1]);
        }
    }

    [Fact]
    public void A_disk_that_does_not_take_it_is_an_error_of_its_own()
    {
        File.WriteAllText(path, "a file where the folder should be");
        try
        {
            using var buffer = new PooledBuffer(spill: new SpillFolder(path));

            Assert.Throws<SpillException>(() => buffer.Write(new byte[PooledBuffer.LargestInMemory + 1]));
        }
        finally
        {
            File.Delete(path);
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
