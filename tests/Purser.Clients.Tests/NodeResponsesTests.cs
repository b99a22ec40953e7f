using System.Text.Json;
using Xunit;

namespace Purser.Clients.Tests;

/// <summary>The responses of npm <c>openai</c>, as its users run it.</summary>
public sealed class NodeResponsesTests(RunningPurser running)
{
    [Fact]
    public async Task An_answer_is_billed_exactly_and_says_its_cost()
    {
        var session = await running.SessionAsync("node-responses");
        var seen = await RunAsync("create", session);
        Assert.NotEmpty(seen.GetProperty("text").GetString()!);
        Assert.Equal("completed", seen.GetProperty("status").GetString());
        await session.IsBilledExactlyAsync(1, seen.GetProperty("headers").GetProperty("x-purser-cost-usd").GetString());
    }

    [Fact]
    public async Task A_streamed_answer_is_billed_exactly()
    {
        var session = await running.SessionAsync("node-responses-streamed");
        var seen = await RunAsync("createStreamed", session);
        Assert.NotEmpty(seen.GetProperty("text").GetString()!);
        Assert.Equal("response.completed", seen.GetProperty("last").GetString());
        Assert.True(seen.GetProperty("counted").GetBoolean());
        Assert.InRange(seen.GetProperty("usage").GetProperty("output_tokens").GetInt64(), 1, 500);
        await session.IsBilledExactlyAsync(1);
    }

    [Fact]
    public async Task The_clients_own_stream_ends_with_the_whole_answer()
    {
        var session = await running.SessionAsync("node-responses-stream");
        var seen = await RunAsync("stream", session);
        Assert.Equal("completed", seen.GetProperty("status").GetString());
        Assert.NotEmpty(seen.GetProperty("text").GetString()!);
        Assert.Equal(seen.GetProperty("text").GetString(), seen.GetProperty("final").GetString());
        await session.IsBilledExactlyAsync(1);
    }

    [Fact]
    public async Task A_stream_without_budget_for_its_end_is_an_incomplete_response()
    {
        // $0.02 pay for 10,000 tokens, and the answer would have 20,000.
        var session = await running.SessionAsync("node-responses-cut", limitUsd: "0.02");
        var seen = await RunAsync("cut", session);
        Assert.Equal("incomplete", seen.GetProperty("status").GetString());
        Assert.Equal("max_output_tokens", seen.GetProperty("reason").GetString());
        Assert.Contains("purser asks create", seen.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal(seen.GetProperty("text").GetString(), seen.GetProperty("final").GetString());
    }

    [Fact]
    public async Task A_function_is_called_and_its_result_taken()
    {
        var session = await running.SessionAsync("node-responses-tools");
        var seen = await RunAsync("tools", session);
        Assert.Equal("get_weather", seen.GetProperty("tool").GetString());
        Assert.Equal(JsonValueKind.Object, seen.GetProperty("arguments").ValueKind);
        await session.IsBilledExactlyAsync(2);
    }

    [Fact]
    public async Task A_response_goes_on_from_an_earlier_one()
    {
        var session = await running.SessionAsync("node-responses-continued");
        var seen = await RunAsync("continued", session);
        Assert.True(seen.GetProperty("grows").GetBoolean());
        Assert.True(seen.GetProperty("previous").GetBoolean());
        await session.IsBilledExactlyAsync(2);
    }

    [Fact]
    public async Task A_response_in_the_background_is_refused()
    {
        var session = await running.SessionAsync("node-responses-background");
        var seen = await RunAsync("background", session);
        Assert.True(seen.GetProperty("refused").GetBoolean(), seen.ToString());
        Assert.Equal((400, "unsupported"), (seen.GetProperty("status").GetInt32(), seen.GetProperty("code").GetString()));
        Assert.Empty(await session.Simulator.BilledAfterAsync(session.StartSeq));
    }

    private static Task<JsonElement> RunAsync(string mode, ClientSession session) =>
        NodeClient.RunScriptAsync(
            "openai",
            "openai-responses.mjs",
            mode,
            new Dictionary<string, string?>
            {
                ["HOME"] = session.Home,
                ["OPENAI_BASE_URL"] = session.OpenAIBaseUrl,
                ["OPENAI_API_KEY"] = session.Key,
            }
        );
}
