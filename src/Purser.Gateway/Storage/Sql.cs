using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Purser.Gateway.Storage;

/// <summary>A prepared statement on the writer's connection, without the cost of a command object per execution.</summary>
internal sealed class Sql : IDisposable
{
    /// <summary>What is said where there is no room.</summary>
    public const string DiskIsFull = "The disk of the data folder is full: make room on it, and start Purser again.";

    private readonly sqlite3 database;
    private readonly sqlite3_stmt statement;
    private int next;

    public Sql(sqlite3 database, string text)
    {
        this.database = database;
        Check(raw.sqlite3_prepare_v2(database, text, out statement));
    }

    /// <summary>So many places for values, as a statement has them between its brackets.</summary>
    public static string Places(int count) => string.Join(',', Enumerable.Repeat('?', count));

    public Sql Bind(long value)
    {
        Check(raw.sqlite3_bind_int64(statement, ++next, value));
        return this;
    }

    public Sql Bind(string? value)
    {
        if (value is null)
        {
            Check(raw.sqlite3_bind_null(statement, ++next));
            return this;
        }

        // With its length: a text given without one would end at its first NUL, and the row would no longer match its hash.
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(value.Length));
        var length = Encoding.UTF8.GetBytes(value, bytes);
        var code = raw.sqlite3_bind_text(statement, ++next, bytes.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(bytes);
        Check(code);
        return this;
    }

    public Sql Bind(ReadOnlySpan<byte> value)
    {
        Check(value.IsEmpty ? raw.sqlite3_bind_null(statement, ++next) : raw.sqlite3_bind_blob(statement, ++next, value));
        return this;
    }

    public Sql Bind(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return Bind(bytes);
    }

    /// <summary>Runs a statement that gives no rows.</summary>
    public void Run()
    {
        var code = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        next = 0;
        if (code != raw.SQLITE_DONE)
        {
            Check(code);
        }
    }

    /// <summary>Runs a statement that gives one number, or none.</summary>
    public long? Number()
    {
        var code = raw.sqlite3_step(statement);
        long? value =
            code == raw.SQLITE_ROW && raw.sqlite3_column_type(statement, 0) != raw.SQLITE_NULL
                ? raw.sqlite3_column_int64(statement, 0)
                : null;
        raw.sqlite3_reset(statement);
        next = 0;
        if (code is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
        {
            Check(code);
        }

        return value;
    }

    public void Dispose() => statement.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            var text = raw.sqlite3_errmsg(database).utf8_to_string();
            throw new IOException(code == raw.SQLITE_FULL ? DiskIsFull : $"SQLite: {text} (code {code}).", new SqliteException(text, code));
        }
    }
}
