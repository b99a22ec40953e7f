using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Admin;

/// <summary>Requests of 11 input and 7 output tokens at $1 and $2 per million, which should have been $2 and $3: 25 and 43 micro-dollars.</summary>
public sealed class RerateEndpointTests
{
    private const string Chat = """{"model":"gpt-5-mini","max_tokens":50,"messages":[{"role":"user","content":"hi"}]}""";

    private const string Corrected = """
        provider: openai
        models:
          - id: gpt-5-mini
            replace: true
            aliases: [gpt-5-mini-2025-08-07]
            context_tokens: 400000
            max_output_tokens: 128000
            prices:
              - start: unknown
                source: the vendor's page, read again
                input_per_mtok: 2
                cache_read_per_mtok: 0.2
                output_per_mtok: 3
        """;

    [Fact]
    public async Task A_price_that_is_replaced_corrects_what_was_charged_and_balances_and_reports_follow()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1, "month");
        using var first = await gateway.ChatAsync(key, Chat);
        using var second = await gateway.ChatAsync(key, Chat);
        await gateway.SettledAsync();
        var oldBook = await BookAsync(gateway);
        await gateway.RestartAsync(WithCorrection);

        var shown = await RerateAsync(gateway, new { dry_run = true });
        Assert.Equal("0.000050000", await SpentAsync(gateway));
        var done = await RerateAsync(gateway, new { by = "ana", reason = "the page was misread" });
        var again = await RerateAsync(gateway);

        var expected = new JsonArray(
            new JsonObject
            {
                ["provider"] = "openai",
                ["model"] = "gpt-5-mini",
                ["from_entry"] = "openai/gpt-5-mini@unknown",
                ["from_book"] = oldBook,
                ["to_entry"] = "openai/gpt-5-mini@unknown",
                ["to_book"] = await BookAsync(gateway),
                ["attempts"] = 2,
                ["tokens"] = 36,
                ["was_usd"] = "0.000050000",
                ["is_usd"] = "0.000086000",
                ["difference_usd"] = "0.000036000",
            }
        );
        Assert.Equal(expected.ToJsonString(), shown["rerated"]!.ToJsonString());
        Assert.Equal(expected.ToJsonString(), done["rerated"]!.ToJsonString());
        Assert.Empty(again["rerated"]!.AsArray());
        Assert.Equal(
            """[{"provider":"openai","model":"gpt-5-mini","why":"unchanged","attempts":2,"tokens":36,"was_usd":"0.000086000"}]""",
            again["left"]!.ToJsonString()
        );
        Assert.Equal("0.000086000", await SpentAsync(gateway));
        Assert.All(
            (await gateway.AdminAsync(HttpMethod.Get, "/budgets"))!["data"]!.AsArray(),
            budget => Assert.Equal("0.000086000", budget!["posted"]!.GetValue<string>())
        );
        var why = (await gateway.ExplainAsync(first))!["adjustments"]!.AsArray().Single()!;
        Assert.Equal(
            ("0.000018000", "rerate", "ana", "the page was misread", oldBook),
            (
                why["difference_usd"]!.GetValue<string>(),
                why["why"]!["cause"]!.GetValue<string>(),
                why["why"]!["by"]!.GetValue<string>(),
                why["why"]!["reason"]!.GetValue<string>(),
                why["why"]!["from"]!["book"]!.GetValue<string>()
            )
        );
        await gateway.StopAsync();
        Assert.Empty(LedgerVerifier.Verify(gateway.Directory).Problems);
    }

    [Fact]
    public async Task Events_have_the_original_cost_and_what_it_was_corrected_by()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1, "month");
        using var answer = await gateway.ChatAsync(key, Chat);
        await gateway.SettledAsync();
        await gateway.RestartAsync(WithCorrection);
        await RerateAsync(gateway);

        var line = JsonNode.Parse(await gateway.AdminTextAsync("/events"))!;

        Assert.Equal(("0.000025000", "0.000018000"), (line["cost_usd"]!.GetValue<string>(), line["adjusted_usd"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Where_the_price_is_the_same_nothing_differs_however_an_attempt_ended()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1, "month");
        foreach (var end in Ends)
        {
            gateway.Upstream.Answer = end;
            foreach (var stream in (bool[])[false, true])
            {
                using var answer = await gateway.ChatAsync(
                    key,
                    stream ? Chat.Replace("{\"model", "{\"stream\":true,\"model", StringComparison.Ordinal) : Chat
                );
                await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            }
        }

        await gateway.SettledAsync();
        var spent = await SpentAsync(gateway);

        var found = await RerateAsync(gateway);

        Assert.Empty(found["rerated"]!.AsArray());
        Assert.All(
            found["left"]!.AsArray(),
            left => Assert.Contains(left!["why"]!.GetValue<string>(), (string[])["unchanged", "unpriced"])
        );
        Assert.Contains(
            found["left"]!.AsArray(),
            left => left!["detail"]?.GetValue<string>().Contains("'flex'", StringComparison.Ordinal) == true
        );
        Assert.Equal(spent, await SpentAsync(gateway));
    }

    /// <summary>In full, without usage, on a tier without a price, broken off, as an error, and as nothing of the format.</summary>
    private static Func<HttpContext, Task>[] Ends =>
        [
            http => RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer),
            http =>
                RecordingUpstream.JsonAsync(
                    http,
                    200,
                    """{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"hello"}}]}"""
                ),
            http =>
                RecordingUpstream.JsonAsync(
                    http,
                    200,
                    RecordingUpstream.ChatAnswer.Replace("\"usage\"", "\"service_tier\":\"flex\",\"usage\"", StringComparison.Ordinal)
                ),
            http =>
                RecordingUpstream.EventsAsync(
                    http,
                    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"he\"}}]}\n\n"
                ),
            http => RecordingUpstream.JsonAsync(http, 500, """{"error":{"message":"oops"}}"""),
            http => RecordingUpstream.JsonAsync(http, 200, "<html>oops</html>"),
        ];

    /// <summary>412 and 531 tokens at $1 and $2; beside them 823, 7 cached and 1,612 of an advisor at $10, $1 and $20, then at $20, $2 and $30.</summary>
    [Fact]
    public async Task What_ran_on_another_model_besides_is_corrected_by_the_price_of_that_model()
    {
        const string advisor = """
            provider: anthropic
            models:
              - id: claude-advisor
                prices:
                  - {start: unknown, source: made up, input_per_mtok: 10, cache_read_per_mtok: 1, output_per_mtok: 20}
            """;
        var dearer = advisor
            .Replace("prices:", "replace: true\n    prices:", StringComparison.Ordinal)
            .Replace(": 20}", ": 30}", StringComparison.Ordinal)
            .Replace(": 10,", ": 20,", StringComparison.Ordinal)
            .Replace(": 1,", ": 2,", StringComparison.Ordinal);
        await using var gateway = await TestGateway.StartAsync(options: options =>
            options with
            {
                PriceFiles = [.. options.PriceFiles, new PriceFile("advisor.yml", advisor)],
            }
        );
        var key = await gateway.KeyAsync(1, "month");
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                """
                {"id":"msg_1","type":"message","role":"assistant","model":"claude-test","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn",
                "usage":{"input_tokens":412,"output_tokens":531,"iterations":[{"type":"message","input_tokens":412,"output_tokens":531},
                {"type":"advisor_message","model":"claude-advisor","input_tokens":823,"output_tokens":1612,"cache_read_input_tokens":7}]}}
                """
            );
        const string body = """{"model":"claude-test","max_tokens":1000,"messages":[{"role":"user","content":"hi"}]}""";
        using var answer = await gateway.MessagesAsync(key, body);
        await gateway.SettledAsync();
        Assert.Equal("0.041951000", await SpentAsync(gateway));
        var same = await RerateAsync(gateway);
        Assert.Equal("unchanged", same["left"]!.AsArray().Single()!["why"]!.GetValue<string>());

        await gateway.RestartAsync(options => options with { PriceFiles = [.. options.PriceFiles, new PriceFile("dearer.yml", dearer)] });
        var rerated = await RerateAsync(gateway);

        Assert.Equal("0.024357000", rerated["rerated"]!.AsArray().Single()!["difference_usd"]!.GetValue<string>());
        Assert.Equal("0.066308000", await SpentAsync(gateway));
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_corrected()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1, "month");
        using var answer = await gateway.ChatAsync(key, Chat);
        await gateway.SettledAsync();
        await gateway.RestartAsync(WithCorrection);

        foreach (
            var nothing in (object[])
                [
                    new { provider = "anthropic" },
                    new { model = "gpt-unpriced" },
                    new { from = "2026-01-01", to = "2026-01-02" },
                    new { from = "2999-01-01", to = "2999-01-02" },
                ]
        )
        {
            var found = await RerateAsync(gateway, nothing);
            Assert.Equal((0, 0), (found["rerated"]!.AsArray().Count, found["left"]!.AsArray().Count));
        }

        var one = await RerateAsync(gateway, new { provider = "openai", model = "gpt-5-mini" });
        Assert.Single(one["rerated"]!.AsArray());
    }

    [Fact]
    public async Task What_has_no_price_now_is_left_and_named()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1, "month");
        using var answer = await gateway.ChatAsync(key, Chat);
        await gateway.SettledAsync();
        await gateway.RestartAsync(options =>
            options with
            {
                Providers = [.. options.Providers.Select(provider => provider with { Models = ["gpt-unpriced"] })],
            }
        );

        var left = (await RerateAsync(gateway))["left"]!.AsArray().Single()!;

        Assert.Equal(
            ("unpriced", "no price for 'gpt-5-mini' of the provider 'openai' is configured", "0.000025000"),
            (left["why"]!.GetValue<string>(), left["detail"]!.GetValue<string>(), left["was_usd"]!.GetValue<string>())
        );
        Assert.Equal("0.000025000", await SpentAsync(gateway));
    }

    [Fact]
    public async Task A_part_is_gone_through_and_the_rest_after_it_by_another_gateway()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1, "month");
        for (var i = 0; i < 4; i++)
        {
            using var answer = await gateway.ChatAsync(key, Chat);
        }

        await gateway.SettledAsync();
        await gateway.RestartAsync(WithCorrection);
        var all = await RerateAsync(gateway, new { dry_run = true });
        var upTo = all["up_to"]!.GetValue<long>();
        Assert.Equal((upTo, 4), (all["after"]!.GetValue<long>(), all["rerated"]![0]!["attempts"]!.GetValue<int>()));

        var part = await RerateAsync(gateway, new { up_to = upTo - 5 });
        await gateway.RestartAsync(WithCorrection);
        var rest = await RerateAsync(gateway);

        var (done, then) = (part["rerated"]![0]!["attempts"]!.GetValue<int>(), rest["rerated"]![0]!["attempts"]!.GetValue<int>());
        Assert.InRange(done, 1, 3);
        Assert.Equal(4, done + then);
        Assert.Equal("0.000172000", await SpentAsync(gateway));
    }

    [Fact]
    public async Task The_journal_is_read_until_what_was_admitted_has_ended_and_no_further()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1, "month");
        using (await gateway.ChatAsync(key, Chat)) { }
        await gateway.SettledAsync();
        var ended = (await RerateAsync(gateway, new { dry_run = true }))["up_to"]!.GetValue<long>();
        long to;
        using (var connection = LedgerReader.Open(gateway.Directory))
        {
            to = JournalReader.Entries(connection, only: kind => kind == JournalKind.Reserve).Single().AdmittedAt + 1;
        }

        using (await gateway.ChatAsync(key, Chat)) { }
        await gateway.SettledAsync();
        await gateway.RestartAsync(WithCorrection);

        var done = await RerateAsync(gateway, new { to = UsageNames.Time(to) });

        // It was posted after the end of that time.
        Assert.Equal(1, done["rerated"]!.AsArray().Single()!["attempts"]!.GetValue<int>());
        Assert.Equal((ended, ended, 0), (Seq(done, "after"), Seq(done, "up_to"), Seq(done, "under_way")));
        // Whoever goes on without saying how many are under way gets all there is.
        var rest = await RerateAsync(gateway, new { to = UsageNames.Time(to), after = ended });
        Assert.True(Seq(rest, "after") > ended && rest["under_way"] is null);

        static long Seq(JsonNode part, string name) => part[name]!.GetValue<long>();
    }

    [Fact]
    public async Task Requests_go_on_while_thousands_are_corrected_by_two_at_once()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1, "month");
        await SendAsync(gateway, key, 600);
        await gateway.RestartAsync(WithCorrection);

        await Task.WhenAll(SendAsync(gateway, key, 200), RerateAsync(gateway), RerateAsync(gateway, new { by = "ben" }));

        await gateway.SettledAsync();
        Assert.Equal("0.034400000", await SpentAsync(gateway));
        await gateway.StopAsync();
        var report = LedgerVerifier.Verify(gateway.Directory);
        Assert.Empty(report.Problems);
        Assert.Equal((600, (Int128)34_400_000), (report.Adjustments, report.PostedNanos));
    }

    [Theory]
    [InlineData("""{"to":"2026-11-24"}""", "invalid_time")]
    [InlineData("""{"from":"2026-11-24"}""", "invalid_time")]
    [InlineData("""{"from":"2026-11-24","to":"2026-11-24"}""", "invalid_time")]
    [InlineData("""{"from":"yesterday","to":"2026-11-24"}""", "invalid_time")]
    [InlineData("""{"from":"2026-11-23","to":"2026-11-24","reason":"a\nb"}""", "invalid_reason")]
    public async Task What_makes_no_sense_is_refused(string body, string code)
    {
        await using var gateway = await TestGateway.StartAsync();

        using var refused = await BudgetEndpointTests.SendAsync(gateway, HttpMethod.Post, "/ledger/rerate", body);

        Assert.Equal(400, (int)refused.StatusCode);
        Assert.Contains(code, await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static GatewayOptions WithCorrection(GatewayOptions options) =>
        options with
        {
            PriceFiles = [.. options.PriceFiles, new PriceFile("mine.yml", Corrected)],
        };

    private static async Task SendAsync(TestGateway gateway, string key, int requests) =>
        await Parallel.ForEachAsync(
            Enumerable.Range(0, requests),
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (_, _) =>
            {
                using var answer = await gateway.ChatAsync(key, Chat);
                Assert.Equal(200, (int)answer.StatusCode);
                await answer.Content.ReadAsStringAsync(CancellationToken.None);
            }
        );

    [Theory]
    [InlineData(null, "nope", "unknown_model", "a model 'nope',")]
    [InlineData("openai", "nope", "unknown_model", "a model 'nope' of the provider 'openai',")]
    [InlineData("anthropic", "gpt-5-mini", "unknown_model", "a model 'gpt-5-mini' of the provider 'anthropic',")]
    [InlineData("opnai", null, "unknown_provider", "a provider 'opnai',")]
    public async Task A_name_that_nothing_went_to_is_refused(string? provider, string? model, string code, string said)
    {
        await using var gateway = await TestGateway.StartAsync();
        var body = System.Text.Json.JsonSerializer.Serialize(
            new
            {
                from = "2000-01-01",
                to = "2999-01-01",
                provider,
                model,
            }
        );

        using var refused = await BudgetEndpointTests.SendAsync(gateway, HttpMethod.Post, "/ledger/rerate", body);

        Assert.Equal(404, (int)refused.StatusCode);
        var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal(code, error["code"]!.GetValue<string>());
        Assert.Contains(said, error["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configured_model_without_attempts_and_one_of_earlier_attempts_are_known()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var served = await gateway.ChatAsync(await gateway.KeyAsync(1, "month"), Chat);
        await gateway.SettledAsync();

        Assert.Empty((await RerateAsync(gateway, new { provider = "anthropic", model = "claude-test" }))["left"]!.AsArray());
        await gateway.RestartAsync(options =>
            options with
            {
                Providers =
                [
                    .. options.Providers.Select(provider =>
                        provider.Models is null
                            ? provider
                            : provider with
                            {
                                Models = [.. provider.Models.Where(model => model != "gpt-5-mini")],
                            }
                    ),
                ],
            }
        );

        Assert.Single((await RerateAsync(gateway, new { model = "gpt-5-mini" }))["left"]!.AsArray());
    }

    private static async Task<JsonNode> RerateAsync(TestGateway gateway, object? with = null)
    {
        var body = JsonNode.Parse("""{"from":"2000-01-01","to":"2999-01-01"}""")!.AsObject();
        foreach (var (name, value) in System.Text.Json.JsonSerializer.SerializeToNode(with ?? new { })!.AsObject().ToList())
        {
            body[name] = value?.DeepClone();
        }

        return (await gateway.AdminAsync(HttpMethod.Post, "/ledger/rerate", body))!;
    }

    private static async Task<string> SpentAsync(TestGateway gateway) =>
        (await gateway.AdminAsync(HttpMethod.Get, "/reports/spend"))!["total"]!["cost_usd"]!.GetValue<string>();

    private static async Task<string> BookAsync(TestGateway gateway) =>
        (await gateway.AdminAsync(HttpMethod.Get, "/status"))!["price_book_version"]!.GetValue<string>();
}
