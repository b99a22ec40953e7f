using System.Net.Mail;
using System.Text;

namespace Purser.Providers.Context;

/// <summary>
/// What a client's headers say of the work that a request belongs to: its session and agent, its repository. For attribution alone: nothing here is
/// a credential, and a client can write what it likes. Values have at most 256 characters and no control characters. Who the person
/// is, or the machine, isn't read.
/// </summary>
public sealed record ClientHints
{
    /// <summary>The longest value, in characters.</summary>
    public const int MaxLength = 256;

    private static readonly string[] SessionHeaders =
    [
        "x-claude-code-session-id",
        "session-id",
        "thread-id",
        "x-opencode-session",
        "x-session-id",
        "x-session-affinity",
    ];

    /// <summary>The run that a program says it is (<c>purser.run</c> in <c>baggage</c>); null where it says nothing.</summary>
    public string? Run { get; init; }

    /// <summary>The project that the work is for (<c>purser.project</c> in <c>baggage</c>).</summary>
    public string? Project { get; init; }

    /// <summary>The tags in <c>baggage</c> (<c>purser.tags</c>), as <see cref="TagList"/> writes them; null where there are none.</summary>
    public string? Tags { get; init; }

    /// <summary>The session, conversation or thread; null where it's called by somebody's e-mail address.</summary>
    public string? SessionId
    {
        get;
        init =>
            field =
                value is not null && value.Contains('@', StringComparison.Ordinal) && MailAddress.TryCreate(value, out _) ? null : value;
    }

    /// <summary>The thread within the session, where the client names it apart (Codex).</summary>
    public string? ThreadId { get; init; }

    /// <summary>The session or thread that this one was started from.</summary>
    public string? ParentSessionId { get; init; }

    /// <summary>The turn within the session: a person's prompt and all that follows from it.</summary>
    public string? TurnId { get; init; }

    /// <summary>The agent within the session.</summary>
    public string? AgentId { get; init; }

    /// <summary>The agent that started this agent.</summary>
    public string? ParentAgentId { get; init; }

    /// <summary>What kind of agent it is, or its name.</summary>
    public string? AgentType { get; init; }

    /// <summary>What the client makes the request for, in its own words (Claude Code: <c>x-claude-code-request-class</c>).</summary>
    public string? RequestClass { get; init; }

    /// <summary>The client in one short word: <c>claude-code</c>, <c>codex</c>, <c>openai-node</c>.</summary>
    public string? ClientName { get; init; }

    /// <summary>The client's own id of the request.</summary>
    public string? ClientRequestId { get; init; }

    /// <summary>The repository (<see cref="RepositoryName"/>).</summary>
    public string? Repository { get; init; }

    /// <summary>The branch.</summary>
    public string? Branch { get; init; }

    /// <summary>The commit.</summary>
    public string? Commit { get; init; }

    /// <summary>The trace (<see cref="TraceParent"/>).</summary>
    public string? TraceId { get; init; }

    private static readonly (string Start, string Name)[] UserAgents =
    [
        ("claude-cli/", "claude-code"),
        ("claude-code/", "claude-code"),
        ("codex", "codex"),
        ("GeminiCLI", "gemini-cli"),
        ("QwenCode/", "qwen-code"),
        ("opencode/", "opencode"),
        ("OpenAI/JS ", "openai-node"),
        ("OpenAI/Python ", "openai-python"),
        ("OpenAI/Go ", "openai-go"),
        ("OpenAI/Java ", "openai-java"),
        ("AsyncOpenAI/Python ", "openai-python"),
        ("OpenAI/", "openai-dotnet"),
        ("Anthropic/JS ", "anthropic-node"),
        ("Anthropic/Python ", "anthropic-python"),
        ("AsyncAnthropic/Python ", "anthropic-python"),
        ("Anthropic/Go ", "anthropic-go"),
        ("Anthropic/Java ", "anthropic-java"),
        ("Anthropic/C# ", "anthropic-dotnet"),
        ("AnthropicClient/", "anthropic-dotnet"),
        ("ai/", "ai-sdk"),
        ("ai-sdk/", "ai-sdk"),
    ];

    /// <summary>Reads the headers of a request: what <c>baggage</c> says goes before the client's own headers.</summary>
    /// <param name="header">A header's value by its name in lower case, several of one name joined by commas; or null.</param>
    public static ClientHints Read(Func<string, string?> header)
    {
        var baggage = Baggage.Parse(header("baggage"));
        var codex = CodexTurn.Read(header("x-codex-turn-metadata"));
        return new ClientHints
        {
            Run = baggage["purser.run"],
            Project = baggage["purser.project"],
            Tags = baggage.Whole("purser.tags"),
            SessionId =
                baggage["session.id"]
                ?? baggage["gen_ai.conversation.id"]
                ?? First(header, SessionHeaders)
                ?? codex.Session
                ?? codex.Thread,
            ThreadId = First(header, "thread-id") ?? codex.Thread,
            ParentSessionId = First(header, "x-parent-session-id", "x-codex-parent-thread-id"),
            TurnId = codex.Turn ?? First(header, "x-claude-code-prompt-id", "x-opencode-request"),
            AgentId = baggage["gen_ai.agent.id"] ?? First(header, "x-claude-code-agent-id"),
            ParentAgentId = First(header, "x-claude-code-parent-agent-id"),
            AgentType = baggage["gen_ai.agent.name"] ?? First(header, "x-claude-code-agent-type", "x-openai-subagent") ?? codex.Subagent,
            RequestClass = First(header, "x-claude-code-request-class"),
            ClientName = ShortName(header("user-agent")),
            ClientRequestId = First(header, "x-client-request-id"),
            Repository = RepositoryName.Of(baggage["vcs.repository.url.full"]) ?? codex.Repository,
            Branch = baggage["vcs.ref.head.name"] ?? codex.Branch,
            Commit = baggage["vcs.ref.head.revision"] ?? codex.Commit,
            TraceId = TraceParent.TraceId(header("traceparent")),
        };
    }

    /// <summary>The same with what the body says, where the headers say nothing.</summary>
    public ClientHints With(RequestFacts facts)
    {
        var isCodex = ClientName == "codex";
        if (facts is { CodexTurn: null, SessionId: null } && !isCodex)
        {
            return this;
        }

        var codex = CodexTurn.Read(facts.CodexTurn);
        return this with
        {
            // Other clients' keys of the cache are of a program, not of a conversation.
            SessionId = SessionId ?? facts.SessionId ?? codex.Session ?? codex.Thread ?? (isCodex ? facts.PromptCacheKey : null),
            ThreadId = ThreadId ?? codex.Thread,
            TurnId = TurnId ?? codex.Turn,
            AgentType = AgentType ?? codex.Subagent,
            Repository = Repository ?? codex.Repository,
            Branch = Branch ?? codex.Branch,
            Commit = Commit ?? codex.Commit,
        };
    }

    private static string? First(Func<string, string?> header, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (header(name) is { } value && JsonReading.Clean(value, MaxLength) is { } clean)
            {
                return clean;
            }
        }
        return null;
    }

    private static string? ShortName(string? userAgent)
    {
        const int maxLength = 64;
        if (string.IsNullOrWhiteSpace(userAgent))
        {
            return null;
        }
        foreach (var (start, name) in UserAgents)
        {
            if (userAgent.StartsWith(start, StringComparison.OrdinalIgnoreCase))
            {
                return name;
            }
        }
        var product = userAgent.AsSpan().Trim();
        var end = product.IndexOfAny(" /(");
        product = end < 0 ? product : product[..end];
        var shortName = new StringBuilder();
        foreach (var character in product[..Math.Min(product.Length, maxLength)])
        {
            if (char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.')
            {
                shortName.Append(char.ToLowerInvariant(character));
            }
        }
        return shortName.Length == 0 ? null : shortName.ToString();
    }
}
