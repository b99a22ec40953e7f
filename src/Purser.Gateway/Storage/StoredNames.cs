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

    /// <summary>The names as of the journal's newest entry.</summary>
    public static StoredNames Load(SqliteConnection connection)
    {
        var newest = JournalReader.Find(connection, JournalReader.Head(connection))?.At ?? 0;
        return new StoredNames(ControlTables.Load(connection, JournalWriter.FromMicroseconds(newest)));
    }

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

    /// <summary>The ids in history that a person can mean by a value: an account's or a key's present name, an account's path, or the id itself.</summary>
    /// <param name="dimension">The dimension of the value.</param>
    /// <param name="value">What was said; of other dimensions it's what history has.</param>
    public IReadOnlyList<string> Meant(string dimension, string value) =>
        dimension switch
        {
            "key" => [value, .. control.Keys.Where(key => key.Name == value || Key(key.Id) == value).Select(key => key.Id)],
            "organization" or "department" or "team" or "project" or "member" =>
            [
                value,
                .. control
                    .Accounts.All.Where(account => account.Name == value || control.Accounts.PathOf(account.Id) == value)
                    .Select(account => account.Id),
            ],
            _ => [value],
        };

    /// <summary>A budget's name, or null where it's gone.</summary>
    public string? Budget(string id) => control.Budgets.FirstOrDefault(budget => budget.Id == id)?.Name;

    /// <summary>
    /// The path that a key's own account had, from the ids of the accounts that it was under then, joined by <c>/</c>: it may be elsewhere
    /// now.
    /// </summary>
    public string PathOf(string accountIds) =>
        string.Join(
            '/',
            accountIds.Split('/').Where(id => id != control.Accounts.Root.Id).Reverse().Select(id => control.Accounts.Find(id)?.Name ?? id)
        );

    private static HashSet<T> Repeated<T>(IEnumerable<T> names) =>
        [.. names.GroupBy(name => name).Where(group => group.Skip(1).Any()).Select(group => group.Key)];
}
