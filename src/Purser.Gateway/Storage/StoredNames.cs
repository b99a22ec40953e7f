using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>The present names of accounts and keys, for history that knows them by id.</summary>
internal sealed class StoredNames(ControlSnapshot control)
{
    private readonly HashSet<string> ambiguousKeys = Repeated(control.Keys.Select(key => key.Name));
    private readonly HashSet<(AccountKind, string)> ambiguousAccounts = Repeated(
        control.Accounts.All.Select(account => (account.Kind, account.Name))
    );

    public static StoredNames Load(SqliteConnection connection) => new(ControlTables.Load(connection));

    /// <summary>A key's name; with its id, where several keys have the name.</summary>
    public string Key(string id) =>
        control.FindKey(id)?.Name is not { } name ? id
        : ambiguousKeys.Contains(name) ? $"{name} ({id})"
        : name;

    /// <summary>An account's name; its path, where several of its kind have the name.</summary>
    public string? Account(string? id) =>
        id is null ? null
        : control.Accounts.Find(id) is not { } account ? id
        : ambiguousAccounts.Contains((account.Kind, account.Name)) ? control.Accounts.PathOf(id)
        : account.Name;

    /// <summary>A budget's name, or null where it's gone.</summary>
    public string? Budget(string id) => control.Budgets.FirstOrDefault(budget => budget.Id == id)?.Name;

    /// <summary>The path of the first of some account ids, which is the key's own account.</summary>
    public string PathOf(string accountIds)
    {
        var own = accountIds.Split('/')[0];
        return control.Accounts.Find(own) is null ? own : control.Accounts.PathOf(own);
    }

    private static HashSet<T> Repeated<T>(IEnumerable<T> names) =>
        [.. names.GroupBy(name => name).Where(group => group.Skip(1).Any()).Select(group => group.Key)];
}
