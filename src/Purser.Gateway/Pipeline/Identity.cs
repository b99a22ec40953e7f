using Microsoft.AspNetCore.Http;
using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Storage;
using Purser.Providers;
using Purser.Providers.Context;

namespace Purser.Gateway.Pipeline;

/// <summary>Who sends a request, and what for, as far as its key and headers say.</summary>
/// <param name="Key">The virtual key.</param>
/// <param name="Hints">What the headers say about the work: Purser's own headers before <c>baggage</c>, and that before the client's own.</param>
/// <param name="Tags">The tags of <c>x-purser-tags</c>.</param>
/// <param name="Project">The project of <c>x-purser-project</c>, or null.</param>
internal sealed record Identity(VirtualKey Key, ClientHints Hints, IReadOnlyList<KeyValuePair<string, string>> Tags, string? Project)
{
    private const string TagsHeader = "x-purser-tags";
    private const string RunHeader = "x-purser-run";
    private const string ProjectHeader = "x-purser-project";
    private const string RepositoryHeader = "x-purser-repository";
    private const string BranchHeader = "x-purser-branch";

    /// <summary>
    /// Reads the headers. A key without a membership is refused, and so is one of Purser's own headers that is malformed, for the request would be
    /// attributed wrongly.
    /// </summary>
    public static (Identity? Identity, Refusal? Refusal) Read(VirtualKey key, IHeaderDictionary headers)
    {
        if (!key.Subject.IsPlaced)
        {
            return (null, Refusal.NoMembership);
        }

        IReadOnlyList<KeyValuePair<string, string>> tags = [];
        if (headers.TryGetValue(TagsHeader, out var text) && text.Count > 0)
        {
            var parsed = TagList.Parse(text.ToString());
            if (parsed.Tags is null)
            {
                return (null, Refusal.BadRequest("invalid_tags", $"{TagsHeader}: {parsed.Fault!.Message}"));
            }

            tags = parsed.Tags;
        }

        if (
            Array.Find([RunHeader, ProjectHeader, BranchHeader], name => headers.ContainsKey(name) && Own(headers, name) is null) is
            { } wrong
        )
        {
            return (null, Refusal.BadRequest("invalid_header", $"{wrong} must have 1 to {ClientHints.MaxLength} printable characters."));
        }

        var repository = RepositoryName.Of(Own(headers, RepositoryHeader));
        if (repository is null && headers.ContainsKey(RepositoryHeader))
        {
            return (
                null,
                Refusal.BadRequest("invalid_header", $"{RepositoryHeader} must be a repository's address: github.com/acme/search.")
            );
        }

        var hints = ClientHints.Read(name => headers.TryGetValue(name, out var values) && values.Count > 0 ? ValueOf(name, values) : null);
        var (run, branch) = (Own(headers, RunHeader), Own(headers, BranchHeader));
        if (run is not null || repository is not null || branch is not null)
        {
            hints = hints with { Run = run ?? hints.Run, Repository = repository ?? hints.Repository, Branch = branch ?? hints.Branch };
        }

        return (new Identity(key, hints, tags, Own(headers, ProjectHeader)), null);
    }

    /// <summary>The subject that the request is charged to, with what its body says.</summary>
    /// <param name="hints">What the headers and the body say about the work.</param>
    /// <param name="facts">What the body says.</param>
    /// <param name="repositories">Which projects repositories belong to.</param>
    public Subject SubjectFor(ClientHints hints, RequestFacts facts, RepositoryProjects repositories)
    {
        var endUser = facts.EndUser is { } user && !WorkTags.IsAddress(user) ? user : null;
        return Of(hints, endUser, WorkTags.Of(Tags, Project, hints, repositories, facts.Metadata));
    }

    /// <summary>The subject that a batch is charged to: what its lines say of end users and sessions doesn't split it.</summary>
    /// <param name="metadata">The batch's own; null for none.</param>
    /// <param name="repositories">Which projects repositories belong to.</param>
    public Subject SubjectForBatch(IReadOnlyDictionary<string, string>? metadata, RepositoryProjects repositories) =>
        Of(Hints, endUser: null, WorkTags.Of(Tags, Project, Hints, repositories, metadata));

    private Subject Of(ClientHints hints, string? endUser, IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        var agent = hints.AgentType ?? hints.ClientName;
        if (hints is { SessionId: null, Run: null, Repository: null, Branch: null } && agent is null && endUser is null && tags.Count == 0)
        {
            return Key.Subject;
        }

        var subject = new Subject
        {
            KeyId = Key.Id,
            Accounts = Key.Subject.Accounts,
            EndUser = endUser,
            Session = hints.SessionId,
            Agent = agent,
            Tags = tags,
            // A run that is its session needs no second name.
            Run = hints.Run == hints.SessionId ? null : hints.Run,
            Repository = hints.Repository,
            Branch = hints.Branch,
        };
        return Key.Recent.Like(subject);
    }

    /// <summary>The subject of a request whose body says nothing of it.</summary>
    /// <param name="current">The key as it is now.</param>
    /// <param name="repositories">Which projects repositories belong to.</param>
    /// <param name="session">The session where the headers name none; null for none.</param>
    public Subject SubjectWithoutBody(VirtualKey current, RepositoryProjects repositories, string? session = null) =>
        (this with { Key = current }).Of(
            Hints with
            {
                SessionId = Hints.SessionId ?? session,
            },
            endUser: null,
            WorkTags.Of(Tags, Project, Hints, repositories, null)
        );

    // Several headers "baggage" are one list; of two "traceparent" neither counts.
    private static string? ValueOf(string name, Microsoft.Extensions.Primitives.StringValues values) =>
        values.Count == 1 ? values[0]
        : name == "baggage" ? values.ToString()
        : name == "traceparent" ? null
        : values[0];

    private static string? Own(IHeaderDictionary headers, string name)
    {
        if (!headers.TryGetValue(name, out var values))
        {
            return null;
        }

        var text = values.ToString().Trim();
        return text.Length is > 0 and <= ClientHints.MaxLength && !text.Any(char.IsControl) ? text : null;
    }
}
