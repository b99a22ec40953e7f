namespace Purser.Providers.Tests;

public class ClientHintsTests
{
    private static ClientHints Read(params (string Name, string Value)[] headers) =>
        ClientHints.Read(name => headers.FirstOrDefault(header => header.Name == name).Value);

    [Fact]
    public void Claude_Code_then_its_session_and_agents()
    {
        var hints = Read(
            ("x-claude-code-session-id", "s-1"),
            ("x-claude-code-agent-id", "a-2"),
            ("x-claude-code-parent-agent-id", "a-1"),
            ("x-claude-code-agent-type", "explore"),
            ("user-agent", "claude-cli/2.1.330 (external, sdk-cli)"),
            ("x-client-request-id", "r-1")
        );

        Assert.Equal(new ClientHints("s-1", "a-2", "a-1", "explore", null, "claude-code", "r-1"), hints);
    }

    [Fact]
    public void Codex_then_its_session_thread_and_turn()
    {
        var hints = Read(
            ("session-id", "s-1"),
            ("thread-id", "t-1"),
            ("x-codex-turn-metadata", """{"workspaces":{"/a":{"session_id":"no"}},"turn_id":"u-1","session_id":"s-2"}"""),
            ("user-agent", "codex_exec/0.169.0 (Debian 12)")
        );

        Assert.Equal(("s-1", "u-1", "codex"), (hints.SessionId, hints.TurnId, hints.ClientName));
    }

    [Theory]
    [InlineData("""{"session_id":"s-2"}""", "s-2")]
    [InlineData("""{"session_id":7}""", null)]
    [InlineData("""["session_id"]""", null)]
    [InlineData("""{"session_id":"s""", null)]
    [InlineData("""{"session_id":"\ud83d"}""", null)]
    [InlineData("nonsense", null)]
    [InlineData("", null)]
    public void Turn_metadata_then_the_session_or_nothing(string metadata, string? session) =>
        Assert.Equal(session, Read(("x-codex-turn-metadata", metadata)).SessionId);

    [Theory]
    [InlineData("x-session-id")]
    [InlineData("x-session-affinity")]
    [InlineData("thread-id")]
    public void Any_session_header_then_the_session(string name) => Assert.Equal("s-1", Read((name, "s-1")).SessionId);

    [Theory]
    [InlineData("OpenAI/JS 6.49.0", "openai-node")]
    [InlineData("Anthropic/JS 1.12.0", "anthropic-node")]
    [InlineData("OpenAI/Python 2.1.0", "openai-python")]
    [InlineData("OpenAI/2.15.0 (.NET 10.0.1; Debian)", "openai-dotnet")]
    [InlineData("opencode/1.18.0", "opencode")]
    [InlineData("GeminiCLI/0.61.0/gemini-3 (linux; x64)", "gemini-cli")]
    [InlineData("curl/8.5.0", "curl")]
    [InlineData("My<Agent>\u0001é 1", "myagent")]
    [InlineData("(weird)", null)]
    [InlineData("  ", null)]
    public void User_agent_then_a_short_name(string userAgent, string? name) =>
        Assert.Equal(name, Read(("user-agent", userAgent)).ClientName);

    [Fact]
    public void Value_that_is_long_or_dirty_then_cut_and_cleaned()
    {
        Assert.Equal(new string('x', 256), Read(("session-id", new string('x', 5000))).SessionId);
        Assert.Equal("ab", Read(("session-id", " a\u0000\u001b\u009fb\t")).SessionId);
        Assert.Null(Read(("session-id", "\u0001")).SessionId);
        // The cut doesn't fall between the halves of a pair.
        Assert.Equal(new string('x', 255), Read(("session-id", new string('x', 255) + "😀")).SessionId);
    }

    [Fact]
    public void No_headers_then_nothing_known() => Assert.Equal(new ClientHints(null, null, null, null, null, null, null), Read());
}
