using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>A set of attempts that may be larger than memory: in a temporary database on the disk, which is gone when it's disposed.</summary>
internal sealed class AttemptSet : IDisposable
{
    // No name: SQLite makes a file that nothing else sees, and spills to it what doesn't fit into its cache.
    private readonly SqliteConnection connection = new("Data Source=;Pooling=false");
    private readonly SqliteCommand add;
    private readonly SqliteCommand find;

    public AttemptSet()
    {
        connection.Open();
        using var create = connection.CreateCommand();
        create.CommandText = """
            PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
            CREATE TABLE attempts(request BLOB NOT NULL, attempt INTEGER NOT NULL, PRIMARY KEY(request, attempt)) WITHOUT ROWID;
            BEGIN;
            """;
        create.ExecuteNonQuery();
        add = Prepare("INSERT OR IGNORE INTO attempts VALUES($request, $attempt)");
        find = Prepare("SELECT 1 FROM attempts WHERE request = $request AND attempt = $attempt");
    }

    /// <summary>Adds an attempt; false where it's in already.</summary>
    public bool Add(AttemptId attempt) => Bound(add, attempt).ExecuteNonQuery() == 1;

    /// <summary>Whether an attempt is in.</summary>
    public bool Contains(AttemptId attempt) => Bound(find, attempt).ExecuteScalar() is not null;

    public void Dispose()
    {
        add.Dispose();
        find.Dispose();
        connection.Dispose();
    }

    private static SqliteCommand Bound(SqliteCommand command, AttemptId attempt)
    {
        command.Parameters[0].Value = attempt.Request.ToByteArray(bigEndian: true);
        command.Parameters[1].Value = (int)attempt.Attempt;
        return command;
    }

    private SqliteCommand Prepare(string text)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        command.Parameters.Add("$request", SqliteType.Blob);
        command.Parameters.Add("$attempt", SqliteType.Integer);
        return command;
    }
}
