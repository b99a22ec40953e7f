using System.Text;
using CsCheck;
using Purser.Providers.Translation;

namespace Purser.Providers.Tests.Translation;

/// <summary>Laws of streams that hold for all bytes and all cuts.</summary>
public sealed class StreamPropertyTests
{
    private static readonly string[] Cells =
    [
        .. TranslationVectors.Cells.Where(cell => TranslationVectors.File(cell, "provider-stream.txt") is not null),
    ];

    private static readonly byte[][] Bodies = [.. Cells.Select(cell => TranslationVectors.File(cell, "provider-stream.txt")!)];

    public static TheoryData<string> Streams => [.. Cells];

    [Theory]
    [MemberData(nameof(Streams))]
    public void Any_cuts_then_the_same_events(string cell)
    {
        var stream = TranslationVectors.File(cell, "provider-stream.txt")!;
        var context = TranslationVectors.Context(cell);
        var provider = TranslationVectors.Formats(cell).Provider;
        var expected = Read(provider, context, [stream]);

        Gen.Int[1, 60].Array[1, 40].Sample(sizes => Read(provider, context, Split(stream, sizes)).SequenceEqual(expected), iter: 200);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Any_cuts_then_the_same_bytes_for_the_client(string cell)
    {
        var stream = TranslationVectors.File(cell, "provider-stream.txt")!;
        var expected = TranslationVectors.Stream(cell, stream);

        Assert.Equal(
            Encoding.UTF8.GetString(expected),
            Encoding.UTF8.GetString(TranslationVectors.Stream(cell, [.. stream.Select(one => (byte[])[one])]))
        );
    }

    [Fact]
    public void Broken_bytes_then_one_end_and_nothing_after_it_whatever_the_cuts()
    {
        var context = new AnswerContext(new CanonicalRequest { Model = "m" }, "a", 0);
        var broken = Gen.Select(Gen.Int[0, Bodies.Length - 1], Gen.Int[0, 4000], Gen.Byte, Gen.Int[0, 3]).Select(Break);
        Gen.Select(broken, Gen.Int[1, 60].Array[1, 40], Gen.Int[0, FormatTranslators.All.Count - 1])
            .Sample(
                (stream, sizes, format) =>
                {
                    var whole = Read(FormatTranslators.All[format], context, [stream]);
                    var ends = whole.Count(one =>
                        one.StartsWith("End", StringComparison.Ordinal) || one.StartsWith("Error", StringComparison.Ordinal)
                    );
                    return ends == 1
                        && (
                            whole[^1].StartsWith("End", StringComparison.Ordinal) || whole[^1].StartsWith("Error", StringComparison.Ordinal)
                        )
                        && whole.SequenceEqual(Read(FormatTranslators.All[format], context, Split(stream, sizes)));
                },
                iter: 3000
            );
    }

    // Something in a good stream is replaced, cut off, said twice or left out.
    private static byte[] Break(int body, int at, byte other, int how) => Break(Bodies[body], at, other, how);

    internal static byte[] Break(byte[] stream, int at, byte other, int how)
    {
        at %= stream.Length;
        return how switch
        {
            0 => [.. stream[..at], other, .. stream[(at + 1)..]],
            1 => stream[..at],
            2 => [.. stream[..at], .. stream[(at / 2)..]],
            _ => [.. stream[..(at / 2)], .. stream[at..]],
        };
    }

    internal static List<string> Read(FormatTranslator format, AnswerContext context, IEnumerable<byte[]> chunks)
    {
        var sink = new RecordingSink();
        using var reader = format.CreateStreamReader(context);
        foreach (var chunk in chunks)
        {
            reader.Feed(chunk, sink);
        }
        reader.End(sink);
        return sink.Events;
    }

    internal static List<byte[]> Split(byte[] stream, int[] sizes)
    {
        var chunks = new List<byte[]>();
        for (int at = 0, next = 0; at < stream.Length; next++)
        {
            var size = Math.Min(sizes[next % sizes.Length], stream.Length - at);
            chunks.Add(stream[at..(at + size)]);
            at += size;
        }
        return chunks;
    }
}
