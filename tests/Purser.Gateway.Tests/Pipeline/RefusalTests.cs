using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

public sealed partial class RefusalTests
{
    private const string Body = """{"model":"gpt-5-mini","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";

    [Fact]
    public async Task Unknown_wrong_disabled_expired_and_malformed_keys_get_one_and_the_same_answer()
    {
        await using var gateway = await TestGateway.StartAsync();
        var valid = await gateway.KeyAsync();
        var disabled = await gateway.KeyAsync();
        await gateway.AdminAsync(HttpMethod.Post, $"/keys/{disabled.Split('.')[0]}/disable");

        var answers = new HashSet<string>();
        foreach (var key in (string[])[disabled, valid + "x", "pk-unknown.secret", "nonsense", "", valid.Split('.')[0] + "."])
        {
            using var response = await gateway.ChatAsync(key, Body);
            Assert.Equal(401, (int)response.StatusCode);
            answers.Add(RequestId().Replace(await response.Content.ReadAsStringAsync(), "req_"));
        }

        Assert.Contains("invalid_api_key", Assert.Single(answers), StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("x-api-key", "")]
    [InlineData("x-goog-api-key", "")]
    public async Task A_key_is_taken_where_each_client_puts_it(string header, string prefix)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();

        using var response = await gateway.PostAsync("/v1/chat/completions", Body, (header, prefix + key));

        Assert.Equal(200, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_model_without_a_price_is_refused_and_nothing_is_sent()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();

        using var response = await gateway.ChatAsync(key, Body.Replace("gpt-5-mini", "gpt-unpriced", StringComparison.Ordinal));

        Assert.Equal(402, (int)response.StatusCode);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal("model_not_priced", error["code"]!.GetValue<string>());
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task A_budget_that_is_too_small_says_why_what_is_cheaper_when_it_resets_and_how_to_ask()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(usd: 0.000001m, window: "month");

        using var response = await gateway.ChatAsync(key, Body);

        Assert.Equal(402, (int)response.StatusCode);
        Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal("budget_exceeded", error["code"]!.GetValue<string>());
        var text = error.ToJsonString();
        foreach (var part in (string[])["resets", "limit", "spent", "how_to_ask", "0.000001000"])
        {
            Assert.Contains(part, text, StringComparison.Ordinal);
        }

        Assert.Empty(gateway.Upstream.Requests);
        Assert.Equal(0, await gateway.OpenReservationsAsync());
    }

    // Codex calls five times more after a 402. What it knows is how OpenAI's own service says that a limit is used up.
    [Theory]
    [InlineData("user-agent", "codex_exec/0.169.0 (Debian 12.0.0; x86_64)", "gpt-5-mini", 429)]
    [InlineData("x-codex-turn-metadata", "{}", "gpt-5-mini", 429)]
    [InlineData("user-agent", "codex_exec/0.169.0", "gpt-unpriced", 400)]
    [InlineData("user-agent", "OpenAI/JS 6.49.0", "gpt-5-mini", 402)]
    public async Task Codex_is_told_of_an_exhausted_budget_so_that_it_stops(string header, string value, string model, int status)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(usd: 0.000001m, window: "month");

        using var response = await gateway.PostAsync(
            "/v1/responses",
            $$"""{"model":"{{model}}","max_output_tokens":100,"input":"hi"}""",
            ("Authorization", $"Bearer {key}"),
            (header, value)
        );

        Assert.Equal(status, (int)response.StatusCode);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        var shown = response.Headers.TryGetValues("x-codex-promo-message", out var texts) ? texts.Single() : null;
        if (status != 429)
        {
            Assert.Null(shown);
            return;
        }

        Assert.Equal("usage_limit_reached", error["type"]!.GetValue<string>());
        Assert.InRange(error["resets_at"]!.GetValue<long>(), 1, DateTimeOffset.UtcNow.AddDays(32).ToUnixTimeSeconds());
        Assert.Contains("has too little left", shown, StringComparison.Ordinal);
        Assert.Contains("purser asks create req_", shown, StringComparison.Ordinal);
        Assert.All(shown!, letter => Assert.InRange(letter, ' ', '~'));
    }

    /// <summary>Clients look for statuses in texts, and take digits for one.</summary>
    [Fact]
    public async Task Amounts_have_no_digits_in_texts_that_say_nothing()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(usd: 0.00001m, window: "month");

        using var response = await gateway.ChatAsync(
            key,
            """{"model":"gpt-5-mini","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}"""
        );

        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        var text = error["message"]!.GetValue<string>();
        Assert.Contains(
            "limit 0.00001, spent 0, reserved by requests under way 0; this request may need 0.000",
            text,
            StringComparison.Ordinal
        );
        Assert.Equal("0.000010000", error["limit"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_figures_of_an_account_above_the_callers_own_are_not_told()
    {
        await using var gateway = await TestGateway.StartAsync();
        await gateway.AdminAsync(HttpMethod.Post, "/accounts", new { name = "secretive", kind = "department" });
        await gateway.AdminAsync(
            HttpMethod.Post,
            "/accounts",
            new
            {
                name = "team",
                kind = "team",
                parent = "secretive",
            }
        );
        await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                account = "secretive",
                unit = "usd",
                window = "day",
                limit = "0.000002",
                name = "the war chest",
            }
        );
        var key = (await gateway.AdminAsync(HttpMethod.Post, "/keys", new { account = "secretive/team", name = "k" }))![
            "key"
        ]!.GetValue<string>();

        using var response = await gateway.ChatAsync(key, Body);
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal(402, (int)response.StatusCode);
        Assert.DoesNotContain("0.000002", text, StringComparison.Ordinal);
        Assert.DoesNotContain("war chest", text, StringComparison.Ordinal);
        Assert.Contains("resets", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"messages":[]}""")]
    [InlineData("""{"model":"gpt-5-mini","model":"gpt-5","messages":[]}""")]
    [InlineData("""{"model":"gpt-5-mini","max_tokens":-5,"messages":[]}""")]
    public async Task A_malformed_body_is_refused_in_the_clients_format_and_holds_nothing(string body)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();

        using var openai = await gateway.ChatAsync(key, body);
        using var anthropic = await gateway.MessagesAsync(key, body);

        Assert.Equal(400, (int)openai.StatusCode);
        Assert.NotNull(JsonNode.Parse(await openai.Content.ReadAsStringAsync())!["error"]!["message"]);
        Assert.Equal(400, (int)anthropic.StatusCode);
        Assert.Equal("error", JsonNode.Parse(await anthropic.Content.ReadAsStringAsync())!["type"]!.GetValue<string>());
        Assert.Equal(0, await gateway.OpenReservationsAsync());
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Parallel_requests_never_spend_more_than_the_budget()
    {
        await using var gateway = await TestGateway.StartAsync();
        // Each costs 25 micro-dollars, and may need at most about 300.
        var key = await gateway.KeyAsync(usd: 0.002m);

        var statuses = await Task.WhenAll(
            Enumerable
                .Range(0, 400)
                .Select(async _ =>
                {
                    using var response = await gateway.ChatAsync(key, Body);
                    await response.Content.ReadAsStringAsync();
                    return (int)response.StatusCode;
                })
        );
        await gateway.SettledAsync();

        var budgets = await gateway.AdminAsync(HttpMethod.Get, "/budgets");
        var own = budgets!["data"]!.AsArray().Single(budget => budget!["scope"]!["kind"]!.GetValue<string>() == "key")!;
        var posted = decimal.Parse(own["posted"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(statuses.Count(status => status == 200) * 0.000025m, posted);
        Assert.InRange(posted, 0.000025m, 0.002m);
        Assert.All(statuses, status => Assert.True(status is 200 or 402));
        Assert.Equal("0.000000000", own["pending"]!.GetValue<string>());
    }

    [GeneratedRegex("req_[0-9a-f]{32}")]
    private static partial Regex RequestId();
}
