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

    [Theory]
    [InlineData("hi", 1, true)]
    [InlineData(ReadsAFile, 2, true)]
    [InlineData("hi", 1, false)]
    public async Task On_Bedrock_a_prompt_is_answered_and_billed_exactly(string prompt, int turns, bool hasToken)
    {
        var session = await running.SessionAsync("claude-code-bedrock");
        var (output, exitCode) = await RunOnBedrockAsync(session, prompt, hasToken);
        Assert.True(exitCode == 0, $"Claude Code ended with code {exitCode}:\n{output}");
        Assert.NotEmpty(output.Trim());
        // It tries at its start which of its models there are; those without a price are refused.
        await session.IsBilledExactlyButRefusalsAsync();
        var events = await session.Purser.EventsAsync(session.Team, turns);
        Assert.True(events.Count >= turns, $"{events.Count} requests:\n{output}");
        Assert.All(events, line => Assert.NotEmpty(line.GetProperty("session").GetString()!));
    }

    [Fact]
    public async Task On_Bedrock_a_spent_budget_is_told_and_ends_the_run()
    {
        var session = await running.SessionAsync("claude-code-bedrock-refused", limitUsd: "0.000000001");
        var (output, _) = await RunOnBedrockAsync(session, "hi", hasToken: true);
        Assert.Contains("budget", output, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(await session.Simulator.BilledAfterAsync(session.StartSeq));
    }

    // Signed in by Bedrock's own variable, or without any sign-in and the key in a header.
    private static Task<(string Output, int ExitCode)> RunOnBedrockAsync(ClientSession session, string prompt, bool hasToken) =>
        NodeClient.RunClaudeCodeAsync(
            session.Home,
            ["-p", prompt],
            new Dictionary<string, string?>
            {
                ["HOME"] = session.Home,
                ["CLAUDE_CODE_USE_BEDROCK"] = "1",
                ["ANTHROPIC_BEDROCK_BASE_URL"] = session.AnthropicBaseUrl,
                ["AWS_REGION"] = "us-east-1",
                ["AWS_BEARER_TOKEN_BEDROCK"] = hasToken ? session.Key : null,
                ["CLAUDE_CODE_SKIP_BEDROCK_AUTH"] = hasToken ? null : "1",
                ["ANTHROPIC_CUSTOM_HEADERS"] = hasToken ? null : $"x-purser-key: {session.Key}",
                ["ANTHROPIC_MODEL"] = "us.anthropic.claude-sonnet-4-6",
                ["ANTHROPIC_BASE_URL"] = null,
                ["ANTHROPIC_AUTH_TOKEN"] = null,
                ["ANTHROPIC_API_KEY"] = null,
                ["AWS_ACCESS_KEY_ID"] = null,
                ["AWS_SECRET_ACCESS_KEY"] = null,
                ["AWS_SESSION_TOKEN"] = null,
                ["AWS_EC2_METADATA_DISABLED"] = "true",
                ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1",
                ["CLAUDECODE"] = null,
                ["CLAUDE_CODE_ENTRYPOINT"] = null,
            }
        );
}
