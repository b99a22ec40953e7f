using Purser.Simulator.Faults;

namespace Purser.Simulator.Tests.Faults;

public class FaultPlanTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("none", 0)]
    [InlineData("429:0.05", 1)]
    [InlineData("429:0.05,500:0.01,529:0.01,timeout:0.01,cut:0.02,garbage:0.01,reset:0.01", 7)]
    [InlineData("cut@every=7, 500@nth=3&model=gpt-4o*&api=openai&stream=true", 2)]
    public void A_right_plan_is_read(string text, int rules) => Assert.Equal(rules, FaultPlan.Parse(text).Rules.Count);

    [Theory]
    [InlineData(
        "418",
        "fault '418' is unknown: use one of 401, 429, 500, 503, 529, blocked, cut, garbage, no-usage, overrun, reset, slow, stream-error, timeout"
    )]
    [InlineData("429:2", "rate '2' of fault '429' is not a number from 0 to 1")]
    [InlineData("429:x", "rate 'x' of fault '429' is not a number from 0 to 1")]
    [InlineData("429:NaN", "rate 'NaN' of fault '429' is not a number from 0 to 1")]
    [InlineData("429:0.6,500:0.5", "the rates add up to 1.1: they must not exceed 1")]
    [InlineData(
        "cut@every=0",
        "condition 'every=0' of fault 'cut' can't be read: use every=N, nth=N (N from 1), model=NAME, model=PREFIX*, key=KEY, key=PREFIX*, api=NAME (openai, azure, anthropic, gemini, vertex, bedrock, ollama, cohere), stream=true or stream=false"
    )]
    public void A_wrong_plan_says_what_to_write_instead(string text, string error)
    {
        Assert.False(FaultPlan.TryParse(text, out _, out var message));
        Assert.Equal(error, message);
    }

    [Theory]
    [InlineData(0.0, FaultKind.RateLimited)]
    [InlineData(0.0999, FaultKind.RateLimited)]
    [InlineData(0.1, FaultKind.Cut)]
    [InlineData(0.2999, FaultKind.Cut)]
    [InlineData(0.31, FaultKind.None)]
    public void Rates_share_one_draw(double draw, FaultKind fault) =>
        Assert.Equal(fault, FaultPlan.Parse("429:0.1,cut:0.2").Decide("openai", "gpt-4o", false, draw, new long[2]));

    [Theory]
    [InlineData("500@model=gpt-4o", "gpt-4o", FaultKind.ServerError)]
    [InlineData("500@model=gpt-4o", "gpt-4o-mini", FaultKind.None)]
    [InlineData("500@model=gpt-4o*", "gpt-4o-mini", FaultKind.ServerError)]
    [InlineData("500@api=anthropic", "gpt-4o", FaultKind.None)]
    [InlineData("500@stream=true", "gpt-4o", FaultKind.None)]
    public void Conditions_choose_the_requests(string plan, string model, FaultKind fault) =>
        Assert.Equal(fault, FaultPlan.Parse(plan).Decide("openai", model, false, 0.5, new long[1]));

    [Theory]
    [InlineData("401@key=sk-a", "sk-a", FaultKind.KeyRefused)]
    [InlineData("401@key=sk-a", "sk-ab", FaultKind.None)]
    [InlineData("401@key=sk-a*", "sk-ab", FaultKind.KeyRefused)]
    [InlineData("401@key=sk-a", "", FaultKind.None)]
    public void A_key_goes_wrong_by_itself(string plan, string key, FaultKind fault) =>
        Assert.Equal(fault, FaultPlan.Parse(plan).Decide("openai", "gpt-4o", false, 0.5, new long[1], key));

    [Fact]
    public void Every_third_request_is_each_third_that_matches()
    {
        var plan = FaultPlan.Parse("cut@every=3&model=a");
        var counts = new long[1];
        var faults = "aababaaa".Select(model => plan.Decide("openai", model.ToString(), false, 0.5, counts) == FaultKind.Cut ? 'x' : model);

        // The third and the sixth a.
        Assert.Equal("aabxbaax", string.Concat(faults));
    }
}
