using Purser.Core.Budgets;

namespace Purser.Core.Ledger;

/// <summary>
/// Who a request is for: the key, the accounts above it at that moment (so a later re-organization doesn't rewrite history), and what
/// the client said about itself. It is stored once and named by the entries of the journal.
/// </summary>
public sealed class Subject
{
    private byte[]? hash;
    private Routed? routed;

    /// <summary>The virtual key's id.</summary>
    public required string KeyId { get; init; }

    /// <summary>The accounts it counts under, from the key's own account up to the organization.</summary>
    public required IReadOnlyList<Account> Accounts { get; init; }

    /// <summary>The person or thing behind the request, as the client named it (OpenAI <c>user</c>, Anthropic <c>metadata.user_id</c>).</summary>
    public string? EndUser { get; init; }

    /// <summary>The client's session, as coding agents send it.</summary>
    public string? Session { get; init; }

    /// <summary>What kind of agent it is inside the session, or the client program's name.</summary>
    public string? Agent { get; init; }

    /// <summary>The run that it belongs to, where that was said; null: its session is its run.</summary>
    public string? Run { get; init; }

    /// <summary>The repository that the work is in, as <c>host/path</c>.</summary>
    public string? Repository { get; init; }

    /// <summary>The branch that the work is on.</summary>
    public string? Branch { get; init; }

    /// <summary>Tags, as <c>key=value</c>, sorted by key.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];

    /// <summary>Whether its accounts lead up to the organization: without a membership, nothing can be spent.</summary>
    public bool IsPlaced => Accounts[^1].Kind == AccountKind.Organization;

    /// <summary>The same under these accounts; this one, where they are its own.</summary>
    public Subject Under(IReadOnlyList<Account> accounts) =>
        ReferenceEquals(accounts, Accounts)
        || accounts.Select(account => account.Id).SequenceEqual(Accounts.Select(account => account.Id), StringComparer.Ordinal)
            ? this
            : new Subject
            {
                KeyId = KeyId,
                Accounts = accounts,
                EndUser = EndUser,
                Session = Session,
                Agent = Agent,
                Tags = Tags,
                Run = Run,
                Repository = Repository,
                Branch = Branch,
            };

    /// <summary>The id of the nearest account of a kind at or above the key's own, or null.</summary>
    public string? AccountOf(AccountKind kind)
    {
        foreach (var account in Accounts)
        {
            if (account.Kind == kind)
            {
                return account.Id;
            }
        }

        return null;
    }

    /// <summary>What budgets are looked up by, narrowest first.</summary>
    /// <param name="provider">The provider's name in the configuration.</param>
    /// <param name="model">The model that the provider is asked for.</param>
    public ScopeSet Scopes(string provider, string model)
    {
        var first = Volatile.Read(ref routed);
        for (var known = first; known is not null; known = known.Next)
        {
            if (known.Provider == provider && known.Model == model)
            {
                return known.Scopes;
            }
        }

        var scopes = ScopesOf(
            KeyId,
            Run ?? Session,
            Tags.Select(tag => $"{tag.Key}={tag.Value}"),
            Accounts.Select(account => (account.Id, account.Kind == AccountKind.Member)),
            provider,
            model
        );
        // Of two that are made at once one may be forgotten, and is made again.
        Volatile.Write(ref routed, new Routed(provider, model, scopes, first));
        return scopes;
    }

    /// <summary>
    /// The id of a run's scope. A run is one key's: another key that names the same one doesn't spend from its budget.
    /// </summary>
    public static string RunId(string keyId, string run) => $"{keyId}/{run}";

    /// <summary>The same from what is stored of a subject and a route: one order for requests and for their entries.</summary>
    /// <param name="keyId">The key.</param>
    /// <param name="run">The run, or else the session; or null.</param>
    /// <param name="tags">The tags, as <c>key=value</c>.</param>
    /// <param name="accounts">The accounts from the key's own up, each with whether it's a member.</param>
    /// <param name="provider">The provider's name in the configuration.</param>
    /// <param name="model">The model that the provider is asked for.</param>
    public static ScopeSet ScopesOf(
        string keyId,
        string? run,
        IEnumerable<string> tags,
        IEnumerable<(string Id, bool IsMember)> accounts,
        string provider,
        string model
    )
    {
        var scopes = new List<Scope> { new(ScopeKind.Key, keyId) };
        if (run is not null)
        {
            scopes.Add(new Scope(ScopeKind.Run, RunId(keyId, run)));
        }

        scopes.AddRange(tags.Select(tag => new Scope(ScopeKind.Tag, tag)));
        foreach (var (id, isMember) in accounts)
        {
            if (isMember)
            {
                scopes.Add(new Scope(ScopeKind.Member, id));
            }

            scopes.Add(new Scope(ScopeKind.Account, id));
        }

        scopes.Add(new Scope(ScopeKind.Model, model));
        scopes.Add(new Scope(ScopeKind.Provider, provider));
        return new ScopeSet(scopes);
    }

    /// <summary>The account ids from the key's own up to the organization, joined by <c>/</c>.</summary>
    public string AccountPath() => string.Join('/', Accounts.Select(account => account.Id));

    /// <summary>The tags as stored, <c>k=v</c> joined by line feeds; values hold no control characters.</summary>
    public string TagText() => string.Join('\n', Tags.Select(tag => $"{tag.Key}={tag.Value}"));

    /// <summary>The hash under which the journal's chain covers this subject, 32 bytes.</summary>
    public ReadOnlySpan<byte> Hash => hash ??= HashOf(KeyId, AccountPath(), EndUser, Session, Agent, TagText(), Run, Repository, Branch);

    /// <summary>The same hash from the stored columns.</summary>
    public static byte[] HashOf(
        string keyId,
        string accountPath,
        string? endUser,
        string? session,
        string? agent,
        string tags,
        string? run,
        string? repository,
        string? branch
    ) => ContentHash.Of(keyId, accountPath, endUser, session, agent, tags, run, repository, branch);

    private sealed record Routed(string Provider, string Model, ScopeSet Scopes, Routed? Next);
}
