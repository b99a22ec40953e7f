using System.Text.Json;
using Xunit;

namespace Purser.Clients.Tests;

/// <summary>The official clients from npm, as their users run them.</summary>
public sealed class NodeClientTests(RunningPurser running)
{
    private const string OpenAI = "openai";
    private const string Anthropic = "@anthropic-ai/sdk";

    [Theory]
    [InlineData(OpenAI)]
    [InlineData(Anthropic)]
    public async Task An_answer_is_billed_exactly_and_says_its_cost(string package)
    {
        var session = await running.SessionAsync("node-chat");
        var seen = await RunAsync(package, "chat", session);
        Assert.NotEmpty(seen.GetProperty("text").GetString()!);
        var headers = seen.GetProperty("headers");
        Assert.NotEmpty(headers.GetProperty("x-purser-request-id").GetString()!);
        Assert.NotEmpty(headers.GetProperty("x-purser-model").GetString()!);
        Assert.InRange(PurserProcess.Nanos(headers.GetProperty("x-purser-budget-remaining-usd").GetString()), 1, 10_000_000_000);
        await session.IsBilledExactlyAsync(1, headers.GetProperty("x-purser-cost-usd").GetString());
    }

    [Theory]
    [InlineData(OpenAI, "stream", false)]
    [InlineData(Anthropic, "stream", true)]
    public async Task A_stream_is_billed_exactly_and_shows_usage_only_where_the_protocol_does(string package, string mode, bool usageSeen)
    {
        var session = await running.SessionAsync("node-stream");
        var seen = await RunAsync(package, mode, session);
        Assert.NotEmpty(seen.GetProperty("text").GetString()!);
        Assert.Equal(usageSeen, seen.GetProperty("usageSeen").GetBoolean());
        Assert.NotEmpty(seen.GetProperty("headers").GetProperty("x-purser-request-id").GetString()!);
        await session.IsBilledExactlyAsync(1);
    }

    [Fact]
    public async Task A_stream_that_asks_for_usage_gets_it()
    {
        var session = await running.SessionAsync("node-usage");
        var seen = await RunAsync(OpenAI, "streamWithUsage", session);
        Assert.InRange(seen.GetProperty("usage").GetProperty("completion_tokens").GetInt64(), 1, 200);
        await session.IsBilledExactlyAsync(1);
    }

    [Theory]
    [InlineData(OpenAI, "tool_calls")]
    [InlineData(Anthropic, "tool_use")]
    public async Task A_tool_is_called_and_its_result_taken(string package, string finish)
    {
        var session = await running.SessionAsync("node-tools");
        var seen = await RunAsync(package, "tools", session);
        Assert.Equal(finish, seen.GetProperty("finish").GetString());
        Assert.Equal("get_weather", seen.GetProperty("tool").GetString());
        Assert.Equal(JsonValueKind.Object, seen.GetProperty("arguments").ValueKind);
        await session.IsBilledExactlyAsync(2);
    }

    [Theory]
    [InlineData(OpenAI)]
    [InlineData(Anthropic)]
    public async Task Cached_tokens_are_billed_at_their_own_rate(string package)
    {
        var session = await running.SessionAsync("node-cached");
        var seen = await RunAsync(package, "cached", session);
        Assert.InRange(seen.GetProperty("cached").GetInt64(), 1024, long.MaxValue);
        await session.IsBilledExactlyAsync(2);
    }

    [Fact]
    public async Task Tokens_are_counted_as_they_are_billed_and_counting_is_free()
    {
        var session = await running.SessionAsync("node-count");
        var seen = await RunAsync(Anthropic, "count", session);
        Assert.Equal(seen.GetProperty("billed").GetInt64(), seen.GetProperty("counted").GetInt64());
        Assert.Equal("provider", seen.GetProperty("headers").GetProperty("x-purser-token-count").GetString());
        await session.IsBilledExactlyAsync(1);
    }

    [Theory]
    [InlineData(OpenAI)]
    [InlineData(Anthropic)]
    public async Task A_spent_budget_is_an_error_of_the_clients_own_kind(string package)
    {
        var session = await running.SessionAsync("node-refused", limitUsd: "0.000000001");
        var seen = await RunAsync(package, "refused", session);
        Assert.True(seen.GetProperty("refused").GetBoolean(), seen.ToString());
        Assert.Equal(402, seen.GetProperty("status").GetInt32());
        Assert.Empty(await session.Simulator.BilledAfterAsync(session.StartSeq));
    }

    [Fact]
    public async Task The_clients_own_retries_under_one_idempotency_key_are_attempts_of_one_request()
    {
        var session = await running.SessionAsync("node-retried");
        var seen = await RunAsync(OpenAI, "retried", session);
        Assert.Equal(429, seen.GetProperty("status").GetInt32());
        var id = seen.GetProperty("headers").GetProperty("x-purser-request-id").GetString();
        // The provider asks for a pause: the client keeps it and calls three times, and each time the gateway tries three times.
        var events = await session.Purser.EventsAsync(session.Team, 9);
        Assert.Equal(
            Enumerable.Range(1, 9).Select(attempt => (id, attempt)),
            events.Select(line => (line.GetProperty("request_id").GetString(), line.GetProperty("attempt").GetInt32())).Order()
        );
        var spend = await session.Purser.SpendAsync(session.Team);
        Assert.Equal(1, spend.GetProperty("requests").GetInt64());
    }

    [Fact]
    public async Task A_batch_of_chats_is_made_read_and_billed_exactly()
    {
        var session = await running.SessionAsync("node-batch");
        var seen = await RunAsync(OpenAI, "batch", session);
        Assert.Equal("completed", seen.GetProperty("status").GetString());
        Assert.Equal(["line-0", "line-2"], seen.GetProperty("answered").EnumerateArray().Select(id => id.GetString()).Order());
        Assert.Equal([seen.GetProperty("id").GetString()], seen.GetProperty("listed").EnumerateArray().Select(id => id.GetString()));
        await IsBilledAsBatchAsync(session);
    }

    [Fact]
    public async Task A_batch_of_messages_is_made_read_deleted_and_billed_exactly()
    {
        var session = await running.SessionAsync("node-message-batch");
        var seen = await RunAsync(Anthropic, "batch", session);
        Assert.Equal("""{"line-0":"succeeded","line-1":"errored","line-2":"succeeded"}""", seen.GetProperty("results").GetRawText());
        Assert.Equal([seen.GetProperty("id").GetString()], seen.GetProperty("listed").EnumerateArray().Select(id => id.GetString()));
        Assert.Equal(seen.GetProperty("id").GetString(), seen.GetProperty("deleted").GetString());
        await IsBilledAsBatchAsync(session);
    }

    private static async Task IsBilledAsBatchAsync(ClientSession session)
    {
        var billed = await session.Simulator.BilledAfterAsync(session.StartSeq);
        Assert.Equal(3, billed.Count);
        var settled = Assert.Single(await session.Purser.EventsAsync(session.Team, 1));
        Assert.Equal(PublicPrices.OfBatch(billed), PurserProcess.Nanos(settled.GetProperty("cost_usd").GetString()));
        Assert.False(settled.GetProperty("estimated").GetBoolean());
        var spend = await session.Purser.SpendAsync(session.Team);
        Assert.Equal(PublicPrices.OfBatch(billed), PurserProcess.Nanos(spend.GetProperty("cost_usd").GetString()));
    }

    [Fact]
    public async Task Where_the_gateway_has_tried_everything_the_client_does_not_try_again()
    {
        var session = await running.SessionAsync("node-failing");
        var seen = await RunAsync(OpenAI, "failing", session);
        Assert.Equal(503, seen.GetProperty("status").GetInt32());
        Assert.Equal("false", seen.GetProperty("headers").GetProperty("x-should-retry").GetString());
        await session.Purser.EventsAsync(session.Team, 3);
    }

    [Fact]
    public async Task The_list_of_models_is_read()
    {
        var session = await running.SessionAsync("node-models");
        var seen = await RunAsync(OpenAI, "models", session);
        Assert.Contains("gpt-5-mini", seen.GetProperty("ids").EnumerateArray().Select(id => id.GetString()));
    }

    private static Task<JsonElement> RunAsync(string package, string mode, ClientSession session) =>
        NodeClient.RunScriptAsync(
            package,
            package == OpenAI ? "openai.mjs" : "anthropic.mjs",
            mode,
            new Dictionary<string, string?>
            {
                ["HOME"] = session.Home,
                ["OPENAI_BASE_URL"] = session.OpenAIBaseUrl,
                ["OPENAI_API_KEY"] = session.Key,
                ["ANTHROPIC_BASE_URL"] = session.AnthropicBaseUrl,
                ["ANTHROPIC_API_KEY"] = session.Key,
                ["ANTHROPIC_AUTH_TOKEN"] = null,
            }
        );
}
