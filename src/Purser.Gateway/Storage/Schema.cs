using Microsoft.Data.Sqlite;

namespace Purser.Gateway.Storage;

/// <summary>The tables of the ledger's database, and how an older one becomes the present one.</summary>
internal static class Schema
{
    /// <summary>The version that this program reads and writes, kept in <c>PRAGMA user_version</c>.</summary>
    public const int Version = 12;

    private const int WithoutRouting = 10;
    private const int WithoutEvaluations = 11;

    private const string Evaluations = """
        -- How good answers were, as people and judges say. No money, and not in the journal. See StoredEvaluation.
        CREATE TABLE evaluations(
            seq INTEGER PRIMARY KEY, route BLOB NOT NULL, source INTEGER NOT NULL, id TEXT NOT NULL, model TEXT NOT NULL,
            score_ppm INTEGER NOT NULL, at INTEGER NOT NULL, served_at INTEGER NOT NULL, account_id TEXT NOT NULL, class TEXT,
            application TEXT, floor INTEGER, predictor TEXT, is_evidence INTEGER NOT NULL, reason TEXT, UNIQUE(route, source, id));
        CREATE INDEX evidence ON evaluations(seq) WHERE is_evidence = 1;
        -- How far a model is let into requests of one kind, of one application. See SliceState.
        CREATE TABLE slices(
            class TEXT NOT NULL, model TEXT NOT NULL, application TEXT NOT NULL, stage INTEGER NOT NULL, opening INTEGER NOT NULL,
            since INTEGER NOT NULL, floor INTEGER NOT NULL, predictor TEXT NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL, record TEXT,
            PRIMARY KEY(class, model, application)) WITHOUT ROWID;
        """;

    private const string Tables = """
        CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

        -- Control plane.
        CREATE TABLE accounts(
            id TEXT PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL,
            applied INTEGER NOT NULL DEFAULT 0,
            -- Whether callers' own subscriptions may be used: 1, 0, or as the account above has it.
            subscriptions INTEGER,
            -- What routing may do with its requests (RoutingMode), or as the account above has it.
            routing INTEGER);
        -- Where an account hangs from an instant on, until its next row; without a parent, nowhere. The organization has none.
        CREATE TABLE memberships(
            account_id TEXT NOT NULL REFERENCES accounts(id), from_at INTEGER NOT NULL, parent_id TEXT REFERENCES accounts(id),
            PRIMARY KEY(account_id, from_at)) WITHOUT ROWID;
        CREATE TABLE keys(
            id TEXT PRIMARY KEY, name TEXT NOT NULL, account_id TEXT NOT NULL REFERENCES accounts(id), secret_hash BLOB NOT NULL,
            created_at INTEGER NOT NULL, expires_at INTEGER, disabled INTEGER NOT NULL DEFAULT 0,
            applied INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE budgets(
            id TEXT PRIMARY KEY, definition TEXT NOT NULL, created_at INTEGER NOT NULL, applied INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE grants(id TEXT PRIMARY KEY, budget_id TEXT NOT NULL, definition TEXT NOT NULL, at INTEGER NOT NULL);
        -- Providers' credentials, encrypted: see CredentialSeal.
        CREATE TABLE credentials(
            id TEXT PRIMARY KEY, provider TEXT NOT NULL, label TEXT NOT NULL, kind INTEGER NOT NULL, weight INTEGER NOT NULL,
            disabled INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, rotated_at INTEGER, last_four TEXT, sealed BLOB NOT NULL);
        CREATE TABLE asks(
            id TEXT PRIMARY KEY, budget_id TEXT NOT NULL, instance TEXT, key_id TEXT NOT NULL, request BLOB NOT NULL,
            amount INTEGER NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0, decided_by TEXT);

        -- What lives at providers and belongs to the account whose key made it. See OwnedObject.
        CREATE TABLE objects(
            kind INTEGER NOT NULL, id TEXT NOT NULL, provider TEXT NOT NULL, credential TEXT NOT NULL, key_id TEXT NOT NULL,
            account_id TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER, is_open INTEGER NOT NULL, payload TEXT,
            PRIMARY KEY(kind, id, provider)) WITHOUT ROWID;
        CREATE INDEX objects_of_account ON objects(account_id, kind, created_at, id);
        CREATE INDEX open_objects ON objects(kind, created_at) WHERE is_open = 1;
        CREATE INDEX expiring_objects ON objects(expires_at) WHERE expires_at IS NOT NULL;

        -- The journal of money: appended to, never changed. See JournalCodec and JournalChain.
        CREATE TABLE journal(seq INTEGER PRIMARY KEY, body BLOB NOT NULL, hash BLOB NOT NULL);

        -- What entries define, once more in columns. The id is the entry's number; the hash is the content's.
        CREATE TABLE subjects(
            id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, key_id TEXT NOT NULL, account_path TEXT NOT NULL,
            organization TEXT, department TEXT, team TEXT, project TEXT, member TEXT,
            end_user TEXT, session TEXT, agent TEXT, tags TEXT NOT NULL, run TEXT, repository TEXT, branch TEXT);
        CREATE TABLE routes(
            id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, api TEXT NOT NULL, model_requested TEXT NOT NULL,
            provider TEXT NOT NULL, model TEXT NOT NULL, price_entry TEXT NOT NULL, price_book_version TEXT NOT NULL);

        -- The entries that posted an attempt unconfirmed, until its cost is known.
        CREATE TABLE unconfirmed(request BLOB NOT NULL, attempt INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(request, attempt))
            WITHOUT ROWID;

        -- The entries that correct what was posted for an attempt.
        CREATE TABLE adjusted(request BLOB NOT NULL, attempt INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(request, attempt, seq))
            WITHOUT ROWID;

        -- The balances after an entry. See LedgerSnapshots.
        CREATE TABLE snapshots(
            id INTEGER PRIMARY KEY CHECK(id = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL, form INTEGER NOT NULL, state BLOB NOT NULL);
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

        if (found is WithoutRouting or WithoutEvaluations)
        {
            using var carry = connection.CreateCommand();
            var routing = found == WithoutRouting ? "ALTER TABLE accounts ADD COLUMN routing INTEGER;" : "";
            carry.CommandText = $"BEGIN IMMEDIATE; {routing} {Evaluations} PRAGMA user_version = {Version}; COMMIT;";
            carry.ExecuteNonQuery();
            return;
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
            create.CommandText = $"BEGIN IMMEDIATE; {Tables} {Evaluations} PRAGMA user_version = {Version}; COMMIT;";
            create.ExecuteNonQuery();
        }
    }
}
