using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Core.Ledger;
using Xunit;

namespace Purser.Gateway.Tests.Admin;

public sealed class GrantEndpointTests
{
    private const string Chat = """{"model":"gpt-5-mini","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";

    [Fact]
    public async Task A_budget_that_is_not_in_use_yet_gives_what_it_has_once()
    {
        await using var gateway = await TestGateway.StartAsync();
        await SetAsync(gateway, "giver", "10", "anchored:5h");
        await SetAsync(gateway, "taker", "5", "day");

        using var first = await GiveAsync(gateway, "giver", "taker", "7");
        using var second = await GiveAsync(gateway, "giver", "taker", "4");
        using var third = await GiveAsync(gateway, "giver", "taker", "3");

        Assert.Equal((200, 409, 200), ((int)first.StatusCode, (int)second.StatusCode, (int)third.StatusCode));
        Assert.Contains("has 3.000000000 left", await BudgetEndpointTests.MessageAsync(second), StringComparison.Ordinal);
        Assert.Equal("15.000000000", (await RowAsync(gateway, "taker"))["allowed"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_budget_that_only_alerts_has_nothing_to_give()
    {
        await using var gateway = await TestGateway.StartAsync();
        await SetAsync(gateway, "giver", "10", "day", onExhausted: "alert");
        await SetAsync(gateway, "taker", "5", "day");

        using var refused = await GiveAsync(gateway, "giver", "taker", "1");

        Assert.Equal(409, (int)refused.StatusCode);
        Assert.Contains("giver_only_alerts", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_at_once_cannot_be_given()
    {
        await using var gateway = await TestGateway.StartAsync();
        await SetAsync(gateway, "giver", "10", "lifetime", unit: "concurrency");
        await SetAsync(gateway, "taker", "5", "lifetime", unit: "concurrency");

        using var refused = await GiveAsync(gateway, "giver", "taker", "1");

        Assert.Equal(400, (int)refused.StatusCode);
    }

    [Fact]
    public async Task A_gift_ends_on_each_side_with_its_window_or_after_the_length_of_a_rolling_one()
    {
        await using var gateway = await TestGateway.StartAsync();
        await SetAsync(gateway, "giver", "10", "rolling:7d");
        await SetAsync(gateway, "rolling", "5", "rolling:2d");
        await SetAsync(gateway, "calendar", "5", "day");

        using var one = await GiveAsync(gateway, "giver", "rolling", "4");
        using var two = await GiveAsync(gateway, "giver", "calendar", "6");
        using var none = await GiveAsync(gateway, "giver", "calendar", "0.000000001");

        Assert.Equal((200, 200, 409), ((int)one.StatusCode, (int)two.StatusCode, (int)none.StatusCode));
        var grants = (await gateway.AdminAsync(HttpMethod.Get, "/grants"))!["data"]!.AsArray();
        Assert.Equal(
            [("-4.000000000", 7), ("4.000000000", 2), ("-6.000000000", 7), ("6.000000000", null)],
            grants.Select(grant => (grant!["amount"]!.GetValue<string>(), Days(grant)))
        );
        Assert.Equal("0.000000000", (await RowAsync(gateway, "giver"))["allowed"]!.GetValue<string>());

        static int? Days(JsonNode grant) =>
            grant["until"] is { } until
                ? (int)(until.GetValue<DateTimeOffset>() - grant["from"]!.GetValue<DateTimeOffset>()).TotalDays
                : null;
    }

    [Theory]
    [InlineData("1000000.000000001")]
    [InlineData("2305843009")]
    [InlineData("9223372036")]
    [InlineData("79228162514264337593543950335")]
    [InlineData("79228162514264337593543950336")]
    public async Task A_correction_beyond_belief_is_refused_and_the_ledger_goes_on(string usd)
    {
        await using var gateway = await TestGateway.StartAsync();
        var body = $$"""{"request_id":"{{AttemptId.NameOf(Guid.Empty)}}","cost_usd":"{{usd}}"}""";

        using var refused = await BudgetEndpointTests.SendAsync(gateway, HttpMethod.Post, "/ledger/confirm", body);

        Assert.Equal(400, (int)refused.StatusCode);
        Assert.Contains("at most 1,000,000", await BudgetEndpointTests.MessageAsync(refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_usage_beyond_belief_is_posted_as_the_most_and_waits_to_be_confirmed()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(5, "month");
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                RecordingUpstream.ChatAnswer.Replace("\"completion_tokens\":7", "\"completion_tokens\":9e30", StringComparison.Ordinal)
            );

        using var answer = await gateway.ChatAsync(key, Chat);
        await gateway.SettledAsync();
        using var next = await gateway.ChatAsync(key, Chat);
        var waiting = Assert.Single((await gateway.AdminAsync(HttpMethod.Get, "/ledger/unconfirmed"))!["data"]!.AsArray())!;
        await gateway.AdminAsync(
            HttpMethod.Post,
            "/ledger/confirm",
            new { request_id = waiting["request_id"]!.GetValue<string>(), cost_usd = "0.5" }
        );
        using var after = await gateway.ChatAsync(key, Chat);

        Assert.Equal((200, 402, 200), ((int)answer.StatusCode, (int)next.StatusCode, (int)after.StatusCode));
        Assert.Equal("1000000.000000000", waiting["posted_usd"]!.GetValue<string>());
        await gateway.SettledAsync();
        await gateway.StopAsync();
        Assert.Empty(Purser.Gateway.Storage.LedgerVerifier.Verify(gateway.Directory).Problems);
    }

    [Fact]
    public async Task What_is_granted_counts_in_the_worst_case()
    {
        await using var gateway = await TestGateway.StartAsync();
        await SetAsync(gateway, "all", "3", "lifetime");
        await gateway.KeyAsync();
        await GrantAsync(gateway, "all", "40");

        var withOne = (await gateway.AdminAsync(HttpMethod.Get, "/exposure?days=1"))!["total_usd"]!.GetValue<string>();
        await SetAsync(gateway, "rolling", "10", "rolling:1d");
        await GrantAsync(gateway, "rolling", "7");
        var rolling = (await gateway.AdminAsync(HttpMethod.Get, "/exposure?days=1"))!["total_usd"]!.GetValue<string>();

        // A day can touch two of the rolling one's, and each has its limit and the grant.
        Assert.Equal(("43.000000000", "34.000000000"), (withOne, rolling));
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"amount":"3","by":"ana"}""")]
    public async Task An_ask_is_decided_with_the_body_that_comes_whether_or_not_its_length_was_said(string body)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.00001m, "month");
        using var refused = await gateway.ChatAsync(key, Chat);
        var ask = JsonNode.Parse(await (await AskAsync(gateway, key, refused)).Content.ReadAsStringAsync())!;

        using var request = new HttpRequestMessage(HttpMethod.Post, $"/admin/v1/asks/{ask["id"]}/approve");
        request.Headers.Authorization = new("Bearer", gateway.AdminKey);
        request.Headers.TransferEncodingChunked = true;
        request.Content = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes(body)));
        request.Content.Headers.ContentLength = null;
        using var approved = await gateway.Client.SendAsync(request);

        Assert.Equal(200, (int)approved.StatusCode);
        var grant = Assert.Single((await gateway.AdminAsync(HttpMethod.Get, "/grants"))!["data"]!.AsArray())!;
        var expected = body.Length == 0 ? ("5.000000000", "administrator") : ("3.000000000", "ana");
        Assert.Equal(expected, (grant["amount"]!.GetValue<string>(), grant["by"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Whoever_asks_again_is_told_that_the_first_ask_waits()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.00001m, "month");
        using var refused = await gateway.ChatAsync(key, Chat);

        var first = JsonNode.Parse(await (await AskAsync(gateway, key, refused)).Content.ReadAsStringAsync())!;
        var again = JsonNode.Parse(await (await AskAsync(gateway, key, refused)).Content.ReadAsStringAsync())!;

        Assert.False(first["waited_already"]!.GetValue<bool>());
        Assert.True(again["waited_already"]!.GetValue<bool>());
        Assert.Equal(first["id"]!.GetValue<string>(), again["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_budget_is_removed_by_its_name_where_no_other_has_it()
    {
        await using var gateway = await TestGateway.StartAsync();
        await SetAsync(gateway, "all", "5", "month");
        await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                account = "",
                name = "a/b team",
                limit = "5",
                window = "week",
            }
        );
        await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                account = "",
                name = "twice",
                limit = "5",
                window = "day",
            }
        );
        await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                account = "",
                name = "twice",
                limit = "5",
                window = "hour",
            }
        );

        var grant = await gateway.AdminAsync(HttpMethod.Post, "/budgets/a%2Fb%20team/grants", new { amount = "1", reason = "more" });
        using var removed = await BudgetEndpointTests.SendAsync(gateway, HttpMethod.Delete, "/budgets/a%2Fb%20team", null);
        using var ambiguous = await BudgetEndpointTests.SendAsync(gateway, HttpMethod.Delete, "/budgets/twice", null);

        Assert.Equal("1.000000000", grant!["amount"]!.GetValue<string>());
        Assert.Equal((204, 409), ((int)removed.StatusCode, (int)ambiguous.StatusCode));
        Assert.Equal("2 budgets are called 'twice': use the id.", await BudgetEndpointTests.MessageAsync(ambiguous));
        var left = (await gateway.AdminAsync(HttpMethod.Get, "/budgets"))!["data"]!
            .AsArray()
            .Select(row => row!["name"]!.GetValue<string>());
        Assert.Equal(["all", "twice", "twice"], left.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Whoever_asks_is_told_the_name_of_its_own_budget_and_of_no_other()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.00001m, "month");
        using var own = await AskAsync(gateway, key, await gateway.ChatAsync(key, Chat));
        await using var other = await TestGateway.StartAsync();
        await other.AdminAsync(HttpMethod.Post, "/accounts", new { name = "team", kind = "team" });
        await SetAsync(other, "all", "0.00001", "month");
        var made = await other.AdminAsync(HttpMethod.Post, "/keys", new { account = "team", name = "ci" });
        var below = made!["key"]!.GetValue<string>();
        using var above = await AskAsync(other, below, await other.ChatAsync(below, Chat));

        Assert.Contains("\"budget\":\"key ", await own.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Null(JsonNode.Parse(await above.Content.ReadAsStringAsync())!["budget"]);
    }

    private static async Task<HttpResponseMessage> AskAsync(TestGateway gateway, string key, HttpResponseMessage refused)
    {
        // Why it was refused is written behind its answer: whoever asks after this finds it.
        await gateway.OpenReservationsAsync();
        return await gateway.PostAsync(
            "/v1/purser/asks",
            $$"""{"request_id":"{{refused.Headers.GetValues("x-purser-request-id").Single()}}","amount":"5","reason":"the demo"}""",
            ("Authorization", $"Bearer {key}")
        );
    }

    private static async Task SetAsync(
        TestGateway gateway,
        string name,
        string limit,
        string window,
        string unit = "usd",
        string onExhausted = "block"
    )
    {
        // These are of all; the others have a team of their own.
        var account = name is "all" or "rolling" or "calendar" ? "" : name;
        if (account.Length > 0)
        {
            await gateway.AdminAsync(HttpMethod.Post, "/accounts", new { name, kind = "team" });
        }

        await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                account,
                name,
                limit,
                window,
                unit,
                on_exhausted = onExhausted,
            }
        );
    }

    private static Task<HttpResponseMessage> GiveAsync(TestGateway gateway, string from, string to, string amount) =>
        BudgetEndpointTests.SendAsync(
            gateway,
            HttpMethod.Post,
            "/gifts",
            string.Create(CultureInfo.InvariantCulture, $$"""{"from":"{{from}}","to":"{{to}}","amount":"{{amount}}","reason":"a gift"}""")
        );

    private static Task<JsonNode?> GrantAsync(TestGateway gateway, string budget, string amount) =>
        gateway.AdminAsync(HttpMethod.Post, $"/budgets/{budget}/grants", new { amount, reason = "more" });

    private static async Task<JsonNode> RowAsync(TestGateway gateway, string name) =>
        (await gateway.AdminAsync(HttpMethod.Get, "/budgets"))!["data"]!.AsArray().Single(row => row!["name"]!.GetValue<string>() == name)!;
}
