using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Purser.Gateway.Tests.Admin;

/// <summary>What can't be a budget is refused in words, through every way in.</summary>
public sealed class BudgetEndpointTests
{
    [Theory]
    [InlineData("rolling:99999999d", "isn't a length between 1s and 3653d")]
    [InlineData("rolling:9223372036854775807d", "isn't a length between 1s and 3653d")]
    [InlineData("anchored:3654d", "isn't a length between 1s and 3653d")]
    [InlineData("anchored:0s", "isn't a length between 1s and 3653d")]
    [InlineData("rolling:", "isn't a length between 1s and 3653d")]
    [InlineData("rolling", "needs a length between 1s and 3653d")]
    [InlineData("month:5h", "leave ':5h' out")]
    [InlineData("lifetime:5h", "leave ':5h' out")]
    public async Task A_window_has_a_length_where_it_needs_one_and_one_that_can_be(string window, string message)
    {
        await using var gateway = await TestGateway.StartAsync();
        var budget = new JsonObject
        {
            ["account"] = "",
            ["limit"] = "5",
            ["window"] = window,
        };

        using var set = await SendAsync(gateway, HttpMethod.Put, "/budgets", budget.ToJsonString());
        using var applied = await SendAsync(
            gateway,
            HttpMethod.Post,
            "/apply",
            $$"""organization: { budgets: [{ usd: 5, window: "{{window}}" }] }"""
        );

        foreach (var response in (HttpResponseMessage[])[set, applied])
        {
            Assert.Equal(400, (int)response.StatusCode);
            Assert.Contains(message, await MessageAsync(response), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("rolling:3653d")]
    [InlineData("anchored:1s")]
    public async Task The_longest_and_the_shortest_length_are_possible(string window)
    {
        await using var gateway = await TestGateway.StartAsync();

        var budget = await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                account = "",
                limit = "5",
                window,
            }
        );

        Assert.Equal(window, budget!["window"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("model", "", "invalid_scope")]
    [InlineData("model", "gpt\n5", "invalid_scope")]
    [InlineData("model", "*", "invalid_scope")]
    [InlineData("run", "pk_1/", "invalid_scope")]
    [InlineData("provider", " ", "invalid_scope")]
    [InlineData("tag", "team", "invalid_tag")]
    [InlineData("tag", "=search", "invalid_tag")]
    [InlineData("tag", " =search", "invalid_tag")]
    [InlineData("tag", "=*", "invalid_tag")]
    [InlineData("tag", "team=", "invalid_tag")]
    [InlineData("tag", "team=a\u0085b", "invalid_tag")]
    public async Task A_name_that_nothing_can_have_is_refused(string kind, string name, string code)
    {
        await using var gateway = await TestGateway.StartAsync();

        using var response = await SendAsync(gateway, HttpMethod.Put, "/budgets", Budget(kind, name).ToJsonString());

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal(code, JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_name_has_at_most_256_characters()
    {
        await using var gateway = await TestGateway.StartAsync();

        using var longest = await SendAsync(gateway, HttpMethod.Put, "/budgets", Budget("tag", $"x={new string('a', 256)}").ToJsonString());
        using var longer = await SendAsync(gateway, HttpMethod.Put, "/budgets", Budget("model", new string('a', 257)).ToJsonString());

        Assert.Equal((200, 400), ((int)longest.StatusCode, (int)longer.StatusCode));
    }

    [Theory]
    [InlineData("team=each", "*", true)]
    [InlineData("team=*", "*", true)]
    [InlineData("team=a=*", "a=%2A", false)]
    [InlineData("team=a+model:b", "a%2Bmodel:b", false)]
    public async Task A_tag_means_each_value_or_the_one_that_is_written(string tag, string shown, bool each)
    {
        await using var gateway = await TestGateway.StartAsync();

        var budget = (await gateway.AdminAsync(HttpMethod.Put, "/budgets", Budget("tag", tag)))!;

        Assert.Equal($"team={shown}", budget["scope"]!["id"]!.GetValue<string>());
        Assert.Equal(each ? "each team tag" : $"team={shown}", budget["scope"]!["path"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_a_list_shows_of_each_can_be_given_back_to_grant_more()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        await gateway.AdminAsync(HttpMethod.Put, "/budgets", Budget("tag", "team=each"));
        using var request = await gateway.ChatAsync(
            key,
            """{"model":"gpt-5-mini","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""",
            ("x-purser-tags", "team=a+model:b*")
        );
        await gateway.SettledAsync();
        var row = (await gateway.AdminAsync(HttpMethod.Get, "/budgets"))!["data"]!
            .AsArray()
            .Single(row => row!["scope"]!["kind"]!.GetValue<string>() == "tag")!;
        var (id, instance) = (row["id"]!.GetValue<string>(), $"tag:{row["scope"]!["id"]!.GetValue<string>()}");

        await gateway.AdminAsync(
            HttpMethod.Post,
            $"/budgets/{id}/grants",
            new
            {
                amount = "2",
                reason = "more",
                instance,
            }
        );
        using var foreign = await SendAsync(
            gateway,
            HttpMethod.Post,
            $"/budgets/{id}/grants",
            """{"amount":"2","reason":"more","instance":"model:b"}"""
        );
        using var malformed = await SendAsync(
            gateway,
            HttpMethod.Post,
            $"/budgets/{id}/grants",
            """{"amount":"2","reason":"more","instance":"tag:team=a+model:b*"}"""
        );

        Assert.Equal("tag:team=a%2Bmodel:b%2A", instance);
        Assert.Equal((400, 400), ((int)foreign.StatusCode, (int)malformed.StatusCode));
        row = (await gateway.AdminAsync(HttpMethod.Get, "/budgets"))!["data"]!
            .AsArray()
            .Single(row => row!["scope"]!["kind"]!.GetValue<string>() == "tag")!;
        Assert.Equal("7.000000000", row["allowed"]!.GetValue<string>());
    }

    internal static async Task<HttpResponseMessage> SendAsync(TestGateway gateway, HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, "/admin/v1" + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", gateway.AdminKey);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        return await gateway.Client.SendAsync(request);
    }

    internal static async Task<string> MessageAsync(HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["message"]!.GetValue<string>();

    private static JsonObject Budget(string kind, string name) =>
        new()
        {
            [kind] = name,
            ["limit"] = "5",
            ["window"] = "month",
        };
}
