using System.Text.Json.Nodes;
using Purser.Gateway.Configuration;
using Purser.Gateway.Routing;
using Purser.Routing.Understanding;
using Xunit;

namespace Purser.Gateway.Tests.Routing;

/// <summary>What keeps a request from a model that could do it: its language, what it is about, and how the model did here.</summary>
public sealed class RouteNeedsTests
{
    [Theory]
    [InlineData("Please write a short letter to the owner of the house that we live in", "gpt-5-mini")]
    [InlineData("Bitte schreibe einen kurzen Brief an den Besitzer des Hauses, in dem wir wohnen", "gpt-5-mini")]
    [InlineData("Écris une courte lettre à la propriétaire de la maison dans laquelle nous sommes", "gpt-5-dear")]
    [InlineData("напиши короткое письмо хозяину дома", "gpt-5-dear")]
    public async Task A_model_for_some_languages_is_asked_in_no_other(string prompt, string served)
    {
        await using var gateway = await StartAsync("{ model: gpt-5-mini, languages: [en, de] }");
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.ChatAsync(key, BodyOf(prompt));
        await gateway.SettledAsync();

        Assert.Equal(served, RoutedGateway.AskedUpstream(gateway));
        if (served == "gpt-5-dear")
        {
            var option = (await gateway.ExplainAsync(response))!["route"]!["candidates"]![1]!;
            Assert.EndsWith("and it's for en, de", option["why"]!.GetValue<string>(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("hr/payroll", "", "claude-test")] // below an account that is marked
    [InlineData("sales", "", "gpt-5-mini")]
    [InlineData("sales", "data=confidential", "claude-test")]
    [InlineData("sales", "data=public", "gpt-5-mini")]
    public async Task A_sensitive_request_goes_to_a_model_that_is_marked_for_it_or_nowhere(string account, string tags, string served)
    {
        await using var gateway = await RoutedGateway.StartAsync(
            """
            routing:
              reference: gpt-5-dear
              candidates: [gpt-5-mini, { model: claude-test, sensitive: true }]
              sensitive: { accounts: [hr], tags: [data=confidential] }
              policies:
                - { name: open, candidates: [gpt-5-mini] }
            """,
            RoutedGateway.Evidence(("gpt-5-dear", 0.99), ("gpt-5-mini", 0.95), ("claude-test", 0.95))
        );
        await RoutedGateway.SetModeAsync(gateway, "on");
        await KeyBelowAsync(gateway, "hr/payroll");
        var key = await KeyBelowAsync(gateway, account);
        (string, string)[] headers = tags.Length > 0 ? [("x-purser-tags", tags)] : [];

        var route = await RouteAsync(gateway, key, "auto", 200, headers);
        var nowhere = served == "claude-test" ? await RouteAsync(gateway, key, "auto:open", 200, headers) : null;

        Assert.Equal(served, route["model"]!.GetValue<string>());
        if (nowhere is not null)
        {
            Assert.Null(nowhere["model"]);
            Assert.Contains(
                "the request is sensitive, and it isn't marked for such",
                nowhere["reason"]!.GetValue<string>(),
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task An_account_that_isnt_there_may_be_misspelt_so_everything_is_sensitive()
    {
        await using var gateway = await RoutedGateway.StartAsync(
            "routing: { reference: gpt-5-dear, candidates: [{ model: gpt-5-mini, sensitive: true }], sensitive: { accounts: [hrr] } }",
            RoutedGateway.Evidence(("gpt-5-dear", 0.99))
        );
        var key = await gateway.KeyAsync(1m);

        var route = await RouteAsync(gateway, key, "auto", 200);

        Assert.Equal("gpt-5-mini", route["model"]!.GetValue<string>());
        Assert.True(route["route"]!["sensitive"]!.GetValue<bool>());
        Assert.Single(gateway.Warnings, warning => warning.Contains("There is no account 'hrr'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, 20.0, null)]
    [InlineData(5L, null, null)] // nothing was measured
    [InlineData(5L, 5.0, null)]
    [InlineData(5L, 20.4, "its answers take 20.4 s here, and 'auto' allows 5 s")]
    public void A_candidate_that_takes_too_long_here_is_left_out(long? most, double? seconds, string? fault)
    {
        var policy = new RoutePolicy
        {
            Name = "auto",
            Floor = 95,
            Reference = "gpt-5-dear",
            Candidates = [],
            MaxSeconds = most,
        };

        Assert.Equal(fault, ModelQuotes.SlowFault(new ModelMeasure(3, seconds, 1), policy));
    }

    [Fact]
    public async Task A_model_whose_calls_fail_is_expected_to_cost_the_next_one_too_and_the_catalogue_says_how_it_did()
    {
        await using var gateway = await StartAsync("gpt-5-mini");
        var key = await gateway.KeyAsync(1m);
        var before = await RouteAsync(gateway, key, "auto", 200);
        gateway.Upstream.Answer = http =>
            JsonNode.Parse(RecordingUpstream.BodyOf(http))!["model"]!.GetValue<string>() == "gpt-5-mini"
                ? RecordingUpstream.JsonAsync(http, 500, """{"error":{"message":"no"}}""")
                : RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        using (await gateway.ChatAsync(key, BodyOf("hi")))
        {
            await gateway.SettledAsync();
        }

        var after = await RouteAsync(gateway, key, "auto", 200);

        // One call of one failed, and one was answered that never was: half.
        var (own, next) = (Usd(before, 1), Usd(before, 0));
        Assert.Equal((own + next) / 2, Usd(after, 1));
        Assert.Equal(0.5, after["route"]!["candidates"]![1]!["answered"]!.GetValue<double>());
        var models = (await ListAsync(gateway, key))["models"]!.AsArray();
        var mini = models.Single(model => model!["model"]!.GetValue<string>() == "gpt-5-mini")!;
        Assert.Equal((1, 0.5), (mini["calls"]!.GetValue<int>(), mini["answered"]!.GetValue<double>()));
        Assert.Equal(["tools", "json"], mini["can"]!.AsArray().Select(can => can!.GetValue<string>()));
        Assert.Equal(400_000, mini["context_tokens"]!.GetValue<int>());
        Assert.Equal("0.1", mini["cached_usd_per_mtok"]!.GetValue<string>());
        Assert.Equal("openai/gpt-5-mini@unknown", mini["price_entry"]!.GetValue<string>());

        static decimal Usd(JsonNode answer, int at) =>
            decimal.Parse(
                answer["route"]!["candidates"]![at]!["expected_usd"]!.GetValue<string>(),
                System.Globalization.CultureInfo.InvariantCulture
            );
    }

    private static string BodyOf(string prompt) =>
        new JsonObject
        {
            ["model"] = "auto",
            ["max_tokens"] = 50,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = prompt }),
        }.ToJsonString();

    private static async Task<TestGateway> StartAsync(string candidate)
    {
        var gateway = await RoutedGateway.StartAsync(
            $"routing:\n  reference: gpt-5-dear\n  candidates: [{candidate}]\n",
            RoutedGateway.Evidence(("gpt-5-dear", 0.99), ("gpt-5-mini", 0.95)) with
            {
                Understand = body => RequestReader.Read(body.Span),
            }
        );
        await RoutedGateway.SetModeAsync(gateway, "on");
        return gateway;
    }

    private static async Task<string> KeyBelowAsync(TestGateway gateway, string account)
    {
        var path = "";
        foreach (var (name, kind) in account.Split('/').Zip(["department", "team"]))
        {
            var parent = path;
            path = path.Length == 0 ? name : $"{path}/{name}";
            if (gateway.Store.Control.Accounts.Resolve(path) is null)
            {
                await gateway.AdminAsync(
                    HttpMethod.Post,
                    "/accounts",
                    new
                    {
                        name,
                        kind,
                        parent,
                    }
                );
            }
        }

        return (await gateway.AdminAsync(HttpMethod.Post, "/keys", new { account = path, name = $"key {Guid.NewGuid():N}" }))![
            "key"
        ]!.GetValue<string>();
    }

    private static async Task<JsonNode> RouteAsync(
        TestGateway gateway,
        string key,
        string model,
        int status,
        params (string, string)[] headers
    )
    {
        using var response = await gateway.PostAsync(
            "/v1/route",
            BodyOf("hi").Replace("auto", model, StringComparison.Ordinal),
            [("Authorization", $"Bearer {key}"), .. headers]
        );
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True(status == (int)response.StatusCode, answer.ToJsonString());
        return answer;
    }

    private static async Task<JsonNode> ListAsync(TestGateway gateway, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/route");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        using var response = await gateway.Client.SendAsync(request);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }
}
