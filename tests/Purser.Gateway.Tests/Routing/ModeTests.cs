using Xunit;

namespace Purser.Gateway.Tests.Routing;

/// <summary>What an account's mode and a person's own word make of a request. gpt-5-mini is shown to do what gpt-5-dear does.</summary>
public sealed class ModeTests
{
    private const string Body = """{"model":"ASKED","max_tokens":50,"messages":[{"role":"user","content":"hi"}]}""";

    [Theory]
    // What isn't said is off.
    [InlineData(null, "auto", null, "gpt-5-dear", "routing is off for the account: it goes to the reference")]
    [InlineData("off", "auto", null, "gpt-5-dear", "routing is off for the account: it goes to the reference")]
    [InlineData("off", "gpt-5-dear", null, "gpt-5-dear", null)]
    [InlineData(
        "suggest",
        "auto",
        null,
        "gpt-5-dear",
        "routing only suggests for the account, and it goes to the reference; were it on: 'gpt-5-mini' is the cheapest"
    )]
    [InlineData(
        "suggest",
        "gpt-5-dear",
        null,
        "gpt-5-dear",
        "routing only suggests for the account, and it goes to the model that it names; were it on: 'gpt-5-mini'"
    )]
    [InlineData("on", "auto", null, "gpt-5-mini", "'gpt-5-mini' is the cheapest")]
    [InlineData("on", "gpt-5-dear", null, "gpt-5-mini", "'gpt-5-mini' is the cheapest")]
    [InlineData("on", "claude-test", null, "claude-test", null)] // no policy is for it
    // The person's own word.
    [InlineData("on", "auto", "off", "gpt-5-dear", "the request says that it isn't to be routed: it goes to the reference")]
    [InlineData("on", "gpt-5-dear", "off", "gpt-5-dear", "the request says that it isn't to be routed")]
    [InlineData("on", "auto", "gpt-5-mini", "gpt-5-mini", "the request says that it's to go to 'gpt-5-mini'")]
    [InlineData("on", "gpt-5-dear", "claude-test", "claude-test", "the request says that it's to go to 'claude-test'")]
    [InlineData("off", "gpt-5-dear", "gpt-5-mini", "gpt-5-mini", "the request says that it's to go to 'gpt-5-mini'")]
    [InlineData("on", "gpt-5-mini", "smart", "gpt-5-dear", "the request says that it's to go to 'smart'")]
    public async Task A_request_goes_where_the_mode_and_the_person_say(
        string? mode,
        string asked,
        string? said,
        string served,
        string? reason
    )
    {
        await using var gateway = await RoutedGateway.StartAsync(evidence: RoutedGateway.Evidence(("gpt-5-mini", 0.95)));
        if (mode is not null)
        {
            await RoutedGateway.SetModeAsync(gateway, mode);
        }

        var key = await gateway.KeyAsync(1m);
        gateway.Upstream.Answer = http =>
            http.Request.Path == "/v1/messages"
                ? RecordingUpstream.JsonAsync(
                    http,
                    200,
                    """{"id":"m","type":"message","role":"assistant","model":"claude-test","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1}}"""
                )
                : RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);

        using var response = await gateway.ChatAsync(
            key,
            Body.Replace("ASKED", asked, StringComparison.Ordinal),
            said is null ? [] : [("x-purser-route", said)]
        );
        await gateway.SettledAsync();

        Assert.True((int)response.StatusCode == 200, await response.Content.ReadAsStringAsync());
        Assert.Equal(served, RoutedGateway.AskedUpstream(gateway));
        var story = (await gateway.ExplainAsync(response))!;
        Assert.Equal(asked, story["model_requested"]!.GetValue<string>());
        var route = story["route"];
        Assert.Equal(reason is null, route is null);
        if (reason is not null)
        {
            Assert.StartsWith(reason, route!["reason"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.Equal(said, route["override"]?.GetValue<string>());
        }
    }

    [Fact]
    public async Task A_suggestion_says_what_it_would_have_saved()
    {
        await using var gateway = await RoutedGateway.StartAsync(evidence: RoutedGateway.Evidence(("gpt-5-mini", 0.95)));
        await RoutedGateway.SetModeAsync(gateway, "suggest");
        var key = await gateway.KeyAsync(1m);
        var body = Body.Replace("ASKED", "gpt-5-dear", StringComparison.Ordinal);

        using var response = await gateway.ChatAsync(key, body);
        await gateway.SettledAsync();

        var saves = new Core.Pricing.Money((((body.Length / 4) + 1) * 9 + (50 * 18)) * 1000).ToString();
        Assert.Equal(
            $"gpt-5-dear; mode=suggest; policy=trivial; would=gpt-5-mini; saves={saves}",
            response.Headers.GetValues("x-purser-route").Single()
        );
        var route = (await gateway.ExplainAsync(response))!["route"]!;
        Assert.Equal("gpt-5-mini", route["suggested"]!.GetValue<string>());
        Assert.Equal(saves, route["saves_usd"]!.GetValue<string>());
        var row = Assert.Single((await gateway.AdminAsync(HttpMethod.Get, "/reports/routes"))!["data"]!.AsArray())!;
        Assert.Equal(
            $$"""{"mode":"suggest","policy":"trivial","asked":"gpt-5-dear","served":"gpt-5-dear","suggested":"gpt-5-mini","overridden":false,"requests":1,"cost_usd":"0.000025000","expected_saving_usd":"{{saves}}"}""",
            row.ToJsonString()
        );
    }

    [Theory]
    [InlineData("auto", "gpt-nosuch")]
    // The ledger keeps each name that is asked for: a header makes none of a name that is none.
    [InlineData("gpt-nosuch", "gpt-5-mini")]
    [InlineData("auto:gpt-nosuch", "gpt-5-mini")]
    public async Task A_model_that_isnt_there_is_refused_by_its_name_and_nothing_is_sent(string asked, string said)
    {
        await using var gateway = await RoutedGateway.StartAsync();
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.ChatAsync(key, Body.Replace("ASKED", asked, StringComparison.Ordinal), ("x-purser-route", said));

        Assert.Equal(404, (int)response.StatusCode);
        Assert.Contains("gpt-nosuch", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task The_nearest_account_that_says_something_counts_and_what_it_said_is_in_the_journal()
    {
        await using var gateway = await RoutedGateway.StartAsync();
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
        await RoutedGateway.SetModeAsync(gateway, "on");
        var set = await gateway.AdminAsync(HttpMethod.Post, "/accounts/research/settings", new { routing = "suggest" });
        var key = await gateway.AdminAsync(HttpMethod.Post, "/keys", new { account = "research", name = "r" });

        Assert.Equal("suggest", set!["routing"]!.GetValue<string>());
        var modes = gateway.Store.Control.Routing;
        Assert.Equal(
            Gateway.Routing.RoutingMode.Suggest,
            modes.For(gateway.Store.Control.FindKey(key!["id"]!.GetValue<string>())!.Subject)
        );
        await gateway.AdminAsync(HttpMethod.Post, "/accounts/research/settings", new { routing = "inherit" });
        modes = gateway.Store.Control.Routing;
        Assert.Equal(Gateway.Routing.RoutingMode.On, modes.For(gateway.Store.Control.FindKey(key["id"]!.GetValue<string>())!.Subject));
        await gateway.StopAsync();
        Assert.Empty(Gateway.Storage.LedgerVerifier.Verify(gateway.Directory).Problems);
    }
}
