using System.Text.Json.Nodes;
using Xunit;

namespace Purser.Gateway.Tests.Admin;

public sealed class AccountEndpointTests
{
    private const string Chat = """{"model":"gpt-5-mini","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";

    private const string Document = """
        accounts:
          - { path: research, kind: team }
          - { path: support, kind: team }
          - { path: PLACE/alice, kind: member, budgets: [{ usd: 5, window: day }] }
        keys:
          - { name: alice, account: PLACE/alice }
        """;

    [Fact]
    public async Task A_move_is_seen_in_lists_in_reports_and_by_the_next_request()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await AliceAsync(gateway);
        using var before = await gateway.ChatAsync(key, Chat);

        var moved = await gateway.AdminAsync(HttpMethod.Post, "/accounts/research%2Falice/move", new { to = "support" });
        using var after = await gateway.ChatAsync(key, Chat);
        await gateway.SettledAsync();

        Assert.Equal(("support/alice", 0), (moved!["path"]!.GetValue<string>(), moved["planned"]!.AsArray().Count));
        Assert.Equal("research/alice", (await gateway.ExplainAsync(before))!["subject"]!["account_path"]!.GetValue<string>());
        Assert.Equal("support/alice", (await gateway.ExplainAsync(after))!["subject"]!["account_path"]!.GetValue<string>());
        var report = await gateway.AdminAsync(HttpMethod.Get, "/reports/spend?by=team,member");
        Assert.Equal(
            [("research", "alice", 1), ("support", "alice", 1)],
            report!["rows"]!
                .AsArray()
                .Select(row => (row!["team"]!.GetValue<string>(), row["member"]!.GetValue<string>(), row["requests"]!.GetValue<int>()))
                .Order()
        );
        var history = (await gateway.AdminAsync(HttpMethod.Get, $"/accounts/{moved["id"]}/history"))!["data"]!.AsArray();
        Assert.Equal(
            [("research/alice", "past"), ("support/alice", "in_force")],
            history.Select(row => (row!["path"]!.GetValue<string>(), row["state"]!.GetValue<string>()))
        );
        Assert.Equal(history[0]!["until"]!.GetValue<string>(), history[1]!["from"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_plan_is_listed_and_can_be_taken_back()
    {
        await using var gateway = await TestGateway.StartAsync();
        await AliceAsync(gateway);

        await gateway.AdminAsync(HttpMethod.Post, "/accounts/research%2Falice/move", new { to = "support", from = "2999-01-01T00:00:00Z" });
        var ended = await gateway.AdminAsync(HttpMethod.Post, "/accounts/research%2Falice/end", new { at = "2999-07-01T00:00:00Z" });

        Assert.Equal("research/alice", ended!["path"]!.GetValue<string>());
        Assert.Equal(
            [("2999-01-01T00:00:00+00:00", "support/alice"), ("2999-07-01T00:00:00+00:00", null)],
            ended["planned"]!.AsArray().Select(plan => (plan!["from"]!.GetValue<string>(), plan["path"]?.GetValue<string>()))
        );
        var cancelled = await gateway.AdminAsync(HttpMethod.Post, "/accounts/research%2Falice/cancel");
        Assert.Empty(cancelled!["planned"]!.AsArray());
    }

    [Fact]
    public async Task A_key_whose_member_has_left_is_refused_with_a_code_until_there_is_a_membership_again()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await AliceAsync(gateway);

        var ended = await gateway.AdminAsync(HttpMethod.Post, "/accounts/research%2Falice/end");
        using var refused = await gateway.ChatAsync(key, Chat);
        var listed = (await gateway.AdminAsync(HttpMethod.Get, "/accounts"))!["data"]!.AsArray()[^1]!;
        await gateway.AdminAsync(HttpMethod.Post, $"/accounts/{ended!["id"]}/move", new { to = "research" });
        using var served = await gateway.ChatAsync(key, Chat);

        Assert.Equal((403, 200), ((int)refused.StatusCode, (int)served.StatusCode));
        var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal("no_membership", error["code"]!.GetValue<string>());
        Assert.Contains("purser accounts move", error["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(("alice", null, null), (listed["name"]!.GetValue<string>(), listed["path"], listed["parent"]));
        Assert.Single(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("move", """{"to":"support","from":"2020-01-01T00:00:00Z"}""", 409, "stays there")]
    [InlineData("move", """{"to":"nowhere"}""", 404, "no account 'nowhere'")]
    [InlineData("move", "{}", 400, "moves below")]
    [InlineData("move", """{"to":"support","from":"soon"}""", 400, "isn't the JSON that was expected")]
    [InlineData("end", """{"at":"2020-01-01T00:00:00Z"}""", 409, "stays there")]
    [InlineData("cancel", "{}", 409, "Nothing is planned")]
    public async Task What_cannot_be_says_why(string verb, string body, int status, string message)
    {
        await using var gateway = await TestGateway.StartAsync();
        await AliceAsync(gateway);

        using var refused = await BudgetEndpointTests.SendAsync(gateway, HttpMethod.Post, $"/accounts/research%2Falice/{verb}", body);

        Assert.Equal(status, (int)refused.StatusCode);
        Assert.Contains(message, await BudgetEndpointTests.MessageAsync(refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_in_which_an_account_has_another_place_moves_it_with_its_key()
    {
        await using var gateway = await TestGateway.StartAsync();
        await ApplyAsync(gateway, Document.Replace("PLACE", "research", StringComparison.Ordinal));
        var there = Document.Replace("PLACE", "support", StringComparison.Ordinal);

        var dry = await ApplyAsync(gateway, there, "?dry_run=true");
        var done = await ApplyAsync(gateway, there);
        var again = await ApplyAsync(gateway, there);

        Assert.Equal(["move member support/alice from research/alice"], dry);
        Assert.Equal(dry, done);
        Assert.Empty(again);
        var keys = (await gateway.AdminAsync(HttpMethod.Get, "/keys"))!["data"]!.AsArray();
        Assert.Equal("support/alice", Assert.Single(keys)!["account_path"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_document_does_not_guess_which_of_two_moved_nor_take_what_was_made_by_hand()
    {
        await using var gateway = await TestGateway.StartAsync();
        const string Teams = "accounts:\n  - { path: a, kind: team }\n  - { path: b, kind: team }\n  - { path: c, kind: team }\n";
        await gateway.AdminAsync(HttpMethod.Post, "/accounts", new { name = "c", kind = "team" });
        await gateway.AdminAsync(
            HttpMethod.Post,
            "/accounts",
            new
            {
                name = "bot",
                kind = "member",
                parent = "c",
            }
        );
        Assert.Contains(
            "create member a/bot ",
            await ApplyAsync(gateway, Teams + "  - { path: a/bot, kind: member }\n  - { path: b/bot, kind: member }\n")
        );
        await ApplyAsync(gateway, Teams);
        await gateway.AdminAsync(HttpMethod.Post, "/accounts/c%2Fbot/move", new { to = "" });

        using var refused = await BudgetEndpointTests.SendAsync(
            gateway,
            HttpMethod.Post,
            "/apply",
            Teams + "  - { path: c/bot, kind: member }\n"
        );

        Assert.Equal(409, (int)refused.StatusCode);
        Assert.Contains("2 accounts of that name", await BudgetEndpointTests.MessageAsync(refused), StringComparison.Ordinal);
    }

    private static async Task<string> AliceAsync(TestGateway gateway)
    {
        foreach (var team in (string[])["research", "support"])
        {
            await gateway.AdminAsync(HttpMethod.Post, "/accounts", new { name = team, kind = "team" });
        }

        await gateway.AdminAsync(
            HttpMethod.Post,
            "/accounts",
            new
            {
                name = "alice",
                kind = "member",
                parent = "research",
            }
        );
        var key = await gateway.AdminAsync(HttpMethod.Post, "/keys", new { account = "research/alice", name = "alice" });
        return key!["key"]!.GetValue<string>();
    }

    /// <summary>What changes where a document says SAID of the organization, again, then inherit, and then nothing of it: that stays.</summary>
    private static async Task<(List<string> First, List<string> Again, List<string> Back, List<string> Without)> ApplyInTurnAsync(
        TestGateway gateway,
        string text,
        string said
    )
    {
        var document = text.Replace("SAID", said, StringComparison.Ordinal);
        return (
            await ApplyAsync(gateway, document),
            await ApplyAsync(gateway, document),
            await ApplyAsync(gateway, text.Replace("SAID", "inherit", StringComparison.Ordinal)),
            await ApplyAsync(gateway, "accounts:\n  - { path: research, kind: team }\n  - { path: support, kind: team }\n")
        );
    }

    [Fact]
    public async Task A_document_says_who_may_use_subscriptions_of_their_own()
    {
        const string text = """
            organization: { subscription_passthrough: SAID }
            accounts:
              - { path: research, kind: team, subscription_passthrough: allow }
              - { path: support, kind: team }
            """;
        await using var gateway = await TestGateway.StartAsync();

        var (first, again, back, without) = await ApplyInTurnAsync(gateway, text, "deny");

        Assert.Equal(
            [
                "update subscription_passthrough organization deny, was inherit",
                "update subscription_passthrough research allow, was inherit",
            ],
            first.Where(change => change.Contains("passthrough", StringComparison.Ordinal))
        );
        Assert.Empty(again);
        Assert.Equal(["update subscription_passthrough organization inherit, was deny"], back);
        Assert.Empty(without);
        var accounts = (await gateway.AdminAsync(HttpMethod.Get, "/accounts"))!["data"]!.AsArray();
        Assert.Equal(
            [("", null), ("research", "allow"), ("support", null)],
            accounts.Select(account => (account!["path"]!.GetValue<string>(), account["subscription_passthrough"]?.GetValue<string>()))
        );
        await gateway.StopAsync();
        Assert.Empty(Purser.Gateway.Storage.LedgerVerifier.Verify(gateway.Directory).Problems);
    }

    [Fact]
    public async Task A_document_says_what_routing_may_do()
    {
        const string text = """
            organization: { routing: SAID }
            accounts:
              - { path: research, kind: team, routing: on }
              - { path: support, kind: team }
            """;
        await using var gateway = await TestGateway.StartAsync();

        var (first, again, back, without) = await ApplyInTurnAsync(gateway, text, "suggest");

        Assert.Equal(
            ["update routing organization suggest, was inherit", "update routing research on, was inherit"],
            first.Where(change => change.Contains("routing", StringComparison.Ordinal))
        );
        Assert.Empty(again);
        Assert.Equal(["update routing organization inherit, was suggest"], back);
        Assert.Empty(without);
        await gateway.StopAsync();
        Assert.Empty(Purser.Gateway.Storage.LedgerVerifier.Verify(gateway.Directory).Problems);
    }

    /// <summary>What an apply changes, a line each.</summary>
    private static async Task<List<string>> ApplyAsync(TestGateway gateway, string document, string query = "")
    {
        using var response = await BudgetEndpointTests.SendAsync(gateway, HttpMethod.Post, "/apply" + query, document);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True(response.IsSuccessStatusCode, answer.ToJsonString());
        return
        [
            .. answer["changes"]!
                .AsArray()
                .Where(change => change!["action"]!.GetValue<string>() != "none")
                .Select(change => $"{change!["action"]} {change["kind"]} {change["name"]} {change["detail"]}"),
        ];
    }
}
