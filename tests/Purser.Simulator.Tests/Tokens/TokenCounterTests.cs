using System.Text;
using CsCheck;
using Purser.Simulator.Tokens;

namespace Purser.Simulator.Tests.Tokens;

public class TokenCounterTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData(" \t\r\n\v\f", 0)]
    [InlineData("hi", 1)]
    [InlineData("hello", 1)]
    [InlineData("hellos", 2)]
    [InlineData("helloworld", 2)]
    [InlineData("helloworlds", 3)]
    [InlineData("hello world", 2)]
    [InlineData("a1b2c", 1)]
    [InlineData("hello, world!", 4)]
    [InlineData("é", 2)] // two UTF-8 bytes
    [InlineData("aéa", 4)] // the é ends a run: 1 + 2 + 1
    [InlineData("漢字", 6)]
    [InlineData("😀", 4)]
    [InlineData("{\"city\":\"it\"}", 9)] // { " city " : " it " } : seven signs and two words
    public void Text_is_counted_by_the_rule(string text, int tokens) => Assert.Equal(tokens, TokenCounter.Count(text));

    [Fact]
    public void A_text_never_has_more_tokens_than_bytes() =>
        Gen.String.Sample(text => TokenCounter.Count(text) <= Encoding.UTF8.GetByteCount(text));

    [Fact]
    public void Joined_by_a_space_texts_have_the_sum_of_their_tokens() =>
        Gen.Select(Gen.String, Gen.String)
            .Sample((left, right) => TokenCounter.Count(left + " " + right) == TokenCounter.Count(left) + TokenCounter.Count(right));

    [Fact]
    public void Taken_in_pieces_a_text_has_the_same_tokens() =>
        Gen.Select(Gen.String, Gen.Int[1, 9])
            .Sample(
                (text, limit) =>
                {
                    var rest = Encoding.UTF8.GetBytes(text).AsSpan();
                    var sum = 0;
                    while (!rest.IsEmpty)
                    {
                        var length = TokenCounter.Take(rest, limit, out var tokens);
                        Assert.Equal(tokens, TokenCounter.Count(rest[..length]));
                        Assert.InRange(tokens, 0, limit);
                        sum += tokens;
                        rest = rest[length..];
                    }

                    return sum == TokenCounter.Count(text);
                }
            );
}
