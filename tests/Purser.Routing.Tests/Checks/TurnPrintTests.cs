using CsCheck;
using Purser.Routing.Checks;
using Xunit;

namespace Purser.Routing.Tests.Checks;

public sealed class TurnPrintTests
{
    private const string Asked = "What is the capital of Australia?";

    [Theory]
    [InlineData(Asked, Asked, true)]
    [InlineData(Asked, "what is the CAPITAL of  australia", true)]
    [InlineData(Asked, "Please, once more: what is the capital of Australia?", true)]
    [InlineData(Asked, "What is the capital of Australia? That was wrong.", true)]
    [InlineData(Asked, "What is the capital of Austria?", false)]
    [InlineData(Asked, "I asked you something, and you did not answer: what is the capital of Australia?", false)]
    [InlineData("continue", "continue", false)] // said again and again
    [InlineData("Klassifiziere: gut gemacht", "Klassifiziere: schlecht gemacht", false)]
    [InlineData("Translate this", "Translate this now please", false)] // too short to be known in a longer one
    [InlineData("请把下面这段话翻译成英文并解释", "请把下面这段话翻译成英文并解释。", true)]
    [InlineData("", "", false)]
    public void A_turn_is_known_again_by_its_words(string first, string second, bool isSame) =>
        Assert.Equal(isSame, TurnPrint.Of(first).IsSaidAgainBy(second));

    [Fact]
    public void Words_around_it_hide_no_turn() =>
        Gen.Select(Gen.String[Gen.Char.AlphaNumeric, 4, 8].Array[4, 30], Gen.Int[0, 3], Gen.Int[0, 3])
            .Sample(
                (words, before, after) =>
                {
                    var turn = string.Join(' ', words);
                    var again =
                        string.Concat(Enumerable.Repeat("again ", before)) + turn + string.Concat(Enumerable.Repeat(" again", after));
                    Assert.True(TurnPrint.Of(turn).IsSaidAgainBy(again));
                },
                iter: 1_000,
                threads: 2
            );

    [Theory]
    [InlineData(true, true, true, true)]
    [InlineData(true, false, true, false)]
    [InlineData(false, true, true, false)]
    public void A_call_that_failed_twice_in_a_row_is_seen(bool isSame, bool firstFailed, bool secondFailed, bool isThrash)
    {
        ToolOutcome[] outcomes =
        [
            new("read", "{}", "fine", false),
            new("run", """{"c":"make"}""", firstFailed ? "Error: no rule" : "done", false),
            new("run", isSame ? """{"c":"make"}""" : """{"c":"make x"}""", "what?", secondFailed),
        ];

        Assert.Equal(isThrash, ToolThrash.IsSeen(outcomes));
        Assert.False(ToolThrash.IsSeen(outcomes[2..]));
    }
}
