using Microsoft.Data.Sqlite;

namespace Purser.Gateway.Storage;

/// <summary>The tables of the one database, and how an older one becomes the present one.</summary>
internal static class Schema
{
    /// <summary>The version that this program reads and writes, kept in <c>PRAGMA user_version</c>.</summary>
    public const int Version = 2;

    private const string Tables = """
        CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

        -- Control plane.
        CREATE TABLE accounts(
            id TEXT PRIMARY KEY, parent_id TEXT, kind INTEGER NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL,
            applied INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE keys(
            id TEXT PRIMARY KEY, name TEXT NOT NULL, account_id TEXT NOT NULL REFERENCES accounts(id), secret_hash BLOB NOT NULL,
            created_at INTEGER NOT NULL, expires_at INTEGER, disabled INTEGER NOT NULL DEFAULT 0,
            applied INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE budgets(
            id TEXT PRIMARY KEY, definition TEXT NOT NULL, created_at INTEGER NOT NULL, applied INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE grants(id TEXT PRIMARY KEY, budget_id TEXT NOT NULL, definition TEXT NOT NULL, at INTEGER NOT NULL);
        CREATE TABLE anchors(
            budget_id TEXT NOT NULL, instance TEXT NOT NULL, start INTEGER NOT NULL,
            PRIMARY KEY(budget_id, instance)) WITHOUT ROWID;

        CREATE TABLE asks(
            id TEXT PRIMARY KEY, budget_id TEXT NOT NULL, instance TEXT, key_id TEXT NOT NULL, request BLOB NOT NULL,
            amount INTEGER NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0, decided_by TEXT);

        -- What journal entries name.
        CREATE TABLE subjects(
            id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, key_id TEXT NOT NULL, account_path TEXT NOT NULL,
            organization TEXT, department TEXT, team TEXT, project TEXT, member TEXT,
            end_user TEXT, session TEXT, agent TEXT, tags TEXT NOT NULL);
        CREATE TABLE routes(
            id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, api TEXT NOT NULL, model_requested TEXT NOT NULL,
            provider TEXT NOT NULL, model TEXT NOT NULL, price_entry TEXT NOT NULL, price_book_version TEXT NOT NULL);

        -- The journal of money: appended to, never changed.
        CREATE TABLE journal(
            seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind INTEGER NOT NULL, request BLOB, attempt INTEGER NOT NULL,
            subject_id INTEGER NOT NULL, route_id INTEGER NOT NULL, admitted_at INTEGER NOT NULL,
            nanos INTEGER NOT NULL, tokens INTEGER NOT NULL, requests INTEGER NOT NULL,
            input INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write INTEGER NOT NULL,
            output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
            marks INTEGER NOT NULL, detail BLOB, hash BLOB NOT NULL);
        CREATE INDEX journal_posted ON journal(admitted_at) WHERE kind IN (2, 7);
        CREATE INDEX journal_adjusted ON journal(seq) WHERE kind = 7;

        -- One row an attempt, and one a refusal (attempt 0): what reports are made of.
        CREATE TABLE usage_events(
            request BLOB NOT NULL, attempt INTEGER NOT NULL, subject_id INTEGER NOT NULL, route_id INTEGER NOT NULL,
            started_at INTEGER NOT NULL, outcome INTEGER NOT NULL, status INTEGER NOT NULL, stream INTEGER NOT NULL,
            model_served TEXT, provider_request_id TEXT,
            input INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write_5m INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL,
            output INTEGER NOT NULL, reasoning_output INTEGER NOT NULL,
            audio_input INTEGER NOT NULL, audio_cache_read INTEGER NOT NULL, audio_output INTEGER NOT NULL,
            image_input INTEGER NOT NULL, image_cache_read INTEGER NOT NULL, image_output INTEGER NOT NULL,
            web_search INTEGER NOT NULL,
            cost_nanos INTEGER NOT NULL, ceiling_nanos INTEGER NOT NULL, marks INTEGER NOT NULL,
            first_byte_us INTEGER NOT NULL, duration_us INTEGER NOT NULL, detail TEXT,
            PRIMARY KEY(request, attempt)) WITHOUT ROWID;
        """;

    /// <summary>Makes the tables where there are none.</summary>
    /// <exception cref="InvalidDataException">The database was written by a newer Purser, or by a preview of it.</exception>
    public static void Ensure(SqliteConnection connection)
    {
        using var read = connection.CreateCommand();
        read.CommandText = "PRAGMA user_version";
        var found = Convert.ToInt32(read.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
        if (found > Version)
        {
            throw new InvalidDataException(
                $"The data folder was written by a newer Purser (schema {found}, this program knows {Version}). Use that version, or another --data folder."
            );
        }

        if (found is > 0 and < Version)
        {
            throw new InvalidDataException(
                $"The data folder was written by a preview of Purser (schema {found}), which this version can't carry over. "
                    + "Export it with that version (purser ledger export), and start with another --data folder."
            );
        }

        if (found == 0)
        {
            using var create = connection.CreateCommand();
            create.CommandText = $"BEGIN IMMEDIATE; {Tables} PRAGMA user_version = {Version}; COMMIT;";
            create.ExecuteNonQuery();
        }
    }
}
