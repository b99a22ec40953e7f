using Purser.Routing.Bench;
using Xunit;

namespace Purser.Routing.Tests.Bench;

public sealed class QuestionFoldsTests
{
    [Fact]
    public void A_question_in_another_dress_is_the_same_question()
    {
        Assert.Equal(QuestionFolds.Normalise("What is 2 + 2?\nA. 3"), QuestionFolds.Normalise("what is 2+2  (A) 3"));
        Assert.NotEqual(QuestionFolds.Normalise("What is 2 + 2?"), QuestionFolds.Normalise("What is 2 + 3?"));
        Assert.Equal("…", QuestionFolds.Normalise("…"));
    }

    [Fact]
    public void Folds_share_no_question_and_are_of_like_size()
    {
        string[] keys = [.. Enumerable.Range(0, 500).Select(row => $"q{row % 170}")];
        var folds = QuestionFolds.Split(keys, 5, 1);
        Assert.All(keys.Zip(folds).GroupBy(row => row.First), question => Assert.Single(question.Select(row => row.Second).Distinct()));
        Assert.All(folds.GroupBy(fold => fold), fold => Assert.InRange(fold.Count(), 95, 105));
        Assert.Equal(folds, QuestionFolds.Split(keys, 5, 1));
        Assert.NotEqual(folds, QuestionFolds.Split(keys, 5, 2));
    }
}
