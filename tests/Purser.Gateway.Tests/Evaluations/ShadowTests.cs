using System.Text.Json.Nodes;
using Purser.Gateway.Storage;
using Purser.Gateway.Tests.Alerts;
using Purser.Gateway.Tests.Routing;
using Xunit;

namespace Purser.Gateway.Tests.Evaluations;

/// <summary>Which requests another model is asked too, who pays for it, and that nobody notices.</summary>
public sealed class ShadowTests
{
    private const string NoJudge = """
        routing:
          reference: gpt-5-dear
          candidates: [gpt-5-mini]
          shadow: { sample_percent: 100, budget: { amount_usd: BUDGET, period: month } SHADOW }
        """;

    private static readonly string Plain = NoJudge.Replace("BUDGET", "1", StringComparison.Ordinal);

    [Theory]
    [InlineData("shadow", "gpt-5-dear", "gpt-5-mini", "0.000020000")]
    [InlineData("on", "gpt-5-mini", "gpt-5-dear", "0.000200000")]
    public async Task The_other_model_is_asked_after_the_client_has_its_answer_and_another_account_pays(
        string mode,
        string served,
        string other,
        string cost
    )
    {
        await using var shadowed = await ShadowedGateway.StartAsync(mode, Plain);
        var gateway = shadowed.Gateway;
        var key = await gateway.KeyAsync(1m);
        using var answered = new SemaphoreSlim(0);
        shadowed.Before = model => model == other ? answered.WaitAsync() : Task.CompletedTask;

        using var response = await gateway.ChatAsync(
            key,
            ShadowedGateway.Body,
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        );
        var text = await response.Content.ReadAsStringAsync();
        answered.Release();
        var call = (await shadowed.CallsAsync(response, 1))[0]!;

        Assert.Contains(shadowed.Says[served], text, StringComparison.Ordinal);
        Assert.Equal([served, other], shadowed.Asked);
        Assert.Equal(
            ("shadow", other, "openai", "completed", cost),
            (Of("kind"), Of("model"), Of("provider"), Of("outcome"), Of("cost_usd"))
        );
        // Nothing of the caller goes with it.
        var sent = gateway.Upstream.Requests.Last();
        Assert.DoesNotContain("traceparent", sent.Headers.Keys);
        Assert.Equal(
            JsonNode.Parse(ShadowedGateway.Body)!["messages"]!.ToJsonString(),
            JsonNode.Parse(sent.Body)!["messages"]!.ToJsonString()
        );
        // It's in the ledger as what it is, at the expense of its own account.
        var own = (await gateway.AdminAsync(HttpMethod.Get, $"/requests/{Of("request_id")}"))!;
        var request = response.Headers.GetValues("x-purser-request-id").Single();
        Assert.Equal($$"""{"kind":"shadow","of":"{{request}}"}""", own["evaluation"]!.ToJsonString());
        Assert.Equal(
            ("purser shadow", "purser/evaluation"),
            (own["subject"]!["key"]!.GetValue<string>(), own["subject"]!["account_path"]!.GetValue<string>())
        );
        Assert.Null(own["route"]);
        var balances = await gateway.Store.BalancesAsync();
        Assert.Equal(cost, new Core.Pricing.Money(balances.Single(balance => balance.Budget.Name == "purser shadow").Posted).ToString());
        // One request that routing had a say in, not two.
        Assert.Equal(
            1,
            Assert.Single((await gateway.AdminAsync(HttpMethod.Get, "/reports/routes"))!["data"]!.AsArray())!["requests"]!.GetValue<int>()
        );
        await gateway.StopAsync();
        Assert.Empty(LedgerVerifier.Verify(gateway.Directory).Problems);

        string Of(string name) => call[name]!.GetValue<string>();
    }

    [Fact]
    public async Task Of_a_session_that_is_held_out_the_model_that_would_have_been_chosen_is_asked()
    {
        await using var shadowed = await ShadowedGateway.StartAsync("on", Plain);
        // A half is the most that can be held out: the test sends until one is.
        await shadowed.Gateway.RestartAsync(options => options with { Routing = options.Routing! with { HoldoutPercent = 50 } });
        var key = await shadowed.Gateway.KeyAsync(1m);

        for (var tries = 0; tries < 64; tries++)
        {
            using var response = await shadowed.Gateway.ChatAsync(key, ShadowedGateway.Body);
            if (!response.Headers.GetValues("x-purser-route").Single().Contains("held-out", StringComparison.Ordinal))
            {
                continue;
            }

            var call = (await shadowed.CallsAsync(response, 1))[0]!;
            Assert.Equal("gpt-5-dear", response.Headers.GetValues("x-purser-model").Single());
            Assert.Equal("gpt-5-mini", call["model"]!.GetValue<string>());
            return;
        }

        Assert.Fail("none of 64 sessions was held out");
    }

    [Fact]
    public async Task A_named_model_isnt_asked_in_shadow_outside_of_the_policys_regions()
    {
        await using var shadowed = await ShadowedGateway.StartAsync(
            "on",
            Plain + "\n  policies: [{ name: near, for: [gpt-5-dear], regions: [eu-] }]\n"
        );
        var key = await shadowed.Gateway.KeyAsync(1m);
        var body = ShadowedGateway.Body.Replace("auto", "gpt-5-dear", StringComparison.Ordinal);

        await StartWithAsync("eu-north-1");
        using var inside = await shadowed.Gateway.ChatAsync(key, body);
        var call = (await shadowed.CallsAsync(inside, 1))[0]!;
        await StartWithAsync("us-east-1");
        var before = shadowed.Asked.Count;
        using var outside = await shadowed.Gateway.ChatAsync(key, body);
        await outside.Content.ReadAsStringAsync();

        Assert.Equal("gpt-5-dear", call["model"]!.GetValue<string>());
        Assert.Equal("gpt-5-mini", outside.Headers.GetValues("x-purser-model").Single());
        // Comparisons are made in their order: what comes after it is asked, and it isn't.
        using var next = await shadowed.Gateway.ChatAsync(key, ShadowedGateway.Body);
        await shadowed.CallsAsync(next, 1);
        Assert.Null((await shadowed.Gateway.ExplainAsync(outside))!["evaluation_calls"]);
        Assert.Equal(["gpt-5-mini", "gpt-5-mini", "gpt-5-dear"], shadowed.Asked.Skip(before));

        // Where the model is that is named; the other one is in the policy's regions.
        Task StartWithAsync(string region) =>
            shadowed.Gateway.RestartAsync(options =>
                options with
                {
                    Providers =
                    [
                        options.Providers[0] with
                        {
                            Region = region,
                            Models = ["gpt-5-dear"],
                        },
                        options.Providers[0] with
                        {
                            Name = "other",
                            Region = "eu-west-1",
                            Models = ["gpt-5-mini"],
                        },
                    ],
                }
            );
    }

    [Fact]
    public async Task Sensitive_requests_are_left_out()
    {
        await using var shadowed = await ShadowedGateway.StartAsync(
            routing: Plain
                .Replace(
                    "candidates: [gpt-5-mini]",
                    "sensitive: { tags: [data=secret] }\n  candidates: [{ model: gpt-5-mini, sensitive: true }]",
                    StringComparison.Ordinal
                )
                .Replace("reference: gpt-5-dear", "reference: { model: gpt-5-dear, sensitive: true }", StringComparison.Ordinal)
        );
        var key = await shadowed.Gateway.KeyAsync(1m);

        using var excluded = await shadowed.Gateway.ChatAsync(key, ShadowedGateway.Body, ("x-purser-tags", "data=secret"));
        await excluded.Content.ReadAsStringAsync();

        await AssertOnlyTheNextOneIsAskedAsync(shadowed, key, excluded);
    }

    [Fact]
    public async Task What_the_budget_has_no_room_for_isnt_made_and_the_log_says_so_once()
    {
        var log = new LogLines();
        await using var shadowed = await ShadowedGateway.StartAsync(
            routing: NoJudge.Replace("BUDGET", "0.00001", StringComparison.Ordinal),
            log: log
        );
        var gateway = shadowed.Gateway;
        var key = await gateway.KeyAsync(1m);

        using var first = await gateway.ChatAsync(key, ShadowedGateway.Body);
        var refused = (await shadowed.CallsAsync(first, 1))[0]!;
        using var second = await gateway.ChatAsync(key, ShadowedGateway.Body);
        await gateway.SettledAsync();

        Assert.Equal((200, 200), ((int)first.StatusCode, (int)second.StatusCode));
        Assert.Equal(("refused", "budget_exceeded"), (refused["outcome"]!.GetValue<string>(), refused["refusal"]!.GetValue<string>()));
        Assert.Null((await gateway.ExplainAsync(second))!["evaluation_calls"]);
        Assert.Equal(["gpt-5-dear", "gpt-5-dear"], shadowed.Asked);
        Assert.Single(log.All, line => line.Contains("has no room for calls in shadow", StringComparison.Ordinal));
        var metrics = await gateway.Client.GetStringAsync("/metrics");
        Assert.Contains("purser_evaluation_dropped", metrics, StringComparison.Ordinal);
        Assert.Contains("purser_reason=\"budget\"", metrics, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("off", null)]
    [InlineData("suggest", null)]
    // The person said where it goes.
    [InlineData("shadow", "off")]
    [InlineData("on", "gpt-5-mini")]
    public async Task Nothing_is_asked_in_shadow_where_the_mode_or_the_person_doesnt_want_it(string mode, string? said)
    {
        await using var shadowed = await ShadowedGateway.StartAsync(mode, Plain);
        var key = await shadowed.Gateway.KeyAsync(1m);

        using var excluded = await shadowed.Gateway.ChatAsync(key, ShadowedGateway.Body, said is null ? [] : [("x-purser-route", said)]);
        await excluded.Content.ReadAsStringAsync();

        await AssertOnlyTheNextOneIsAskedAsync(shadowed, key, excluded);
    }

    [Theory]
    [InlineData("chat", "", true)]
    [InlineData("chat", ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{}}}]", true)]
    // The provider would search, run, look up or keep something, or send another kind of answer.
    [InlineData("chat", ",\"web_search_options\":{}", false)]
    [InlineData("chat", ",\"n\":2", false)]
    [InlineData("chat", ",\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"alloy\",\"format\":\"wav\"}", false)]
    [InlineData(
        "chat",
        ",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AA==\"}}]}]",
        false
    )]
    [InlineData("chat", ",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_id\":\"file-1\"}}]}]", false)]
    [InlineData("responses", ",\"input\":\"hi\"", true)]
    [InlineData("responses", ",\"input\":\"hi\",\"previous_response_id\":\"resp_1\"", false)]
    [InlineData("responses", ",\"input\":\"hi\",\"tools\":[{\"type\":\"web_search\"}]", false)]
    [InlineData(
        "responses",
        ",\"input\":\"hi\",\"tools\":[{\"type\":\"mcp\",\"server_label\":\"s\",\"server_url\":\"https://example.com\"}]",
        false
    )]
    [InlineData("messages", ",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]", true)]
    [InlineData("messages", ",\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]", false)]
    [InlineData("messages", ",\"tools\":[{\"type\":\"code_execution_20250825\",\"name\":\"code_execution\"}]", false)]
    [InlineData("messages", ",\"container\":\"container_1\"", false)]
    public void Only_what_does_nothing_but_generate_text_is_asked_twice(string format, string members, bool isPlain)
    {
        var messages =
            members.Contains("messages", StringComparison.Ordinal) || format == "responses"
                ? ""
                : ",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
        var body = $"{{\"model\":\"auto\",\"max_tokens\":50{messages}{members}}}";
        var known = Providers.ProviderCatalog.Formats.Single(known => known.Name == format);

        var (understanding, refusal) = Gateway.Pipeline.Understanding.Read(known, System.Text.Encoding.UTF8.GetBytes(body), default);

        Assert.Null(refusal);
        Assert.Equal(isPlain, Gateway.Evaluations.Shadowing.IsPlain(understanding!));
    }

    [Fact]
    public async Task Accounts_whose_requests_go_to_no_other_model_are_left_out_with_those_below_them()
    {
        await using var shadowed = await ShadowedGateway.StartAsync(routing: Plain, shadow: ", never_for: [clinic]");
        var gateway = shadowed.Gateway;
        Assert.Contains(gateway.Warnings, warning => warning.Contains("There is no account 'clinic'", StringComparison.Ordinal));
        var key = await gateway.KeyAsync(1m);
        // It may be misspelt: then nobody's are asked.
        using var unknown = await gateway.ChatAsync(key, ShadowedGateway.Body);
        await unknown.Content.ReadAsStringAsync();
        foreach (var (name, kind, parent) in new[] { ("clinic", "department", ""), ("ward", "team", "clinic") })
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

        var ward = await gateway.AdminAsync(HttpMethod.Post, "/keys", new { account = "clinic/ward", name = "w" });
        using var excluded = await gateway.ChatAsync(ward!["key"]!.GetValue<string>(), ShadowedGateway.Body);
        await excluded.Content.ReadAsStringAsync();

        await AssertOnlyTheNextOneIsAskedAsync(shadowed, key, unknown, excluded);
    }

    [Fact]
    public async Task A_response_that_its_provider_would_keep_isnt_kept_twice()
    {
        await using var shadowed = await ShadowedGateway.StartAsync(routing: Plain);
        var gateway = shadowed.Gateway;
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.ResponsesAsync(
            key,
            """{"model":"auto","max_output_tokens":50,"input":"hi","metadata":{"a":"b"}}"""
        );
        await shadowed.CallsAsync(response, 1);

        Assert.Equal("""{"model":"gpt-5-mini","max_output_tokens":50,"input":"hi","store":false}""", gateway.Upstream.Requests.Last().Body);
    }

    [Fact]
    public async Task A_stop_cancels_what_runs_and_settles_it()
    {
        await using var shadowed = await ShadowedGateway.StartAsync(routing: Plain);
        var gateway = shadowed.Gateway;
        using var never = new SemaphoreSlim(0);

        var request = await RequestAsync(shadowed, never);
        await gateway.RestartAsync(options => options);
        never.Release();

        Assert.Equal(0, await gateway.OpenReservationsAsync());
        var story = (await gateway.AdminAsync(HttpMethod.Get, $"/requests/{request}"))!;
        Assert.Equal("client_closed", story["evaluation_calls"]![0]!["outcome"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_was_under_way_at_a_crash_is_posted_at_the_next_start_and_holds_nothing()
    {
        await using var shadowed = await ShadowedGateway.StartAsync(routing: Plain);
        var gateway = shadowed.Gateway;
        using var never = new SemaphoreSlim(0);
        var request = await RequestAsync(shadowed, never);
        await gateway.Store.FlushAsync();
        // What a process that is killed now leaves behind.
        var left = Directory.CreateTempSubdirectory("purser-test-");
        foreach (var file in new DirectoryInfo(gateway.Directory).GetFiles("*.db*"))
        {
            file.CopyTo(Path.Combine(left.FullName, file.Name));
        }

        await gateway.RestartAsync(options => options with { DataDirectory = left.FullName });
        never.Release();

        Assert.Equal(0, await gateway.OpenReservationsAsync());
        var call = (await gateway.AdminAsync(HttpMethod.Get, $"/requests/{request}"))!["evaluation_calls"]![0]!;
        var own = (await gateway.AdminAsync(HttpMethod.Get, $"/requests/{call["request_id"]!.GetValue<string>()}"))!;
        var attempt = own["attempts"]![0]!;
        Assert.True(attempt["unconfirmed"]!.GetValue<bool>());
        Assert.Equal(attempt["ceiling_usd"]!.GetValue<string>(), attempt["cost_usd"]!.GetValue<string>());
        await gateway.StopAsync();
        Assert.Empty(LedgerVerifier.Verify(left.FullName).Problems);
        left.Delete(recursive: true);
    }

    [Fact]
    public async Task The_keys_are_made_once_and_their_budgets_are_as_the_configuration_has_them_now()
    {
        await using var shadowed = await ShadowedGateway.StartAsync();
        var gateway = shadowed.Gateway;
        await gateway.RestartAsync(options => options);
        var (keys, head) = (Keys(), gateway.Store.HeadSeq);

        await gateway.RestartAsync(options => options);
        Assert.Equal(head, gateway.Store.HeadSeq);
        await gateway.RestartAsync(options =>
            options with
            {
                Routing = options.Routing! with
                {
                    Shadow = options.Routing.Shadow! with
                    {
                        Budget = options.Routing.Shadow.Budget with
                        {
                            Amount = new Core.Pricing.Money(5),
                            Period = Core.Budgets.WindowKind.Week,
                        },
                    },
                },
            }
        );

        Assert.Equal(keys, Keys());
        Assert.Equal(["purser judge", "purser shadow"], keys.Select(key => key.Name).Order(StringComparer.Ordinal));
        var budget = Assert.Single(gateway.Store.Control.Budgets, budget => budget.Name == "purser shadow");
        Assert.Equal((5, Core.Budgets.WindowKind.Week), (budget.Limit, budget.Window.Kind));

        (string Id, string Name)[] Keys() => [.. gateway.Store.Control.Keys.Select(key => (key.Id, key.Name))];
    }

    /// <summary>Sends a request, and waits until the model that is asked in shadow has it, which doesn't answer.</summary>
    private static async Task<string> RequestAsync(ShadowedGateway shadowed, SemaphoreSlim never)
    {
        var key = await shadowed.Gateway.KeyAsync(1m);
        var begun = new TaskCompletionSource();
        shadowed.Before = model =>
        {
            if (model != "gpt-5-mini")
            {
                return Task.CompletedTask;
            }

            begun.TrySetResult();
            return never.WaitAsync();
        };
        using var response = await shadowed.Gateway.ChatAsync(key, ShadowedGateway.Body);
        await begun.Task;
        return response.Headers.GetValues("x-purser-request-id").Single();
    }

    /// <summary>Sends one more request, which is asked in shadow, and sees that it's the only one.</summary>
    private static async Task AssertOnlyTheNextOneIsAskedAsync(ShadowedGateway shadowed, string key, params HttpResponseMessage[] before)
    {
        var gateway = shadowed.Gateway;
        Assert.All(before, response => Assert.Equal(200, (int)response.StatusCode));
        await RoutedGateway.SetModeAsync(gateway, "shadow");
        using var next = await gateway.ChatAsync(key, ShadowedGateway.Body);
        await shadowed.CallsAsync(next, 1);
        foreach (var response in before)
        {
            Assert.Null((await gateway.ExplainAsync(response))!["evaluation_calls"]);
        }

        Assert.Equal(before.Length + 2, gateway.Upstream.Requests.Count);
    }
}
