using Purser.Routing.Understanding;
using Xunit;

namespace Purser.Routing.Tests.Understanding;

/// <summary>The difficulty by form: in its range, and never less for more of what makes a request hard.</summary>
public sealed class DifficultyTests
{
    private const string Plain = "Write a function that reads a file.";

    [Theory]
    [InlineData(Plain, Plain + " It must never hold more than 1 MB, and exactly one line at most may be lost.")]
    [InlineData("Solve x + 1 = 2.", "Solve x + 1 = 2. Prove that there is no other root of it.")]
    [InlineData("Why is the sky blue?", "Why is the sky blue? And why is it red at dusk? Compare both.")]
    public void More_asked_is_harder(string easy, string hard) =>
        Assert.True(RequestReader.ReadPrompt(hard).Difficulty > RequestReader.ReadPrompt(easy).Difficulty);

    [Fact]
    public void It_never_falls_when_a_signal_rises()
    {
        var rising = Difficulty.SignalNames.Select(name => FeatureNames.All.ToList().IndexOf(name)).ToArray();
        Assert.DoesNotContain(-1, rising);
        foreach (var request in LabelledRequest.All)
        {
            var features = RequestReader.Read(request.Body);
            Assert.InRange(features.Difficulty, 0, 0.999f);
            foreach (var index in rising)
            {
                var more = (float[])features.Dense.Clone();
                var before = features.Difficulty;
                for (var step = 0; step < 8; step++)
                {
                    more[index] += 0.7f;
                    var difficulty = Difficulty.Of(features.Class, more);
                    Assert.True(difficulty >= before, $"{FeatureNames.All[index]} makes it easier");
                    before = difficulty;
                }
            }
        }
    }

    [Fact]
    public void Longer_conversations_and_more_tools_are_no_easier()
    {
        var before = 0f;
        for (var turns = 1; turns < 40; turns += 3)
        {
            var message =
                """{"role":"user","content":"Explain the next part of it."},{"role":"assistant","content":"Well, here it is."},""";
            var body =
                $$"""{"messages":[{{string.Concat(Enumerable.Repeat(message, turns))}}{"role":"user","content":"Explain the next part of it."}]}""";
            var difficulty = RequestReader.Read(System.Text.Encoding.UTF8.GetBytes(body)).Difficulty;
            Assert.True(difficulty >= before);
            before = difficulty;
        }
    }
}
