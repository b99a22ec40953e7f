using System.Text;
using Purser.Gateway.Credentials;
using Xunit;

namespace Purser.Gateway.Tests.Credentials;

public sealed class MaskedStreamTests
{
    private const string Secret = "sk-sk-s/cr+t";

    [Theory]
    [InlineData("no secret in here, sk-sk-", "no secret in here, sk-sk-")]
    [InlineData("sk-sk-s/cr+t", "************")]
    [InlineData("a sk-sk-s/cr+tsk-sk-s/cr+t b", "a ************************ b")]
    [InlineData("sk-sk-sk-sk-s/cr+t", "sk-sk-************")]
    [InlineData("""{"m":"sk-sk-s\/cr+t"}""", """{"m":"*************"}""")]
    [InlineData("""{"m":"sk-sk-s/cr\u002Bt"}""", """{"m":"*****************"}""")]
    [InlineData("?key=sk-sk-s%2Fcr%2Bt&x", "?key=****************&x")]
    [InlineData("", "")]
    public async Task A_secret_is_masked_wherever_the_bytes_are_split(string sent, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(sent);
        for (var first = 1; first <= Math.Max(1, bytes.Length); first++)
        {
            for (var then = 1; then <= Math.Max(1, bytes.Length); then += 3)
            {
                foreach (var room in (int[])[1, 7, 100])
                {
                    Assert.Equal(expected, await ReadAsync(bytes, [first, then], room));
                }
            }
        }
    }

    [Fact]
    public async Task What_cannot_be_a_beginning_is_given_out_at_once()
    {
        var source = new Pieces([Encoding.UTF8.GetBytes("data: hello\n\n"), Encoding.UTF8.GetBytes("rest sk-"), "x"u8.ToArray()]);
        var masked = new SecretMask(Secret).Over(source);
        var buffer = new byte[100];

        Assert.Equal("data: hello\n\n", await NextAsync(masked, buffer));
        Assert.Equal("rest ", await NextAsync(masked, buffer));
        Assert.Equal("sk-x", await NextAsync(masked, buffer));
        Assert.Equal("", await NextAsync(masked, buffer));
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    public void What_is_no_secret_isn_t_looked_for(string secret)
    {
        using var source = new MemoryStream();

        Assert.Same(source, new SecretMask(secret).Over(source));
        Assert.Equal("a short text", new SecretMask(secret).Apply("a short text"));
    }

    [Fact]
    public void A_header_is_masked() =>
        Assert.Equal("key=*** and ***", new SecretMask(Secret).Apply("key=sk-sk-s/cr+t and sk-sk-s%2Fcr%2Bt"));

    private static async Task<string> ReadAsync(byte[] bytes, int[] lengths, int room)
    {
        var pieces = new List<byte[]>();
        for (int at = 0, i = 0; at < bytes.Length; i++)
        {
            var length = Math.Min(i == 0 ? lengths[0] : lengths[1], bytes.Length - at);
            pieces.Add(bytes[at..(at + length)]);
            at += length;
        }

        await using var masked = new SecretMask(Secret).Over(new Pieces(pieces));
        var read = new StringBuilder();
        var buffer = new byte[room];
        while (await NextAsync(masked, buffer) is { Length: > 0 } text)
        {
            read.Append(text);
        }

        return read.ToString();
    }

    private static async Task<string> NextAsync(Stream stream, byte[] buffer) =>
        Encoding.UTF8.GetString(buffer, 0, await stream.ReadAsync(buffer, TestContext.Current.CancellationToken));

    /// <summary>Gives its pieces out one a read, as far as there is room.</summary>
    private sealed class Pieces(IEnumerable<byte[]> pieces) : MemoryStream
    {
        private readonly Queue<byte[]> left = new(pieces);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!left.TryDequeue(out var piece))
            {
                return new(0);
            }

            var count = Math.Min(piece.Length, buffer.Length);
            piece.AsSpan(0, count).CopyTo(buffer.Span);
            if (count < piece.Length)
            {
                var rest = left.ToList();
                left.Clear();
                left.Enqueue(piece[count..]);
                rest.ForEach(left.Enqueue);
            }

            return new(count);
        }
    }
}
