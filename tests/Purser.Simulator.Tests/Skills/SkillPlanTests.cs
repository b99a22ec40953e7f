using Purser.Simulator.Skills;
using Purser.Simulator.Traffic;

namespace Purser.Simulator.Tests.Skills;

/// <summary>Whether an answer is good: a draw by skill against a difficulty that nothing shows directly.</summary>
public class SkillPlanTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    internal static SkillPlan Plan(string json)
    {
        Assert.True(SkillPlan.TryParse(json, out var plan, out var error), error);
        return plan;
    }

    [Fact]
    public void The_sample_is_right() =>
        Assert.Equal(3, Plan(File.ReadAllText(Path.Combine(GuideTests.Root(), "samples", "skills.json"))).Models.Count);

    [Theory]
    [InlineData("""{"models":{"a":{"skill":1}},"sharpness":0}""", "sharpness must be above 0")]
    [InlineData("""{"models":{}}""", "name a model and its skill")]
    [InlineData("""{"models":{"a":{"skill":1,"classes":{"poems":1}}}}""", "class 'poems' isn't one of classes")]
    [InlineData("""{"models":{"a":{"skill":1,"slips":2}}}""", "model 'a': slips must be from 0 to 1")]
    [InlineData("""{"models":{"a":{}}}""", "skill")]
    [InlineData("""{"models":{"a":{"skill":1}},"judge":{"accuracy":0.4}}""", "accuracy must be from 0.5 to 1")]
    [InlineData("""{"models":{"a":{"skill":1}},"drops":[{"model":"a"}]}""", "by")]
    [InlineData("""{"modells":{}}""", "modells")]
    [InlineData("""{"models":{"a":null}}""", "models has null in it")]
    [InlineData("""{"models":{"a":{"skill":1}},"classes":[null]}""", "classes has null in it")]
    [InlineData("""{"models":{"a":{"skill":1}},"classes":[{"name":"a","says":[null]}]}""", "classes has null in it")]
    [InlineData("""{"models":{"a":{"skill":1}},"drops":[null]}""", "drops has null in it")]
    public void A_wrong_plan_says_what_is_wrong(string json, string expected)
    {
        Assert.False(SkillPlan.TryParse(json, out _, out var error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_more_skill_does_better_and_no_feature_shows_the_difficulty()
    {
        var plan = Plan(File.ReadAllText(Path.Combine(GuideTests.Root(), "samples", "skills.json")));
        var day = MixedTraffic.Day(5, 3000);
        var natures = day.Select(request => PromptNature.Of(plan, request.System, request.Asked, request.Last)).ToList();

        double Good(string model) => natures.Average(nature => plan.Outcome(model, nature, Noon)!.Value.IsGood ? 1.0 : 0);
        Assert.InRange(Good("gpt-4.1"), 0.95, 0.99);
        Assert.InRange(Good("gpt-4.1-mini"), 0.7, 0.93);
        Assert.InRange(Good("gpt-4.1-nano"), 0.4, 0.75);

        var difficulties = natures.Select(nature => nature.Difficulty).ToList();
        (string Name, Func<TrafficRequest, double> Of)[] features =
        [
            ("length", request => request.Asked.Length),
            ("log length", request => Math.Log(request.Asked.Length)),
            ("numbers", request => request.Asked.Count(char.IsAsciiDigit)),
            ("turns", request => request.Turns.Count),
            ("english", request => request.Language == "en" ? 1 : 0),
            ("lines", request => request.Asked.Count(letter => letter == '\n')),
        ];
        foreach (var (name, of) in features)
        {
            Assert.True(Math.Abs(Correlation(difficulties, [.. day.Select(of)])) < 0.8, name);
        }
    }

    [Fact]
    public void The_same_prompt_has_the_same_outcome_whoever_asks_and_another_plan_another()
    {
        var plan = Plan("""{"sharpness":0.7,"models":{"a":{"skill":-2.9}}}""");
        var natures = Enumerable.Range(0, 200).Select(i => $"Extract the name of case {i}.").ToList();

        string Outcomes(SkillPlan of) =>
            string.Concat(natures.Select(text => of.Outcome("a", PromptNature.Of(of, "", text), Noon)!.Value.IsGood ? '1' : '0'));
        Assert.Equal(Outcomes(plan), Outcomes(plan));
        Assert.NotEqual(Outcomes(plan), Outcomes(plan with { Seed = 2 }));
    }

    [Fact]
    public void A_drop_strikes_its_slice_and_its_time_alone()
    {
        var plan = Plan(
            """{"models":{"a":{"skill":5},"b*":{"skill":5}},"drops":[{"model":"a","by":50,"class":"extract","from":"2026-01-01T12:00:00Z","until":"2026-01-01T13:00:00Z"},{"model":"b*","by":50,"says":"invoice desk"}]}"""
        );
        double Chance(string model, string system, string text, int minutes = 0) =>
            plan.Outcome(model, PromptNature.Of(plan, system, text), Noon.AddMinutes(minutes))!.Value.Chance;

        Assert.True(Chance("a", "", "Extract the name.") < 0.01);
        Assert.True(Chance("a", "", "Extract the name.", -1) > 0.5);
        Assert.True(Chance("a", "", "Extract the name.", 60) > 0.5);
        Assert.True(Chance("a", "", "Translate the name.") > 0.5);
        Assert.True(Chance("b-2", "You are Invoice Desk.", "Translate it.") < 0.01);
        Assert.True(Chance("b-2", "You are Shop Chat.", "Translate it.") > 0.5);
        Assert.Null(plan.Outcome("c", PromptNature.Of(plan, "", "x"), Noon));
    }

    private static double Correlation(List<double> left, List<double> right)
    {
        var (meanLeft, meanRight) = (left.Average(), right.Average());
        var both = left.Zip(right).Sum(pair => (pair.First - meanLeft) * (pair.Second - meanRight));
        return both / Math.Sqrt(left.Sum(x => (x - meanLeft) * (x - meanLeft)) * right.Sum(x => (x - meanRight) * (x - meanRight)));
    }
}
