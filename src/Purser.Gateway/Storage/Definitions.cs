using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>A subject as the journal defines it.</summary>
/// <param name="Texts">The texts of its entry.</param>
internal sealed record StoredSubject(IReadOnlyList<string?> Texts)
{
    /// <summary>The columns of its row, after the id and the hash, in the order of <see cref="Texts"/>.</summary>
    public const string Columns =
        "key_id, account_path, organization, department, team, project, member, end_user, session, agent, tags, run, repository, branch";

    /// <summary>How many texts there are.</summary>
    public const int Length = 14;

    public string KeyId => Texts[0]!;

    /// <summary>The account ids from the key's own up to the organization, joined by <c>/</c>.</summary>
    public string AccountPath => Texts[1]!;

    public string? Member => Account(AccountKind.Member);

    public string? EndUser => Texts[7];

    public string? Session => Texts[8];

    public string? Agent => Texts[9];

    /// <summary>The tags as stored, <c>k=v</c> joined by line feeds.</summary>
    public string Tags => Texts[10]!;

    /// <summary>The run that was said; null where its session is its run.</summary>
    public string? Run => Texts[11];

    public string? Repository => Texts[12];

    public string? Branch => Texts[13];

    /// <summary>The nearest account of a kind.</summary>
    public string? Account(AccountKind kind) => Texts[2 + (int)kind];

    /// <summary>What is stored of a subject.</summary>
    public static StoredSubject Of(Subject subject) =>
        new([
            subject.KeyId,
            subject.AccountPath(),
            subject.AccountOf(AccountKind.Organization),
            subject.AccountOf(AccountKind.Department),
            subject.AccountOf(AccountKind.Team),
            subject.AccountOf(AccountKind.Project),
            subject.AccountOf(AccountKind.Member),
            subject.EndUser,
            subject.Session,
            subject.Agent,
            subject.TagText(),
            subject.Run,
            subject.Repository,
            subject.Branch,
        ]);
}

/// <summary>A route as the journal defines it.</summary>
/// <param name="Texts">The texts of its entry.</param>
internal sealed record StoredRoute(IReadOnlyList<string?> Texts)
{
    /// <summary>The columns of its row, after the id and the hash, in the order of <see cref="Texts"/>.</summary>
    public const string Columns = "api, model_requested, provider, model, price_entry, price_book_version";

    /// <summary>How many texts there are.</summary>
    public const int Length = 6;

    public string Api => Texts[0]!;

    public string ModelRequested => Texts[1]!;

    public string Provider => Texts[2]!;

    public string Model => Texts[3]!;

    public string PriceEntry => Texts[4]!;

    public string PriceBookVersion => Texts[5]!;

    /// <summary>What is stored of a route.</summary>
    public static StoredRoute Of(Route route) =>
        new([route.Api, route.ModelRequested, route.Provider, route.Model, route.PriceEntry, route.PriceBookVersion]);
}

/// <summary>What entries name, read from the entries that define it. Not thread-safe.</summary>
internal sealed class Definitions(SqliteConnection connection)
{
    // A client can make up sessions and tags without end; what isn't remembered is read again.
    private const int MostRemembered = 65_536;

    private readonly Dictionary<(long Id, JournalKind Kind), IReadOnlyList<string?>> texts = [];
    private readonly Dictionary<(long Subject, long Route), ScopeSet> scopes = [];

    /// <summary>The subject of this number.</summary>
    /// <exception cref="InvalidDataException">The journal doesn't define it.</exception>
    public StoredSubject Subject(long id) => new(Texts(id, JournalKind.Subject, StoredSubject.Length));

    /// <summary>The route of this number.</summary>
    /// <exception cref="InvalidDataException">The journal doesn't define it.</exception>
    public StoredRoute Route(long id) => new(Texts(id, JournalKind.Route, StoredRoute.Length));

    /// <summary>What an attempt counts under.</summary>
    /// <exception cref="InvalidDataException">The journal doesn't define the subject or the route.</exception>
    public ScopeSet Scopes(long subjectId, long routeId)
    {
        var key = (subjectId, routeId);
        if (!scopes.TryGetValue(key, out var set))
        {
            if (scopes.Count >= MostRemembered)
            {
                scopes.Clear();
            }

            scopes[key] = set = Scopes(Subject(subjectId), Route(routeId));
        }

        return set;
    }

    private static ScopeSet Scopes(StoredSubject subject, StoredRoute route) =>
        Core.Ledger.Subject.ScopesOf(
            subject.KeyId,
            subject.Run ?? subject.Session,
            subject.Tags.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            subject.AccountPath.Split('/').Select(id => (id, id == subject.Member)),
            route.Provider,
            route.Model
        );

    private IReadOnlyList<string?> Texts(long id, JournalKind kind, int length)
    {
        if (!texts.TryGetValue((id, kind), out var known))
        {
            var entry = JournalReader.Find(connection, id);
            known =
                entry is { Definition: { } definition } && entry.Value.Kind == kind && definition.Count == length
                    ? definition
                    : throw new InvalidDataException(
                        $"Entry {id} of the journal should define a {kind.ToString().ToLowerInvariant()}, and doesn't."
                    );
            if (texts.Count >= MostRemembered)
            {
                texts.Clear();
            }

            texts[(id, kind)] = known;
        }

        return known;
    }
}
