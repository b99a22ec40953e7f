using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;

namespace Purser.Gateway.Storage;

/// <summary>
/// Changes to accounts, keys and budgets, in one transaction. The tables change at once; the ledger's balances follow when all
/// of it has succeeded (<see cref="Apply"/>). Each change is journalled, so the chain covers the limits that admissions were held to.
/// </summary>
internal sealed partial class ControlTransaction(JournalWriter journal)
{
    private readonly List<Action> ledgerChanges = [];
    private readonly List<string> notes = [];
    private AccountHistory? history;
    private ControlSnapshot? current;

    /// <summary>The present, by the ledger's clock: one instant for all of the transaction.</summary>
    public DateTimeOffset Now { get; } = journal.Now;

    /// <summary>What the tables hold now, changes of this transaction included.</summary>
    public ControlSnapshot Current => current ??= ControlTables.Load(journal.Connection, Now, History);

    /// <summary>Makes the organization. Done once, at the first start.</summary>
    public Account CreateOrganization(string name) => Insert(new Account(Ids.New("acct"), null, AccountKind.Organization, name, Now));

    /// <summary>Makes an account below another.</summary>
    public Account CreateAccount(string name, AccountKind kind, string parent, bool applied = false)
    {
        CheckName(name);
        var above = ResolveAccount(parent);
        if (kind == AccountKind.Organization)
        {
            throw new RefusedChangeException(
                "second_organization",
                "There is one organization; make departments, teams, projects or members."
            );
        }

        if (!AccountHistory.CanBeBelow(kind, above.Kind))
        {
            throw new RefusedChangeException(
                "wrong_parent",
                $"A {BudgetNames.Of(kind)} can't be below a {BudgetNames.Of(above.Kind)} ({above.Name})."
            );
        }

        if (Current.Moments().FirstOrDefault(moment => IsTaken(moment.Accounts)) is { } taken)
        {
            throw new RefusedChangeException("name_taken", $"There already is '{name}' below {above.Name}{When(taken.From)}.");
        }

        return Insert(new Account(Ids.New("acct"), above.Id, kind, name, Now), applied);

        bool IsTaken(AccountTree accounts) =>
            accounts.All.Any(account =>
                account.ParentId == above.Id && string.Equals(account.Name, name, StringComparison.OrdinalIgnoreCase)
            );
    }

    /// <summary>Renames an account.</summary>
    public void RenameAccount(string id, string name)
    {
        CheckName(name);
        Run("UPDATE accounts SET name = $name WHERE id = $id", ("$name", name), ("$id", id));
        Note(
            new
            {
                account = "rename",
                id,
                name,
            }
        );
    }

    /// <summary>Makes a virtual key. The secret is in the answer alone.</summary>
    public (VirtualKey Key, string Secret) CreateKey(string account, string name, DateTimeOffset? expiresAt, bool applied = false)
    {
        CheckName(name, "key", allowSlash: true);
        var owner = ResolveAccount(account);
        if (!Current.Accounts.IsPlaced(owner.Id))
        {
            throw new RefusedChangeException(
                "no_membership",
                $"'{owner.Name}' has no membership in force, so a key for it could spend nothing.",
                $"Give it one first: purser accounts move {owner.Id} --to PARENT"
            );
        }

        if (HardLimits.MissingFrom(Current, owner) is { } from)
        {
            throw new RefusedChangeException(
                "no_hard_limit",
                $"There is no dollar limit at or above '{owner.Name}'{When(from)}, so a key for it could spend without end.",
                "Set one first: purser budgets set --account PATH --usd 50 --window month"
            );
        }

        if (expiresAt <= Now)
        {
            throw new RefusedChangeException("already_expired", "The expiry lies in the past.");
        }

        var (id, secret, hash) = Credential.New("pk");
        Run(
            "INSERT INTO keys VALUES($id, $name, $account, $hash, $created, $expires, 0, $applied)",
            ("$id", id),
            ("$name", name),
            ("$account", owner.Id),
            ("$hash", hash),
            ("$created", JournalWriter.Microseconds(Now)),
            ("$expires", expiresAt is { } at ? JournalWriter.Microseconds(at) : DBNull.Value),
            ("$applied", applied ? 1 : 0)
        );
        Note(
            new
            {
                key = "create",
                id,
                account = owner.Id,
                name,
                expires = expiresAt,
                secret = AuditedAccess.HashOf(hash),
            }
        );
        return (Current.FindKey(id)!, secret);
    }

    /// <summary>Switches a key off; requests under way with it go on.</summary>
    public VirtualKey DisableKey(string idOrName)
    {
        var key = ResolveKey(idOrName);
        Run("UPDATE keys SET disabled = 1 WHERE id = $id", ("$id", key.Id));
        Note(new { key = "disable", id = key.Id });
        return Current.FindKey(key.Id)!;
    }

    /// <summary>Sets the budget of a scope, unit and window: makes it, or changes the one that is there.</summary>
    public Budget SetBudget(NewBudget wanted, bool applied = false)
    {
        if (BudgetRules.Check(wanted) is { } wrong)
        {
            throw wrong;
        }

        var (scope, unit, window) = (wanted.Scope, wanted.Unit, wanted.Window);
        var same = Current.Budgets.Where(budget => wanted.Replaces(budget)).ToList();
        foreach (var other in same.Where(budget => !SameWindow(budget.Window, window)))
        {
            Remove(other);
        }

        var existing = same.FirstOrDefault(budget => SameWindow(budget.Window, window));
        var budget = wanted.ToBudget(existing?.Id ?? Ids.New("bud"), wanted.Name ?? existing?.Name ?? DefaultName(scope, unit, window));
        Run(
            """
            INSERT INTO budgets VALUES($id, $definition, $now, $applied)
            ON CONFLICT(id) DO UPDATE SET definition = $definition
            """,
            ("$id", budget.Id),
            ("$definition", BudgetJson.Write(budget)),
            ("$now", JournalWriter.Microseconds(Now)),
            ("$applied", applied ? 1 : 0)
        );
        Note(BudgetNote("set", budget));
        ledgerChanges.Add(existing is null ? () => journal.AddBudget(budget) : () => journal.State.ChangeBudget(budget));
        return budget;
    }

    /// <summary>Adds to a budget's limit, as the ledger is told when all of the transaction has succeeded.</summary>
    public Grant AddGrant(Grant grant)
    {
        ledgerChanges.Add(() => journal.Grant(grant));
        return grant;
    }

    /// <summary>What a budget that isn't for each of a kind can still admit, with the grants that wait for its next window; at least 0.</summary>
    public long Room(Budget budget) => (long)Int128.Min(long.MaxValue, journal.State.Room(budget.Id, Now));

    /// <summary>Posts what an unconfirmed attempt really cost, as the ledger is told when all of the transaction has succeeded.</summary>
    public Confirmation Confirm(AttemptId attempt, Money cost, string by, string reason)
    {
        var correction = Reconciliation.Correct(journal.Connection, attempt, cost, by, reason);
        ledgerChanges.Add(() => journal.Adjust(correction.Posted, correction.Difference, correction.Why));
        return correction.Confirmation;
    }

    /// <summary>The database, changes of this transaction included.</summary>
    public SqliteConnection Connection => journal.Connection;

    /// <summary>The budget with this id, or with this name where only one has it.</summary>
    public Budget ResolveBudget(string idOrName)
    {
        // An id goes before a name: another budget may be called like it.
        var found = Current.Budgets.Where(budget => budget.Id == idOrName).ToList();
        found = found.Count > 0 ? found : [.. Current.Budgets.Where(budget => budget.Name == idOrName)];
        return found.Count == 1
            ? found[0]
            : throw new RefusedChangeException(
                found.Count == 0 ? "unknown_budget" : "ambiguous_budget",
                found.Count == 0 ? $"There is no budget '{idOrName}'." : $"{found.Count} budgets are called '{idOrName}': use the id.",
                "purser budgets list"
            );
    }

    /// <summary>Removes a budget, unless a key would be left without any dollar limit above it.</summary>
    public void RemoveBudget(string id)
    {
        var budget =
            Current.Budgets.FirstOrDefault(budget => budget.Id == id)
            ?? throw new RefusedChangeException("unknown_budget", $"There is no budget '{id}'.", "purser budgets list");
        Remove(budget);
        if (HardLimits.Missing(Current) is var (key, from))
        {
            throw new RefusedChangeException(
                "last_hard_limit",
                $"Without this budget the key '{key.Name}' could spend without end{When(from)}.",
                "Set another dollar limit at or above its account first."
            );
        }
    }

    /// <summary>Sets the administrator's key and returns it; the one before stops working.</summary>
    public string ResetAdminKey()
    {
        var (id, secret, hash) = Credential.New("admin");
        Run("INSERT OR REPLACE INTO meta VALUES('admin_key', $value)", ("$value", $"{id} {Convert.ToHexString(hash)}"));
        Note(
            new
            {
                admin_key = "reset",
                id,
                secret = AuditedAccess.HashOf(hash),
            }
        );
        return secret;
    }

    /// <summary>Keeps a setting of the store.</summary>
    public void SetMeta(string name, string value) =>
        Run("INSERT OR REPLACE INTO meta VALUES($name, $value)", ("$name", name), ("$value", value));

    /// <summary>The ids in a table (<c>accounts</c>, <c>budgets</c> or <c>keys</c>) that <c>apply</c> made, which it may also change or take away.</summary>
    public IReadOnlySet<string> Applied(string table)
    {
        using var command = journal.Connection.CreateCommand();
        command.CommandText = table switch
        {
            "accounts" => "SELECT id FROM accounts WHERE applied = 1",
            "keys" => "SELECT id FROM keys WHERE applied = 1",
            _ => "SELECT id FROM budgets WHERE applied = 1",
        };
        using var reader = command.ExecuteReader();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read())
        {
            ids.Add(reader.GetString(0));
        }

        return ids;
    }

    /// <summary>The account with this id or path.</summary>
    public Account ResolveAccount(string idOrPath) =>
        Current.Accounts.Resolve(idOrPath)
        ?? throw new RefusedChangeException("unknown_account", $"There is no account '{idOrPath}'.", "purser accounts list");

    /// <summary>The key with this id, or with this name where only one has it.</summary>
    public VirtualKey ResolveKey(string idOrName)
    {
        if (Current.FindKey(idOrName) is { } key)
        {
            return key;
        }

        var named = Current.Keys.Where(key => key.Name == idOrName && !key.Disabled).ToList();
        return named.Count == 1
            ? named[0]
            : throw new RefusedChangeException(
                named.Count == 0 ? "unknown_key" : "ambiguous_key",
                named.Count == 0 ? $"There is no key '{idOrName}'." : $"{named.Count} keys are called '{idOrName}': use the id.",
                "purser keys list"
            );
    }

    /// <summary>Journals the changes and carries them over to the ledger. Nothing here can refuse any more.</summary>
    public void Apply()
    {
        foreach (var note in notes)
        {
            journal.AppendControl(note);
        }

        foreach (var change in ledgerChanges)
        {
            change();
        }

        journal.Control = Current;
    }

    /// <summary>A name that says whose limit it is, for refusals and reports: <c>evals usd a day</c>.</summary>
    private string DefaultName(BudgetScope scope, BudgetUnit unit, BudgetWindow window) =>
        $"{string.Join(" on ", scope.Parts().Select(NameOf))} {BudgetNames.Of(unit)} {BudgetNames.Phrase(window)}";

    private string NameOf(Scope scope) =>
        scope.IsEach ? $"each {BudgetNames.Of(scope)}"
        : scope.Kind is ScopeKind.Account or ScopeKind.Member ? Current.Accounts.Find(scope.Id)?.Name ?? scope.Id
        : scope.Kind == ScopeKind.Key ? Current.FindKey(scope.Id)?.Name ?? scope.Id
        : scope.Id;

    private static object BudgetNote(string action, Budget budget) =>
        new
        {
            budget = action,
            id = budget.Id,
            definition = BudgetJson.Write(budget),
        };

    private static bool SameWindow(BudgetWindow left, BudgetWindow right) =>
        left with { TimeZone = TimeZoneInfo.Utc } == right with { TimeZone = TimeZoneInfo.Utc } && left.TimeZone.Id == right.TimeZone.Id;

    private static void CheckName(string name, string what = "account", bool allowSlash = false)
    {
        if (
            string.IsNullOrWhiteSpace(name)
            || name.Length > 128
            || name.Any(char.IsControl)
            || (!allowSlash && name.Contains('/', StringComparison.Ordinal))
        )
        {
            throw new RefusedChangeException(
                "invalid_name",
                $"'{name}' can't be the name of a{(what[0] == 'a' ? "n" : "")} {what}: 1 to 128 characters{(allowSlash ? "" : ", no '/'")}."
            );
        }
    }

    private void Remove(Budget budget)
    {
        Run("DELETE FROM budgets WHERE id = $id; DELETE FROM grants WHERE budget_id = $id", ("$id", budget.Id));
        Note(BudgetNote("remove", budget));
        ledgerChanges.Add(() => journal.State.RemoveBudget(budget));
    }

    private Account Insert(Account account, bool applied = false)
    {
        Run(
            """
            INSERT INTO accounts VALUES($id, $kind, $name, $created, $applied, NULL, NULL);
            INSERT INTO memberships SELECT $id, $created, $parent WHERE $parent IS NOT NULL
            """,
            ("$id", account.Id),
            ("$parent", (object?)account.ParentId ?? DBNull.Value),
            ("$kind", (int)account.Kind),
            ("$name", account.Name),
            ("$created", JournalWriter.Microseconds(account.CreatedAt)),
            ("$applied", applied ? 1 : 0)
        );
        Note(
            new
            {
                account = "create",
                id = account.Id,
                parent = account.ParentId,
                kind = account.Kind.ToString(),
                name = account.Name,
                from = account.CreatedAt,
            }
        );
        return account;
    }

    // Not appended yet: the chain must not run ahead of a change that is still refused and rolled back.
    private void Note(object change) => notes.Add(JsonSerializer.Serialize(change));

    private void Run(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = journal.Connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        command.ExecuteNonQuery();
        (history, current) = (null, null);
    }
}
