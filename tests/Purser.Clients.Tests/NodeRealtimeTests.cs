using System.Text.Json;
using Xunit;

namespace Purser.Clients.Tests;

/// <summary>The realtime session of npm <c>openai</c>, over its WebSocket.</summary>
public sealed class NodeRealtimeTests(RunningPurser running)
{
    [Fact]
    public async Task Each_response_of_a_session_is_billed_exactly()
    {
        var session = await running.SessionAsync("node-realtime");
        var seen = await RunAsync(session, turns: 3);
        Assert.NotEmpty(seen.GetProperty("text").GetString()!);
        Assert.Equal(3, seen.GetProperty("usage").GetArrayLength());
        Assert.Equal(1000, seen.GetProperty("closed").GetInt32());
        await session.IsBilledExactlyAsync(3);
    }

    [Fact]
    public async Task Without_budget_the_session_is_refused_with_what_to_do()
    {
        var session = await running.SessionAsync("node-realtime-poor", limitUsd: "0.001");
        var seen = await RunAsync(session, turns: 1);
        Assert.Equal(402, seen.GetProperty("status").GetInt32());
        Assert.Contains("purser asks create", seen.GetProperty("body").GetString(), StringComparison.Ordinal);
    }

    private static Task<JsonElement> RunAsync(ClientSession session, int turns) =>
        NodeClient.RunScriptAsync(
            "ws",
            "openai-realtime.mjs",
            "talk",
            new Dictionary<string, string?>
            {
                ["OPENAI_BASE_URL"] = session.OpenAIBaseUrl,
                ["OPENAI_API_KEY"] = session.Key,
                ["PURSER_TEST_TURNS"] = turns.ToString(System.Globalization.CultureInfo.InvariantCulture),
            }
        );
}
