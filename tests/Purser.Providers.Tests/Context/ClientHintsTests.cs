using Purser.Providers.Context;

namespace Purser.Providers.Tests.Context;

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
            ("x-claude-code-prompt-id", "p-1"),
            ("x-claude-code-request-class", "main"),
            ("user-agent", "claude-cli/2.1.330 (external, sdk-cli)"),
            ("x-client-request-id", "r-1")
        );

        Assert.Equal(
            new ClientHints
            {
                SessionId = "s-1",
                AgentId = "a-2",
                ParentAgentId = "a-1",
                AgentType = "explore",
                TurnId = "p-1",
                RequestClass = "main",
                ClientName = "claude-code",
                ClientRequestId = "r-1",
            },
            hints
        );
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
    [InlineData("ada@example.com", null)]
    [InlineData("s@1@2", "s@1@2")]
    public void Session_that_is_an_address_then_none(string value, string? session) =>
        Assert.Equal(session, Read(("session-id", value)).SessionId);

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
    public void No_headers_then_nothing_known() => Assert.Equal(new ClientHints(), Read());

    [Fact]
    public void Codex_then_the_repository_that_it_works_in()
    {
        var hints = Read(
            (
                "x-codex-turn-metadata",
                """
                {"session_id":"s","thread_id":"t","turn_id":"u","subagent_kind":"review","workspaces":{
                  "/home/ada/notes":{"has_changes":true},
                  "/home/ada/search":{"associated_remote_urls":{"fork":"git@github.com:ada/search.git","origin":"https://ada:tok@github.com/acme/search.git"},
                    "latest_git_commit_hash":"0f0f","branch":"main"}}}
                """
            ),
            ("x-codex-parent-thread-id", "t-0")
        );

        Assert.Equal(("s", "t", "u", "t-0"), (hints.SessionId, hints.ThreadId, hints.TurnId, hints.ParentSessionId));
        Assert.Equal(("github.com/acme/search", "main", "0f0f", "review"), (hints.Repository, hints.Branch, hints.Commit, hints.AgentType));
    }

    [Fact]
    public void opencode_then_its_session_and_the_one_before()
    {
        var hints = Read(("x-opencode-session", "ses_1"), ("x-opencode-request", "msg_1"), ("x-parent-session-id", "ses_0"));

        Assert.Equal(("ses_1", "msg_1", "ses_0"), (hints.SessionId, hints.TurnId, hints.ParentSessionId));
    }

    [Fact]
    public void Baggage_then_before_the_clients_own()
    {
        var hints = Read(
            (
                "baggage",
                "purser.run=r,purser.project=p,purser.tags=a%3D1%2Cb%3D2,session.id=s-2,gen_ai.agent.name=planner,gen_ai.agent.id=a-9,"
                    + "vcs.repository.url.full=https%3A%2F%2Fgithub.com%2Facme%2Fother,vcs.ref.head.name=dev,vcs.ref.head.revision=1e1e,user.email=ada%40acme.io"
            ),
            ("x-claude-code-session-id", "s-1"),
            ("x-claude-code-agent-type", "explore"),
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            (
                "x-codex-turn-metadata",
                """{"workspaces":{"/a":{"repository_url":"github.com/acme/search","branch":"main","commit":"0f0f"}}}"""
            )
        );

        Assert.Equal(("r", "p", "a=1,b=2", "s-2"), (hints.Run, hints.Project, hints.Tags, hints.SessionId));
        Assert.Equal(("planner", "a-9", "github.com/acme/other"), (hints.AgentType, hints.AgentId, hints.Repository));
        Assert.Equal(("dev", "1e1e", "4bf92f3577b34da6a3ce929d0e0e4736"), (hints.Branch, hints.Commit, hints.TraceId));
        Assert.DoesNotContain("ada", hints.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("codex_exec/1", "thread-7", null, "thread-7")]
    // Of other clients, it's a program's name.
    [InlineData("my-app/1", "thread-7", null, null)]
    [InlineData("codex_exec/1", "thread-7", "s-1", "s-1")]
    public void Codex_without_its_headers_then_what_its_body_says(string agent, string cacheKey, string? session, string? expected)
    {
        var labels = session is null ? "" : $",\"client_metadata\":{{\"x-codex-installation-id\":\"i\",\"session_id\":\"{session}\"}}";
        var facts = ProviderCatalog.Responses.Facts($"{{\"model\":\"m\",\"input\":\"a\",\"prompt_cache_key\":\"{cacheKey}\"{labels}}}");

        Assert.Equal(expected, Read(("user-agent", agent)).With(facts).SessionId);
    }

    [Fact]
    public void Turn_in_the_body_then_as_in_the_header()
    {
        var facts = ProviderCatalog.Responses.Facts(
            """{"model":"m","input":"a","client_metadata":{"x-codex-turn-metadata":"{\"thread_id\":\"t\",\"turn_id\":\"u\",\"workspaces\":{\"/a\":{\"associated_remote_urls\":{\"origin\":\"git@github.com:acme/search\"}}}}"}}"""
        );
        var hints = new ClientHints().With(facts);

        Assert.Equal(("t", "u", "github.com/acme/search"), (hints.SessionId, hints.TurnId, hints.Repository));
    }
}
