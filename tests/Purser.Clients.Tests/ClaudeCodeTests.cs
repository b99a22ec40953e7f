using Xunit;

namespace Purser.Clients.Tests;

/// <summary>Claude Code, without a terminal.</summary>
public sealed class ClaudeCodeTests(RunningPurser running)
{
    // The simulator's model calls this tool of the client's, with a path that isn't there; the client answers with its error.
    private const string ReadsAFile = "look [[simulate:tool=Read]]";

    [Theory]
    [InlineData("claude-opus-5-5", "hi", 1)]
    [InlineData("claude-opus-5-5", ReadsAFile, 2)]
    [InlineData("gpt-5-mini", "hi", 1)]
    [InlineData("gpt-5-mini", ReadsAFile, 2)]
    public async Task A_prompt_is_answered_and_billed_exactly(string model, string prompt, int turns)
    {
        var session = await running.SessionAsync("claude-code");
        var (output, exitCode) = await NodeClient.RunClaudeCodeAsync(
            session.Home,
            ["-p", prompt, "--model", model],
            new Dictionary<string, string?>
            {
                ["HOME"] = session.Home,
                ["ANTHROPIC_BASE_URL"] = session.AnthropicBaseUrl,
                ["ANTHROPIC_AUTH_TOKEN"] = session.Key,
                ["ANTHROPIC_API_KEY"] = null,
                ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1",
                // Set where these tests are run by an agent; a nested Claude Code would behave differently.
                ["CLAUDECODE"] = null,
                ["CLAUDE_CODE_ENTRYPOINT"] = null,
            }
        );
        Assert.True(exitCode == 0, $"Claude Code ended with code {exitCode}:\n{output}");
        Assert.NotEmpty(output.Trim());
        await session.IsBilledExactlyAsync(requests: 0);
        var events = await session.Purser.EventsAsync(session.Team, turns);
        Assert.True(events.Count >= turns, $"{events.Count} requests:\n{output}");
        Assert.All(events, line => Assert.NotEmpty(line.GetProperty("session").GetString()!));
    }
}
