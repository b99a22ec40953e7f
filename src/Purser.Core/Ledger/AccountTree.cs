namespace Purser.Core.Ledger;

/// <summary>The accounts at one instant, as an immutable tree; and those without a membership then, which aren't in it.</summary>
public sealed class AccountTree
{
    private readonly Dictionary<string, Account> byId;
    private readonly Dictionary<string, Account> byPath;
    private readonly Dictionary<string, string> pathById;

    /// <summary>Builds the tree.</summary>
    /// <exception cref="ArgumentException">There isn't exactly one organization, or an account's parent is missing, or is below it.</exception>
    public AccountTree(IReadOnlyCollection<Account> accounts)
    {
        byId = accounts.ToDictionary(account => account.Id, StringComparer.Ordinal);
        Root =
            accounts.SingleOrDefault(account => account is { Kind: AccountKind.Organization, ParentId: null })
            ?? throw new ArgumentException("There must be exactly one organization.", nameof(accounts));
        pathById = accounts.ToDictionary(account => account.Id, BuildPath, StringComparer.Ordinal);
        byPath = accounts
            .Where(account => IsPlaced(account.Id))
            .ToDictionary(account => pathById[account.Id], StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The organization.</summary>
    public Account Root { get; }

    /// <summary>Every account, in no particular order.</summary>
    public IReadOnlyCollection<Account> All => byId.Values;

    /// <summary>The account with this id, or null.</summary>
    public Account? Find(string id) => byId.GetValueOrDefault(id);

    /// <summary>Whether the account is the organization, or hangs below it.</summary>
    public bool IsPlaced(string id) => byId.TryGetValue(id, out var account) && (account.Id == Root.Id || account.ParentId is not null);

    /// <summary>
    /// The account with this id or path; paths are names joined by <c>/</c> below the organization, and the organization itself is
    /// the empty path, <c>/</c> or its own name. Null when there is none.
    /// </summary>
    public Account? Resolve(string idOrPath)
    {
        if (byId.TryGetValue(idOrPath, out var account))
        {
            return account;
        }

        var path = idOrPath.Trim('/');
        if (path.Length == 0 || byPath.TryGetValue(path, out account))
        {
            return path.Length == 0 ? Root : account;
        }

        return string.Equals(path, Root.Name, StringComparison.OrdinalIgnoreCase) ? Root : null;
    }

    /// <summary>
    /// The names from below the organization down to this account, joined by <c>/</c>; empty for the organization. The id of an account
    /// that has no membership.
    /// </summary>
    public string PathOf(string id) => pathById[id];

    /// <summary>This account, then its parent, up to the organization.</summary>
    public IEnumerable<Account> WithAncestors(string id)
    {
        for (var account = byId.GetValueOrDefault(id); account is not null; account = ParentOf(account))
        {
            yield return account;
        }
    }

    private string BuildPath(Account account)
    {
        if (account.ParentId is null && account.Id != Root.Id)
        {
            return account.Id;
        }

        var names = new Stack<string>();
        for (var current = account; current.Id != Root.Id; current = ParentOf(current)!)
        {
            if (names.Count > byId.Count || ParentOf(current) is null)
            {
                throw new ArgumentException($"The account {account.Id} doesn't hang below the organization.", nameof(account));
            }

            names.Push(current.Name);
        }

        return string.Join('/', names);
    }

    private Account? ParentOf(Account account) => account.ParentId is null ? null : byId.GetValueOrDefault(account.ParentId);
}
