using System.Text.Json.Nodes;
using Purser.Gateway.Configuration;
using Purser.Gateway.Evaluations;
using Xunit;

namespace Purser.Gateway.Tests.Evaluations;

/// <summary>What two answers come to when a judge sees them in both orders.</summary>
public sealed class JudgeTests
{
    private const string Four = "It is four.";
    private const string Five = "It is five.";

    [Theory]
    // The compared model is gpt-5-mini, whichever of the two was served.
    [InlineData("shadow", Four, Five, "better", 0)]
    [InlineData("on", Four, Five, "better", 0)]
    [InlineData("shadow", Five, Four, "better", 1)]
    [InlineData("on", Five, Four, "better", 1)]
    // A judge that looks at the order alone decides nothing.
    [InlineData("shadow", Four, Five, "first", 0.5)]
    [InlineData("shadow", Four, Five, "second", 0.5)]
    [InlineData("shadow", Four, Five, "equal", 1)]
    public async Task The_compared_model_scores_by_both_orders(string mode, string dear, string mini, string judge, double score)
    {
        await using var judged = await ShadowedGateway.StartAsync(mode);
        (judged.Says["gpt-5-dear"], judged.Says["gpt-5-mini"]) = (dear, mini);
        judged.Judge = (a, _) =>
            Verdict(
                judge switch
                {
                    "better" => a == Four ? "a" : "b",
                    "first" => "a",
                    "second" => "b",
                    _ => "equal",
                }
            );
        var key = await judged.Gateway.KeyAsync(1m);

        using var response = await judged.Gateway.ChatAsync(key, ShadowedGateway.Body);
        var found = await judged.ScoreAsync();
        var calls = await judged.CallsAsync(response, 3);

        var source = mode == "on" ? EvaluationSource.Judge : EvaluationSource.Shadow;
        Assert.Equal((score, "gpt-5-mini", source), (found.Said.Score, found.Said.Model, found.Said.Source));
        Assert.Equal(response.Headers.GetValues("x-purser-request-id").Single(), Core.Ledger.AttemptId.NameOf(found.Said.RouteId));
        Assert.Equal(["shadow", "judge", "judge_swapped"], calls.Select(call => call!["kind"]!.GetValue<string>()));
        Assert.All(calls.Skip(1), call => Assert.Equal("claude-test", call!["model"]!.GetValue<string>()));
        Assert.All(calls.Skip(1), call => Assert.Equal("0.000140000", call!["cost_usd"]!.GetValue<string>()));
        // What the judge is told, and by which schema it answers.
        var question = JsonNode.Parse(judged.Gateway.Upstream.Requests.Last().Body)!;
        Assert.Contains("Kindness.", question["system"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("additionalProperties", question.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("What is two and two?", question["messages"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_judge_says_takes_a_model_out_of_requests_that_it_does_badly()
    {
        await using var judged = await ShadowedGateway.StartAsync("on");
        judged.Judge = (a, _) => Verdict(a == Four ? "a" : "b");
        var key = await judged.Gateway.KeyAsync(1m);
        for (var i = 0; i < 12; i++)
        {
            using var served = await judged.Gateway.ChatAsync(key, ShadowedGateway.Body);
            Assert.Equal(200, (int)served.StatusCode);
        }

        await ShadowedGateway.UntilAsync(async () =>
            (await WatchedGateway.SliceAsync(judged.Gateway))["stage"]!.GetValue<string>() == "reverted"
        );

        using var after = await judged.Gateway.ChatAsync(key, ShadowedGateway.Body);
        Assert.Equal("gpt-5-dear", after.Headers.GetValues("x-purser-model").Single());
    }

    [Fact]
    public async Task A_judge_that_no_provider_serves_stops_the_start()
    {
        var wrong = await Assert.ThrowsAsync<InvalidConfigurationException>(() =>
            ShadowedGateway.StartAsync(routing: ShadowedGateway.Routing.Replace("claude-test", "nosuch", StringComparison.Ordinal))
        );

        Assert.Contains("no provider here serves the model 'nosuch'", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_answer_needs_no_judge()
    {
        await using var judged = await ShadowedGateway.StartAsync();
        judged.Says["gpt-5-mini"] = judged.Says["gpt-5-dear"];
        var key = await judged.Gateway.KeyAsync(1m);

        using var response = await judged.Gateway.ChatAsync(key, ShadowedGateway.Body);
        var found = await judged.ScoreAsync();
        await judged.CallsAsync(response, 1);

        Assert.Equal(1, found.Said.Score);
    }

    [Fact]
    public async Task A_verdict_that_cant_be_read_is_none_and_is_counted()
    {
        await using var judged = await ShadowedGateway.StartAsync();
        judged.Judge = (_, _) => "The first, I'd say.";
        var key = await judged.Gateway.KeyAsync(1m);

        using var response = await judged.Gateway.ChatAsync(key, ShadowedGateway.Body);
        await judged.CallsAsync(response, 3);
        await ShadowedGateway.UntilAsync(async () =>
            (await judged.Gateway.Client.GetStringAsync("/metrics")).Contains("purser_verdict=\"unreadable\"", StringComparison.Ordinal)
        );

        Assert.Empty(judged.Scores);
    }

    [Fact]
    public async Task A_model_doesnt_judge_its_own_answer_and_the_record_says_so()
    {
        await using var judged = await ShadowedGateway.StartAsync(
            routing: ShadowedGateway.Routing.Replace("model: claude-test", "model: gpt-5-mini", StringComparison.Ordinal)
        );
        var key = await judged.Gateway.KeyAsync(1m);

        using var response = await judged.Gateway.ChatAsync(key, ShadowedGateway.Body);
        var call = (await judged.CallsAsync(response, 1))[0]!;

        Assert.Equal("the judge 'gpt-5-mini' gave one of the two answers, and none judges its own", call["not_judged"]!.GetValue<string>());
        Assert.Empty(judged.Scores);
        await judged.Gateway.StopAsync();
        Assert.Equal(["gpt-5-dear", "gpt-5-mini"], judged.Asked);
    }

    [Fact]
    public async Task The_judge_has_a_budget_of_its_own()
    {
        await using var judged = await ShadowedGateway.StartAsync(
            routing: ShadowedGateway.Routing.Replace(
                "amount_usd: 1, period: day",
                "amount_usd: 0.0001, period: day",
                StringComparison.Ordinal
            )
        );
        var key = await judged.Gateway.KeyAsync(1m);

        using var first = await judged.Gateway.ChatAsync(key, ShadowedGateway.Body);
        var calls = await judged.CallsAsync(first, 2);
        using var second = await judged.Gateway.ChatAsync(key, ShadowedGateway.Body);
        await judged.CallsAsync(second, 1);

        Assert.Equal("budget_exceeded", calls[1]!["refusal"]!.GetValue<string>());
        Assert.Empty(judged.Scores);
    }

    [Theory]
    [InlineData("/v1/chat/completions", ShadowedGateway.Body)]
    [InlineData(
        "/v1/chat/completions",
        """{"model":"auto","stream":true,"max_tokens":50,"messages":[{"role":"user","content":"What is two and two?"}]}"""
    )]
    [InlineData("/v1/messages", """{"model":"auto","max_tokens":50,"messages":[{"role":"user","content":"What is two and two?"}]}""")]
    [InlineData(
        "/v1/messages",
        """{"model":"auto","stream":true,"max_tokens":50,"messages":[{"role":"user","content":"What is two and two?"}]}"""
    )]
    [InlineData("/v1/responses", """{"model":"auto","max_output_tokens":50,"input":"What is two and two?"}""")]
    [InlineData("/v1/responses", """{"model":"auto","stream":true,"max_output_tokens":50,"input":"What is two and two?"}""")]
    [InlineData("/v1beta/models/auto:generateContent", Gemini)]
    [InlineData("/v1beta/models/auto:streamGenerateContent?alt=sse", Gemini)]
    [InlineData("/v1beta/models/auto:streamGenerateContent", Gemini)]
    [InlineData(
        "/api/chat",
        """{"model":"auto","stream":false,"options":{"num_predict":50},"messages":[{"role":"user","content":"What is two and two?"}]}"""
    )]
    [InlineData(
        "/api/chat",
        """{"model":"auto","options":{"num_predict":50},"messages":[{"role":"user","content":"What is two and two?"}]}"""
    )]
    [InlineData("/model/auto/converse", Converse)]
    [InlineData("/model/auto/converse-stream", Converse)]
    public async Task Answers_of_every_format_are_read_streamed_and_not(string path, string body)
    {
        await using var judged = await ShadowedGateway.StartAsync();
        judged.Judge = (a, b) =>
            Verdict(
                (a, b) switch
                {
                    (Four, Five) => "a",
                    (Five, Four) => "b",
                    _ => "neither is an answer",
                }
            );
        var key = await judged.Gateway.KeyAsync(1m);

        using var response = await judged.Gateway.PostAsync(path, body, ("Authorization", $"Bearer {key}"));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        await response.Content.ReadAsByteArrayAsync();
        var found = await judged.ScoreAsync();

        Assert.Equal(0, found.Said.Score);
        await judged.CallsAsync(response, 3);
    }

    private const string Gemini =
        """{"contents":[{"role":"user","parts":[{"text":"What is two and two?"}]}],"generationConfig":{"maxOutputTokens":50}}""";

    private const string Converse =
        """{"messages":[{"role":"user","content":[{"text":"What is two and two?"}]}],"inferenceConfig":{"maxTokens":50}}""";

    private static string Verdict(string better) => $$"""{"reason": "It's right.", "better": "{{better}}"}""";
}
