using System.Text.Json.Nodes;
using Purser.Core.Ledger;
using Purser.Routing;
using Xunit;

namespace Purser.Gateway.Tests.Evaluations;

/// <summary>What users say of answers, with their own key.</summary>
public sealed class FeedbackTests
{
    [Fact]
    public async Task It_is_kept_once_for_each_key_and_request()
    {
        var (gateway, key) = await WatchedGateway.StartAsync();
        await using var _ = gateway;
        var (request, _) = await WatchedGateway.AskAsync(gateway, key);
        var name = AttemptId.NameOf(request);

        var first = await SayAsync(gateway, key, $$"""{"request_id":"{{name}}","good":true,"reason":"it was right"}""");
        var second = await SayAsync(gateway, key, $$"""{"route_id":"{{name}}","score":0.25}""");
        var third = await SayAsync(gateway, key, $$"""{"request_id":"{{name}}","score":0.25,"id":"later"}""");

        Assert.Equal((200, $$"""{"request_id":"{{name}}","recorded":true,"reason_kept":false}"""), first);
        Assert.Equal((200, $$"""{"request_id":"{{name}}","recorded":false,"reason_kept":false}"""), second);
        Assert.Equal((200, $$"""{"request_id":"{{name}}","recorded":true,"reason_kept":false}"""), third);
        await gateway.RestartAsync(options => WatchedGateway.With(options, null, "first"));
        var row = Assert.Single((await gateway.AdminAsync(HttpMethod.Get, "/reports/quality"))!["data"]!.AsArray())!;
        Assert.Equal("""{"class":"extract","model":"gpt-5-mini","source":"feedback","count":2,"score":0.625}""", row.ToJsonString());
        Assert.DoesNotContain("it was right", await gateway.AdminTextAsync("/router/outcomes"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_says_sixteen_things_of_a_request_at_most()
    {
        var (gateway, key) = await WatchedGateway.StartAsync();
        await using var _ = gateway;
        var (request, _) = await WatchedGateway.AskAsync(gateway, key);
        var (another, _) = await WatchedGateway.AskAsync(gateway, key);
        var (name, other) = (AttemptId.NameOf(request), await gateway.KeyAsync());

        var told = new List<int>();
        for (var i = 0; i < 17; i++)
        {
            told.Add((await SayAsync(gateway, key, $$"""{"request_id":"{{name}}","good":true,"id":"thing {{i}}"}""")).Status);
        }

        Assert.Equal(Enumerable.Repeat(200, 16).Append(409), told);
        var (status, text) = await SayAsync(gateway, key, $$"""{"request_id":"{{name}}","good":true}""");
        Assert.Equal(409, status);
        Assert.Contains("has said 16 things already", text, StringComparison.Ordinal);
        // What was said already is said again as ever, and neither another key nor another request is touched.
        Assert.Equal(200, (await SayAsync(gateway, key, $$"""{"request_id":"{{name}}","good":true,"id":"thing 3"}""")).Status);
        Assert.Contains(
            "\"recorded\":true",
            (await SayAsync(gateway, other, $$"""{"request_id":"{{name}}","good":true,"id":"thing 3"}""")).Text,
            StringComparison.Ordinal
        );
        Assert.Equal(200, (await SayAsync(gateway, key, $$"""{"request_id":"{{AttemptId.NameOf(another)}}","good":true}""")).Status);
        var row = Assert.Single((await gateway.AdminAsync(HttpMethod.Get, "/reports/quality"))!["data"]!.AsArray())!;
        Assert.Equal(18, row["count"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_reason_is_kept_where_the_configuration_says_so()
    {
        var (gateway, key) = await WatchedGateway.StartAsync(options => options with { KeepsReasons = true });
        await using var _ = gateway;
        var (request, _) = await WatchedGateway.AskAsync(gateway, key);

        await SayAsync(gateway, key, $$"""{"request_id":"{{AttemptId.NameOf(request)}}","good":false,"reason":"it was wrong"}""");

        var line = JsonNode.Parse(await gateway.AdminTextAsync("/router/outcomes"))!;
        var said = Assert.Single(line["evaluations"]!.AsArray())!;
        Assert.Equal("it was wrong", said["reason"]!.GetValue<string>());
        Assert.Equal("gpt-5-mini", said["model"]!.GetValue<string>());
        Assert.Equal(0, said["score"]!.GetValue<double>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_seen_of_a_request_is_kept_only_where_the_configuration_says_so(bool keeps)
    {
        var (gateway, key) = await WatchedGateway.StartAsync(options => options with { KeepsFeatures = keeps });
        await using var _ = gateway;
        var (request, _) = await WatchedGateway.AskAsync(gateway, key);
        await SayAsync(gateway, key, $$"""{"request_id":"{{AttemptId.NameOf(request)}}","good":true}""");

        var line = JsonNode.Parse(await gateway.AdminTextAsync("/router/outcomes"))!;

        var features = line["features"]?.GetValue<string>();
        Assert.Equal(keeps, features is not null);
        Assert.Equal(keeps ? TaskClass.Extract : (TaskClass?)null, features is null ? null : FeatureText.Read(features).Class);
    }

    [Fact]
    public async Task A_request_that_nothing_routed_is_known_by_the_model_that_it_names()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1m);
        using var response = await gateway.ChatAsync(key, WatchedGateway.Body.Replace("auto", "gpt-5-mini", StringComparison.Ordinal));
        await response.Content.ReadAsStringAsync();
        var name = response.Headers.GetValues("x-purser-request-id").Single();

        var (status, _) = await SayAsync(gateway, key, $$"""{"request_id":"{{name}}","good":true}""");

        Assert.Equal(200, status);
        var row = Assert.Single((await gateway.AdminAsync(HttpMethod.Get, "/reports/quality"))!["data"]!.AsArray())!;
        Assert.Equal("""{"model":"gpt-5-mini","source":"feedback","count":1,"score":1}""", row.ToJsonString());
    }

    [Fact]
    public async Task What_isnt_a_known_request_of_the_account_or_no_score_is_refused_and_not_kept()
    {
        var (gateway, key) = await WatchedGateway.StartAsync();
        await using var _ = gateway;
        await gateway.AdminAsync(
            HttpMethod.Post,
            "/accounts",
            new
            {
                name = "research",
                kind = "team",
                parent = "",
            }
        );
        var other = (await gateway.AdminAsync(HttpMethod.Post, "/keys", new { account = "research", name = "r" }))!["key"]!;
        var (request, _) = await WatchedGateway.AskAsync(gateway, key);
        var name = AttemptId.NameOf(request);
        var unknown = AttemptId.NameOf(Guid.CreateVersion7());

        var others = await SayAsync(gateway, other.GetValue<string>(), $$"""{"request_id":"{{name}}","good":true}""");
        Assert.Equal(404, others.Status);
        // Word for word what is said of one that never was.
        var never = await SayAsync(gateway, other.GetValue<string>(), $$"""{"request_id":"{{unknown}}","good":true}""");
        Assert.Equal(never.Text.Replace(unknown, name, StringComparison.Ordinal), others.Text);
        foreach (
            var (body, status) in ((string, int)[])
                [
                    ("""{"good":true}""", 404),
                    ("""{"request_id":"req_nonsense","good":true}""", 404),
                    ($$"""{"request_id":"{{name}}"}""", 400),
                    ($$"""{"request_id":"{{name}}","good":true,"score":1}""", 400),
                    ($$"""{"request_id":"{{name}}","score":1.01}""", 400),
                    ($$"""{"request_id":"{{name}}","score":"good"}""", 400),
                    ($$"""{"request_id":"{{name}}","good":true,"reason":"a\nb"}""", 400),
                    ($$"""{"request_id":"{{name}}","good":true,"id":""}""", 400),
                    ("[]", 400),
                ]
        )
        {
            Assert.Equal((body, status), (body, (await SayAsync(gateway, key, body)).Status));
        }

        Assert.Equal(401, (await SayAsync(gateway, "pk_nobody.secret", $$"""{"request_id":"{{name}}","good":true}""")).Status);
        Assert.Empty((await gateway.AdminAsync(HttpMethod.Get, "/reports/quality"))!["data"]!.AsArray());
    }

    [Fact]
    public async Task A_person_who_says_where_a_request_goes_teaches_which_model_was_passed_over()
    {
        var (gateway, key) = await WatchedGateway.StartAsync();
        await using var _ = gateway;

        var (request, model) = await WatchedGateway.AskAsync(gateway, key, ("x-purser-route", "gpt-5-dear"));
        await WatchedGateway.AskAsync(gateway, key, ("x-purser-route", "off"));
        await WatchedGateway.AskAsync(gateway, key, ("x-purser-route", "gpt-5-mini"));

        Assert.Equal("gpt-5-dear", model);
        var row = Assert.Single((await gateway.AdminAsync(HttpMethod.Get, "/reports/quality"))!["data"]!.AsArray())!;
        Assert.Equal("""{"class":"extract","model":"gpt-5-mini","source":"override","count":2}""", row.ToJsonString());
        var lines = (await gateway.AdminTextAsync("/router/outcomes")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        var line = JsonNode.Parse(lines[0])!;
        Assert.Equal(AttemptId.NameOf(request), line["request_id"]!.GetValue<string>());
        Assert.Equal("""{"to":"gpt-5-dear","passed_over":"gpt-5-mini","from_reference":false}""", line["override"]!.ToJsonString());
        // It says nothing of answers: no slice counts it.
        Assert.Empty((await gateway.AdminAsync(HttpMethod.Get, "/router/slices"))!["data"]!.AsArray());
    }

    private static async Task<(int Status, string Text)> SayAsync(TestGateway gateway, string key, string body)
    {
        using var response = await gateway.PostAsync("/v1/feedback", body, ("Authorization", $"Bearer {key}"));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
