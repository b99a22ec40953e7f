using System.Text;
using System.Text.Json;

namespace Purser.Providers.Context;

/// <summary>
/// What Codex says of a turn in <c>x-codex-turn-metadata</c>: a JSON object with the session, the thread, the turn, and the folders that it
/// works in with their repositories. The folders' names are paths on somebody's machine, and aren't kept.
/// </summary>
/// <param name="Session">The session.</param>
/// <param name="Thread">The thread.</param>
/// <param name="Turn">The turn.</param>
/// <param name="Subagent">What kind of agent it is, where it isn't the first one.</param>
/// <param name="Repository">The first folder's repository (<see cref="RepositoryName"/>): its <c>origin</c>, or else its first remote one.</param>
/// <param name="Branch">The branch there.</param>
/// <param name="Commit">The latest commit there.</param>
internal readonly record struct CodexTurn(
    string? Session,
    string? Thread,
    string? Turn,
    string? Subagent,
    string? Repository,
    string? Branch,
    string? Commit
)
{
    private const int MaxLength = 16 * 1024;

    /// <summary>Reads the header; nothing where it's malformed or too long.</summary>
    public static CodexTurn Read(string? json)
    {
        if (string.IsNullOrEmpty(json) || json.Length > MaxLength)
        {
            return default;
        }
        try
        {
            using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(json), new JsonDocumentOptions { MaxDepth = 16 });
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement) : default;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Half of a surrogate pair, escaped, is found when the text is asked for.
            return default;
        }
    }

    private static CodexTurn Read(JsonElement turn)
    {
        var read = new CodexTurn(
            Text(turn, "session_id") ?? Text(turn, "session"),
            Text(turn, "thread_id"),
            Text(turn, "turn_id") ?? Text(turn, "turn"),
            Text(turn, "subagent_kind"),
            null,
            null,
            null
        );
        if (!turn.TryGetProperty("workspaces", out var workspaces) || workspaces.ValueKind != JsonValueKind.Object)
        {
            return read;
        }
        foreach (var workspace in workspaces.EnumerateObject().Select(folder => folder.Value))
        {
            if (workspace.ValueKind == JsonValueKind.Object && Remote(workspace) is { } repository)
            {
                return read with
                {
                    Repository = repository,
                    Branch = Text(workspace, "branch") ?? Text(workspace, "git_branch"),
                    Commit = Text(workspace, "latest_git_commit_hash") ?? Text(workspace, "commit"),
                };
            }
        }
        return read;
    }

    private static string? Remote(JsonElement workspace)
    {
        if (!workspace.TryGetProperty("associated_remote_urls", out var remotes) || remotes.ValueKind != JsonValueKind.Object)
        {
            return RepositoryName.Of(Text(workspace, "repository_url") ?? Text(workspace, "repository"));
        }
        return RepositoryName.Of(Text(remotes, "origin"))
            ?? remotes
                .EnumerateObject()
                .Select(remote => RepositoryName.Of(Text(remotes, remote.Name)))
                .FirstOrDefault(name => name is not null);
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? JsonReading.Clean(value.GetString(), ClientHints.MaxLength)
            : null;
}
