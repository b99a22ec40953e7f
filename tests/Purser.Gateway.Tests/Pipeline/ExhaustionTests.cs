using System.Text.Json.Nodes;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

public sealed class ExhaustionTests
{
    private const string Body = """{"model":"gpt-5-mini","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";

    [Fact]
    public async Task Requests_a_minute_are_a_budget_that_answers_429_and_says_when()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                account = "",
                unit = "requests",
                limit = "2",
                window = "minute",
            }
        );

        // Three within one minute: at the turn of one, the first of the new minute is let in, and one more round shows it.
        var statuses = new List<int>();
        string? wait = null;
        for (var i = 0; i < 5; i++)
        {
            using var response = await gateway.ChatAsync(key, Body);
            statuses.Add((int)response.StatusCode);
            wait = response.Headers.TryGetValues("Retry-After", out var values) ? values.Single() : wait;
        }

        Assert.Contains(429, statuses);
        Assert.InRange(statuses.Count(status => status == 200), 2, 4);
        Assert.InRange(int.Parse(wait!, System.Globalization.CultureInfo.InvariantCulture), 1, 60);
    }

    [Fact]
    public async Task Concurrent_attempts_are_counted_at_every_instant_and_a_queue_lets_the_next_in()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                account = "",
                unit = "concurrency",
                limit = "1",
                on_exhausted = "queue",
            }
        );
        var most = 0;
        var now = 0;
        gateway.Upstream.Answer = async http =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            await Task.Yield();
            Interlocked.Decrement(ref now);
            await RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        };

        var responses = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => gateway.ChatAsync(key, Body)));

        Assert.All(responses, response => Assert.Equal(200, (int)response.StatusCode));
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task A_budget_that_only_alerts_lets_requests_through_and_tells()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                account = "",
                unit = "usd",
                limit = "0.000001",
                window = "month",
                on_exhausted = "alert",
            }
        );

        using var response = await gateway.ChatAsync(key, Body);
        await gateway.SettledAsync();

        Assert.Equal(200, (int)response.StatusCode);
        var kinds = (await AlertsAsync(gateway, 3)).Select(alert => alert!["type"]!.GetValue<string>()).ToList();
        Assert.Contains("purser.budget.threshold", kinds);
    }

    [Fact]
    public async Task What_a_budget_asks_for_is_granted_with_one_command_and_then_it_passes()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        var budget = await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                account = "",
                unit = "usd",
                limit = "0.00001",
                window = "month",
                name = "tiny",
                on_exhausted = "ask",
            }
        );

        using var refused = await gateway.ChatAsync(key, Body);
        using var again = await gateway.ChatAsync(key, Body);

        Assert.Equal((402, 402), ((int)refused.StatusCode, (int)again.StatusCode));
        Assert.Contains("approval_required", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var asks = (await gateway.AdminAsync(HttpMethod.Get, "/asks"))!["data"]!.AsArray();
        var ask = Assert.Single(asks)!;
        await gateway.AdminAsync(HttpMethod.Post, $"/asks/{ask["id"]}/approve", new { amount = "1", by = "ana" });
        using var passed = await gateway.ChatAsync(key, Body);
        Assert.Equal(200, (int)passed.StatusCode);
        var grant = Assert.Single((await gateway.AdminAsync(HttpMethod.Get, "/grants"))!["data"]!.AsArray())!;
        Assert.Equal(("ana", "1.000000000"), (grant["by"]!.GetValue<string>(), grant["amount"]!.GetValue<string>()));
        var row = (await gateway.AdminAsync(HttpMethod.Get, "/budgets"))!["data"]!
            .AsArray()
            .Single(row => row!["id"]!.GetValue<string>() == budget!["id"]!.GetValue<string>())!;
        Assert.Equal(("0.000010000", "1.000010000"), (row["limit"]!.GetValue<string>(), row["allowed"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Whoever_holds_the_key_can_ask_about_its_own_refused_request_alone()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.00001m);
        var other = await gateway.KeyAsync();
        using var refused = await gateway.ChatAsync(key, Body);
        var body = $$"""{"request_id":"{{refused.Headers.GetValues("x-purser-request-id").Single()}}","amount":"5","reason":"the demo"}""";

        using var foreign = await gateway.PostAsync("/v1/purser/asks", body, ("Authorization", $"Bearer {other}"));
        using var own = await gateway.PostAsync("/v1/purser/asks", body, ("Authorization", $"Bearer {key}"));
        using var nobody = await gateway.PostAsync("/v1/purser/asks", body);

        Assert.Equal((404, 200, 401), ((int)foreign.StatusCode, (int)own.StatusCode, (int)nobody.StatusCode));
        Assert.Equal("pending", JsonNode.Parse(await own.Content.ReadAsStringAsync())!["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task Exposure_says_what_all_limits_allow_and_who_is_covered()
    {
        await using var gateway = await TestGateway.StartAsync();
        await TeamAsync(gateway, "research");
        await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                account = "research",
                unit = "usd",
                limit = "3",
                window = "day",
            }
        );
        await gateway.AdminAsync(HttpMethod.Post, "/keys", new { account = "research", name = "ci" });

        var exposure = (await gateway.AdminAsync(HttpMethod.Get, "/exposure?days=1"))!;

        // A span of a day can touch three days of 23 hours at most, and two months of $50.
        var research = exposure["accounts"]!.AsArray().Single(account => account!["account"]!.GetValue<string>() == "research")!;
        Assert.Equal("9.000000000", research["exposure_usd"]!.GetValue<string>());
        Assert.Equal("9.000000000", exposure["total_usd"]!.GetValue<string>());
        Assert.True(research["covered"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Gifts_made_at_once_give_no_more_than_there_is()
    {
        await using var gateway = await TestGateway.StartAsync();
        await TeamAsync(gateway, "a");
        await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                account = "a",
                unit = "usd",
                limit = "10",
                window = "month",
                name = "to",
            }
        );
        await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                account = "",
                unit = "usd",
                limit = "10",
                window = "week",
                name = "from",
            }
        );

        async Task<bool> GiveAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/v1/gifts");
            request.Headers.Authorization = new("Bearer", gateway.AdminKey);
            request.Content = new StringContent("""{"from":"from","to":"to","amount":"4","reason":"help"}""");
            using var response = await gateway.Client.SendAsync(request);
            return response.IsSuccessStatusCode;
        }

        var given = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => GiveAsync()));

        Assert.Equal(2, given.Count(done => done));
        var rows = (await gateway.AdminAsync(HttpMethod.Get, "/budgets"))!["data"]!.AsArray();
        string Allowed(string name) => rows.Single(row => row!["name"]!.GetValue<string>() == name)!["allowed"]!.GetValue<string>();
        Assert.Equal(("2.000000000", "18.000000000"), (Allowed("from"), Allowed("to")));
    }

    [Fact]
    public async Task A_budget_is_exhausted_when_it_refused_and_not_when_it_let_a_request_through_with_less()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.01m);

        // 4,900 tokens of output fit, not the 20,000 that were asked for.
        using var less = await gateway.ChatAsync(
            key,
            """{"model":"gpt-5-mini","max_tokens":20000,"messages":[{"role":"user","content":"hi"}]}"""
        );
        Assert.Equal(200, (int)less.StatusCode);
        Assert.NotEmpty(less.Headers.GetValues("x-purser-max-output-tokens"));
        await gateway.SettledAsync();
        Assert.DoesNotContain(await AlertsAsync(gateway, 0), IsExhausted);

        // Its input alone costs more than there is.
        var prompt = string.Join(' ', Enumerable.Range(0, 1_000).Select(number => new Guid(number * 7_919, 1, 2, new byte[8])));
        using var refused = await gateway.ChatAsync(
            key,
            $$"""{"model":"gpt-5-mini","max_tokens":10,"messages":[{"role":"user","content":"{{prompt}}"}]}"""
        );
        Assert.Equal(402, (int)refused.StatusCode);
        await gateway.SettledAsync();
        Assert.Contains(await AlertsAsync(gateway, 1), IsExhausted);
        Assert.Contains(
            $"purser asks create {refused.Headers.GetValues("x-purser-request-id").Single()} --amount",
            await refused.Content.ReadAsStringAsync(),
            StringComparison.Ordinal
        );
    }

    private static bool IsExhausted(JsonNode? alert) => alert!["type"]!.GetValue<string>() == "purser.budget.exhausted";

    private static Task TeamAsync(TestGateway gateway, string name) =>
        gateway.AdminAsync(
            HttpMethod.Post,
            "/accounts",
            new
            {
                name,
                kind = "team",
                parent = "",
            }
        );

    private static async Task<JsonArray> AlertsAsync(TestGateway gateway, int atLeast)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            var alerts = (await gateway.AdminAsync(HttpMethod.Get, "/alerts"))!["data"]!.AsArray();
            if (alerts.Count >= atLeast)
            {
                return alerts;
            }

            await timer.WaitForNextTickAsync(patience.Token);
        }
    }
}
