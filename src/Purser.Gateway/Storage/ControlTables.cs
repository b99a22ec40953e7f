using Microsoft.Data.Sqlite;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Gateway.Credentials;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Routing;

namespace Purser.Gateway.Storage;

/// <summary>Reads the control plane's tables.</summary>
internal static class ControlTables
{
    /// <summary>The tables as one snapshot.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="at">The instant whose memberships are in force.</param>
    /// <exception cref="ArgumentException">There is no organization yet.</exception>
    public static ControlSnapshot Load(SqliteConnection connection, DateTimeOffset at) => Load(connection, at, History(connection));

    /// <summary>The same, where the accounts have been read.</summary>
    public static ControlSnapshot Load(SqliteConnection connection, DateTimeOffset at, AccountHistory history)
    {
        var tree = history.At(at);
        var keys = Read(
            connection,
            "SELECT id, name, account_id, secret_hash, created_at, expires_at, disabled FROM keys",
            row => new VirtualKey(
                row.GetString(0),
                row.GetString(1),
                row.GetFieldValue<byte[]>(3),
                JournalWriter.FromMicroseconds(row.GetInt64(4)),
                row.IsDBNull(5) ? null : JournalWriter.FromMicroseconds(row.GetInt64(5)),
                row.GetInt32(6) != 0,
                new Subject { KeyId = row.GetString(0), Accounts = [.. tree.WithAncestors(row.GetString(2))] }
            )
        );
        return new ControlSnapshot(
            history,
            at,
            keys,
            Budgets(connection),
            AdminKey(connection),
            Credentials(connection),
            Subscriptions(connection),
            Routing(connection),
            Slices(connection)
        );
    }

    /// <summary>The accounts with their memberships.</summary>
    public static AccountHistory History(SqliteConnection connection) =>
        new(
            Read(
                connection,
                "SELECT id, kind, name, created_at FROM accounts",
                row => new Account(
                    row.GetString(0),
                    null,
                    (AccountKind)row.GetInt32(1),
                    row.GetString(2),
                    JournalWriter.FromMicroseconds(row.GetInt64(3))
                )
            ),
            Read(
                connection,
                "SELECT account_id, parent_id, from_at FROM memberships",
                row => new Membership(
                    row.GetString(0),
                    row.IsDBNull(1) ? null : row.GetString(1),
                    JournalWriter.FromMicroseconds(row.GetInt64(2))
                )
            )
        );

    /// <summary>Whether the first start has been done.</summary>
    public static bool HasOrganization(SqliteConnection connection) =>
        Read(connection, "SELECT 1 FROM accounts LIMIT 1", _ => true).Count > 0;

    /// <summary>A setting of the store, or null.</summary>
    public static string? Meta(SqliteConnection connection, string name)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT value FROM meta WHERE name = $name";
        command.Parameters.AddWithValue("$name", name);
        return (string?)command.ExecuteScalar();
    }

    /// <summary>The grants whose budgets are still there, in the order they came.</summary>
    public static IReadOnlyList<Grant> Grants(SqliteConnection connection) =>
        Read(
            connection,
            "SELECT definition FROM grants WHERE budget_id IN (SELECT id FROM budgets) ORDER BY at, rowid",
            row => BudgetJson.ReadGrant(row.GetString(0))
        );

    /// <summary>What accounts say of callers' own subscriptions.</summary>
    public static SubscriptionSettings Subscriptions(SqliteConnection connection) =>
        new(
            Read(
                connection,
                "SELECT id, subscriptions FROM accounts WHERE subscriptions IS NOT NULL",
                row => KeyValuePair.Create(row.GetString(0), row.GetInt32(1) != 0)
            )
        );

    /// <summary>What accounts say of routing.</summary>
    public static RoutingModes Routing(SqliteConnection connection) =>
        new(
            Read(
                connection,
                "SELECT id, routing FROM accounts WHERE routing IS NOT NULL",
                row => KeyValuePair.Create(row.GetString(0), (RoutingMode)row.GetInt32(1))
            )
        );

    /// <summary>How far models are let into requests.</summary>
    public static SliceStates Slices(SqliteConnection connection) =>
        new(
            Read(
                connection,
                "SELECT class, model, application, stage, opening, since, floor, predictor, at, by, record FROM slices",
                row => new SliceState(
                    SliceState.KeyOf(row.GetString(0), row.GetString(1), row.GetString(2)),
                    (SliceStage)row.GetInt32(3),
                    row.GetInt32(4),
                    JournalWriter.FromMicroseconds(row.GetInt64(5)),
                    row.GetInt64(6),
                    row.GetString(7),
                    JournalWriter.FromMicroseconds(row.GetInt64(8)),
                    row.GetString(9),
                    row.IsDBNull(10) ? null : row.GetString(10)
                )
            )
        );

    /// <summary>The providers' credentials.</summary>
    public static StoredCredentials Credentials(SqliteConnection connection) =>
        new(
            Read(
                connection,
                """
                SELECT id, provider, label, kind, weight, disabled, created_at, rotated_at, last_four, sealed
                FROM credentials ORDER BY created_at, id
                """,
                row => new ProviderCredential(
                    row.GetString(0),
                    row.GetString(1),
                    row.GetString(2),
                    (CredentialKind)row.GetInt32(3),
                    row.GetInt32(4),
                    row.GetInt32(5) != 0,
                    JournalWriter.FromMicroseconds(row.GetInt64(6)),
                    row.IsDBNull(7) ? null : JournalWriter.FromMicroseconds(row.GetInt64(7)),
                    row.IsDBNull(8) ? null : row.GetString(8),
                    row.GetFieldValue<byte[]>(9)
                )
            ),
            Meta(connection, CredentialSeal.Setting)
        );

    private static List<Budget> Budgets(SqliteConnection connection) =>
        Read(connection, "SELECT definition FROM budgets ORDER BY created_at, id", row => BudgetJson.ReadBudget(row.GetString(0)));

    private static AdminKey? AdminKey(SqliteConnection connection) =>
        Meta(connection, "admin_key")?.Split(' ') is [var id, var hash] ? new AdminKey(id, Convert.FromHexString(hash)) : null;

    private static List<T> Read<T>(SqliteConnection connection, string sql, Func<SqliteDataReader, T> map)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(map(reader));
        }

        return rows;
    }
}
