using System.Text;
using System.Text.Json;

namespace Purser.Providers;

/// <summary>
/// What a client's headers say of its session and agent. For attribution alone: nothing here is a credential, and a client
/// can write what it likes. Values have at most 256 characters and no control characters.
/// </summary>
/// <param name="SessionId">The session, conversation or thread.</param>
/// <param name="AgentId">The agent within the session.</param>
/// <param name="ParentAgentId">The agent that started this agent.</param>
/// <param name="AgentType">What kind of agent it is.</param>
/// <param name="TurnId">The turn within the session (Codex).</param>
/// <param name="ClientName">The client in one short word: <c>claude-code</c>, <c>codex</c>, <c>openai-node</c>.</param>
/// <param name="ClientRequestId">The client's own id of the request.</param>
public sealed record ClientHints(
    string? SessionId,
    string? AgentId,
    string? ParentAgentId,
    string? AgentType,
    string? TurnId,
    string? ClientName,
    string? ClientRequestId
)
{
    private const int MaxLength = 256;
    private const int MaxTurnMetadata = 16 * 1024;

    private static readonly string[] SessionHeaders =
    [
        "x-claude-code-session-id",
        "session-id",
        "thread-id",
        "x-session-id",
        "x-session-affinity",
    ];

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

    /// <summary>Reads the headers of a request.</summary>
    /// <param name="header">A header's value by its name in lower case, or null.</param>
    public static ClientHints Read(Func<string, string?> header)
    {
        var (metadataSession, turn) = ReadTurnMetadata(header("x-codex-turn-metadata"));
        string? session = null;
        foreach (var name in SessionHeaders)
        {
            session ??= Clean(header(name));
        }
        return new ClientHints(
            session ?? metadataSession,
            Clean(header("x-claude-code-agent-id")),
            Clean(header("x-claude-code-parent-agent-id")),
            Clean(header("x-claude-code-agent-type")),
            turn,
            ShortName(header("user-agent")),
            Clean(header("x-client-request-id"))
        );
    }

    private static string? Clean(string? value) => value is null ? null : JsonReading.Clean(value, MaxLength);

    private static (string? Session, string? Turn) ReadTurnMetadata(string? json)
    {
        if (string.IsNullOrEmpty(json) || json.Length > MaxTurnMetadata)
        {
            return default;
        }
        string? session = null;
        string? turn = null;
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return default;
            }
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                if (reader.ValueTextEquals("session_id"u8) || reader.ValueTextEquals("session"u8) || reader.ValueTextEquals("thread_id"u8))
                {
                    session ??= NextText(ref reader);
                }
                else if (reader.ValueTextEquals("turn_id"u8) || reader.ValueTextEquals("turn"u8))
                {
                    turn ??= NextText(ref reader);
                }
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            return default;
        }
        return (session, turn);
    }

    private static string? NextText(ref Utf8JsonReader reader)
    {
        reader.Read();
        return Clean(JsonReading.Text(ref reader, null));
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
