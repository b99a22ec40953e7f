using System.Text.Json;
using Purser.Gateway.Storage;
using Purser.Providers.Context;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// What a request's event keeps of the work that it's part of, under OpenTelemetry's names where it has some. What the subject has (session, agent,
/// repository, branch) isn't kept twice, and is put beside it where the event is told.
/// </summary>
internal static class WorkContext
{
    private static readonly (string Name, Func<ClientHints, string?> Value)[] Kept =
    [
        ("gen_ai.agent.id", hints => hints.AgentId),
        ("purser.agent.parent_id", hints => hints.ParentAgentId),
        ("purser.session.parent_id", hints => hints.ParentSessionId),
        ("purser.thread.id", hints => hints.ThreadId == hints.SessionId ? null : hints.ThreadId),
        ("purser.turn.id", hints => hints.TurnId),
        ("purser.request.class", hints => hints.RequestClass),
        // Else the subject's agent is the client's name.
        ("user_agent.name", hints => hints.AgentType is null ? null : hints.ClientName),
        ("purser.client.request_id", hints => hints.ClientRequestId),
        ("vcs.ref.head.revision", hints => hints.Commit),
        ("trace_id", hints => hints.TraceId),
    ];

    /// <summary>Writes what is kept; nothing where there is nothing.</summary>
    public static void Write(Utf8JsonWriter json, ClientHints? hints)
    {
        if (hints is null || Array.TrueForAll(Kept, kept => kept.Value(hints) is null))
        {
            return;
        }

        json.WriteStartObject(RequestStory.Context);
        foreach (var (name, value) in Kept)
        {
            if (value(hints) is { } text)
            {
                json.WriteString(name, text);
            }
        }

        json.WriteEndObject();
    }
}
