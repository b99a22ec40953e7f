using Xunit;

namespace Purser.Clients.Tests;

/// <summary>What isn't a conversation, by npm <c>openai</c>.</summary>
public sealed class NodeTaskTests(RunningPurser running)
{
    [Theory]
    [InlineData("embeddings", 2)]
    [InlineData("images", 1)]
    [InlineData("edit", 1)]
    [InlineData("speech", 1)]
    [InlineData("transcription", 1)]
    [InlineData("moderation", 1)]
    public async Task A_task_is_done_and_billed(string mode, int results)
    {
        var session = await running.SessionAsync($"node-{mode}");
        var seen = await NodeClient.RunScriptAsync(
            "openai",
            "openai-tasks.mjs",
            mode,
            new Dictionary<string, string?>
            {
                ["HOME"] = session.Home,
                ["OPENAI_BASE_URL"] = session.OpenAIBaseUrl,
                ["OPENAI_API_KEY"] = session.Key,
            }
        );

        Assert.Equal(results, seen.GetProperty("count").GetInt32());
        Assert.True(seen.GetProperty("size").GetInt64() > 0, seen.ToString());
        var line = Assert.Single(await session.Purser.EventsAsync(session.Team, 1));
        Assert.Equal("completed", line.GetProperty("outcome").GetString());
        var cost = PurserProcess.Nanos(line.GetProperty("cost_usd").GetString());
        Assert.Equal(mode != "moderation", cost > 0);
    }
}
