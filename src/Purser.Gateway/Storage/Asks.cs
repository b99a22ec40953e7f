using Microsoft.Data.Sqlite;
using Purser.Core.Budgets;

namespace Purser.Gateway.Storage;

/// <summary>How a request for more was decided.</summary>
internal enum AskState
{
    /// <summary>Not yet.</summary>
    Pending,

    /// <summary>A grant was made.</summary>
    Approved,

    /// <summary>No.</summary>
    Denied,
}

/// <summary>Someone asks for more of a budget.</summary>
internal sealed record Ask(
    string Id,
    string BudgetId,
    BudgetScope? Instance,
    string KeyId,
    Guid Request,
    long Amount,
    string Reason,
    DateTimeOffset At,
    AskState State,
    string? DecidedBy
);

/// <summary>The requests for more, in the control plane's table.</summary>
internal static class Asks
{
    private const string Columns = "id, budget_id, instance, key_id, request, amount, reason, at, state, decided_by";

    /// <summary>All of them, newest first.</summary>
    public static List<Ask> List(SqliteConnection connection) => Read(connection, "ORDER BY at DESC, id", null);

    /// <summary>The one with this id, or null.</summary>
    public static Ask? Find(SqliteConnection connection, string id) => Read(connection, "WHERE id = $value", id) is [var ask] ? ask : null;

    /// <summary>The one that waits for this key and budget, or null: asking twice is asking once.</summary>
    public static Ask? Waiting(SqliteConnection connection, string keyId, string budgetId, BudgetScope? instance) =>
        Read(connection, "WHERE state = 0 AND key_id = $value", keyId).Find(ask => ask.BudgetId == budgetId && ask.Instance == instance);

    /// <summary>Keeps one.</summary>
    public static void Insert(SqliteConnection connection, Ask ask)
    {
        using var command = connection.CreateCommand();
        command.CommandText =
            $"INSERT INTO asks({Columns}) VALUES($id, $budget, $instance, $key, $request, $amount, $reason, $at, 0, NULL)";
        command.Parameters.AddWithValue("$id", ask.Id);
        command.Parameters.AddWithValue("$budget", ask.BudgetId);
        command.Parameters.AddWithValue("$instance", (object?)ask.Instance?.ToString() ?? DBNull.Value);
        command.Parameters.AddWithValue("$key", ask.KeyId);
        command.Parameters.AddWithValue("$request", ask.Request.ToByteArray(bigEndian: true));
        command.Parameters.AddWithValue("$amount", ask.Amount);
        command.Parameters.AddWithValue("$reason", ask.Reason);
        command.Parameters.AddWithValue("$at", JournalWriter.Microseconds(ask.At));
        command.ExecuteNonQuery();
    }

    /// <summary>Keeps how one was decided.</summary>
    public static void Decide(SqliteConnection connection, string id, AskState state, string by)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "UPDATE asks SET state = $state, decided_by = $by WHERE id = $id";
        command.Parameters.AddWithValue("$state", (int)state);
        command.Parameters.AddWithValue("$by", by);
        command.Parameters.AddWithValue("$id", id);
        command.ExecuteNonQuery();
    }

    private static List<Ask> Read(SqliteConnection connection, string which, string? value)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {Columns} FROM asks {which}";
        command.Parameters.AddWithValue("$value", (object?)value ?? DBNull.Value);
        using var row = command.ExecuteReader();
        var asks = new List<Ask>();
        while (row.Read())
        {
            asks.Add(
                new Ask(
                    row.GetString(0),
                    row.GetString(1),
                    row.IsDBNull(2) ? null : BudgetScope.Parse(LedgerReader.Text(row, 2)!),
                    row.GetString(3),
                    new Guid(row.GetFieldValue<byte[]>(4), bigEndian: true),
                    row.GetInt64(5),
                    LedgerReader.Text(row, 6)!,
                    JournalWriter.FromMicroseconds(row.GetInt64(7)),
                    (AskState)row.GetInt32(8),
                    LedgerReader.Text(row, 9)
                )
            );
        }

        return asks;
    }
}
