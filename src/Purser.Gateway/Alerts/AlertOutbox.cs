using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using Purser.Gateway.Configuration;

namespace Purser.Gateway.Alerts;

/// <summary>
/// Every alert, once each, and what became of its deliveries: in <c>alerts.db</c> beside the ledger, so that alerts never wait for
/// the ledger's writer, nor it for them. What is returned from has survived the death of the process. Safe for many threads; calls
/// take turns.
/// </summary>
internal sealed class AlertOutbox : IDisposable
{
    private const int Version = 1;

    private const string DeliveriesOf = """
        SELECT webhook, state, attempts, next_at, last_at, status, error FROM deliveries WHERE alert = $seq ORDER BY webhook
        """;

    private readonly Lock gate = new();
    private readonly SqliteConnection connection;
    private readonly IReadOnlyList<WebhookOptions> webhooks;
    private readonly TimeProvider clock;

    private AlertOutbox(SqliteConnection connection, IReadOnlyList<WebhookOptions> webhooks, TimeProvider clock)
    {
        this.connection = connection;
        this.webhooks = webhooks;
        this.clock = clock;
    }

    /// <summary>The database inside a data folder.</summary>
    public static string FileIn(string directory) => Path.Combine(directory, "alerts.db");

    /// <summary>Opens or makes the outbox in a data folder.</summary>
    /// <param name="directory">The folder; it exists.</param>
    /// <param name="webhooks">Who gets alerts from now on. What waits for others is given up.</param>
    /// <param name="clock">The clock.</param>
    /// <exception cref="IOException">It can't be opened.</exception>
    /// <exception cref="InvalidDataException">A newer Purser wrote it.</exception>
    public static AlertOutbox Open(string directory, IReadOnlyList<WebhookOptions> webhooks, TimeProvider clock)
    {
        var path = FileIn(directory);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            var outbox = new AlertOutbox(connection, webhooks, clock);
            outbox.EnsureSchema(path);
            outbox.MatchConfiguration();
            return outbox;
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw new IOException($"{path} can't be opened: {exception.Message}", exception);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Keeps alerts that aren't kept yet, with a delivery for each webhook that wants them.</summary>
    /// <returns>Those that were new, in their order.</returns>
    public IReadOnlyList<Alert> Raise(IReadOnlyList<Alert> alerts)
    {
        var added = new List<Alert>();
        lock (gate)
        {
            using var transaction = connection.BeginTransaction();
            var now = clock.GetUtcNow();
            foreach (var alert in alerts)
            {
                var type = AlertTypes.NameOf(alert.Kind);
                using var insert = Command(
                    """
                    INSERT INTO alerts (id, type, at, payload) VALUES ($id, $type, $at, $payload)
                    ON CONFLICT (id) DO NOTHING RETURNING seq
                    """,
                    ("$id", alert.Id),
                    ("$type", type),
                    ("$at", Micros(alert.At)),
                    ("$payload", AlertPayload.Write(alert))
                );
                if (insert.ExecuteScalar() is not long seq)
                {
                    continue;
                }

                added.Add(alert);
                foreach (var webhook in webhooks.Where(webhook => webhook.Wants(type)))
                {
                    using var delivery = Command(
                        """
                        INSERT INTO deliveries (alert, webhook, state, attempts, next_at)
                        SELECT $alert, name, iif(disabled_at IS NULL, 0, 3), 0, iif(disabled_at IS NULL, $now, NULL)
                        FROM webhooks WHERE name = $webhook
                        """,
                        ("$alert", seq),
                        ("$webhook", webhook.Name),
                        ("$now", Micros(now))
                    );
                    delivery.ExecuteNonQuery();
                }
            }

            transaction.Commit();
        }

        return added;
    }

    /// <summary>The delivery to a webhook that has been due longest, or null where none is due.</summary>
    public DueDelivery? NextDue(string webhook)
    {
        lock (gate)
        {
            using var command = Command(
                """
                SELECT a.seq, a.id, a.payload, d.attempts, d.first_at FROM deliveries d JOIN alerts a ON a.seq = d.alert
                WHERE d.webhook = $webhook AND d.state = 0 AND d.next_at <= $now ORDER BY d.next_at, a.seq LIMIT 1
                """,
                ("$webhook", webhook),
                ("$now", Micros(clock.GetUtcNow()))
            );
            using var row = command.ExecuteReader();
            return row.Read() ? new DueDelivery(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt32(3), Time(row, 4)) : null;
        }
    }

    /// <summary>When the next delivery to a webhook is due, or null where none waits.</summary>
    public DateTimeOffset? NextAt(string webhook)
    {
        lock (gate)
        {
            using var command = Command(
                "SELECT min(next_at) FROM deliveries WHERE webhook = $webhook AND state = 0",
                ("$webhook", webhook)
            );
            return command.ExecuteScalar() is long micros ? Time(micros) : null;
        }
    }

    /// <summary>Keeps what an attempt gave.</summary>
    /// <param name="due">What was delivered, or not.</param>
    /// <param name="webhook">Where to.</param>
    /// <param name="result">What it gave.</param>
    /// <param name="startedAt">When the attempt was made.</param>
    /// <param name="next">When it's tried again; null for never.</param>
    public void Record(DueDelivery due, string webhook, SendResult result, DateTimeOffset startedAt, DateTimeOffset? next)
    {
        var state =
            result.Delivered ? DeliveryState.Delivered
            : next is null ? DeliveryState.Failed
            : DeliveryState.Waiting;
        lock (gate)
        {
            using var transaction = connection.BeginTransaction();
            using var update = Command(
                """
                UPDATE deliveries SET state = $state, attempts = $attempts, first_at = ifnull(first_at, $at), last_at = $at,
                       next_at = $next, status = $status, error = $error
                WHERE alert = $alert AND webhook = $webhook
                """,
                ("$state", (long)state),
                ("$attempts", due.Attempts + 1),
                ("$at", Micros(startedAt)),
                ("$next", next is null || result.Delivered ? null : Micros(next.Value)),
                ("$status", result.Status),
                ("$error", result.Error),
                ("$alert", due.Seq),
                ("$webhook", webhook)
            );
            update.ExecuteNonQuery();
            if (result.Gone)
            {
                Disable(webhook);
            }

            transaction.Commit();
        }
    }

    /// <summary>
    /// Sends alerts to a webhook again that had answered 410 (what was raised meanwhile isn't sent), and makes due at once what waits
    /// for it.
    /// </summary>
    public void Enable(string webhook)
    {
        lock (gate)
        {
            using var transaction = connection.BeginTransaction();
            using var enable = Command("UPDATE webhooks SET disabled_at = NULL WHERE name = $name", ("$name", webhook));
            enable.ExecuteNonQuery();
            MakeDue(webhook);
            transaction.Commit();
        }
    }

    /// <summary>The newest alerts, newest first.</summary>
    /// <param name="before">Only those with a lower number; null for all.</param>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<StoredAlert> Newest(long? before, int most) =>
        Read("SELECT seq, type, payload FROM alerts WHERE seq < $from ORDER BY seq DESC LIMIT $most", before ?? long.MaxValue, most);

    /// <summary>The alerts after a number, oldest first; without their deliveries' course being of interest.</summary>
    public IReadOnlyList<StoredAlert> After(long seq, int most) =>
        Read("SELECT seq, type, payload FROM alerts WHERE seq > $from ORDER BY seq LIMIT $most", seq, most);

    /// <summary>The newest alert's number; 0 where there is none.</summary>
    public long Head()
    {
        lock (gate)
        {
            using var command = Command("SELECT ifnull(max(seq), 0) FROM alerts");
            return (long)command.ExecuteScalar()!;
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            connection.Dispose();
        }
    }

    private void EnsureSchema(string path)
    {
        Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
        using var version = Command("PRAGMA user_version");
        var found = (long)version.ExecuteScalar()!;
        if (found > Version)
        {
            throw new InvalidDataException($"{path} has schema {found}; this program reads {Version}.");
        }

        if (found == 0)
        {
            Run(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"""
                    BEGIN;
                    CREATE TABLE alerts (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
                        at INTEGER NOT NULL, payload TEXT NOT NULL) STRICT;
                    CREATE TABLE webhooks (name TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, disabled_at INTEGER) STRICT;
                    CREATE TABLE deliveries (alert INTEGER NOT NULL REFERENCES alerts, webhook TEXT NOT NULL, state INTEGER NOT NULL,
                        attempts INTEGER NOT NULL, next_at INTEGER, first_at INTEGER, last_at INTEGER, status INTEGER, error TEXT,
                        PRIMARY KEY (alert, webhook)) STRICT, WITHOUT ROWID;
                    CREATE INDEX deliveries_waiting ON deliveries (webhook, next_at) WHERE state = 0;
                    PRAGMA user_version = {Version};
                    COMMIT;
                    """
                )
            );
        }
    }

    /// <summary>A webhook that moved is no longer disabled; what waits for one that went is given up.</summary>
    private void MatchConfiguration()
    {
        using var transaction = connection.BeginTransaction();
        foreach (var webhook in webhooks)
        {
            using var upsert = Command(
                """
                INSERT INTO webhooks (name, fingerprint) VALUES ($name, $fingerprint)
                ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, disabled_at = NULL
                WHERE fingerprint <> excluded.fingerprint
                """,
                ("$name", webhook.Name),
                ("$fingerprint", Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(webhook.Url.AbsoluteUri))))
            );
            if (upsert.ExecuteNonQuery() > 0)
            {
                MakeDue(webhook.Name);
            }
        }

        using var known = Command("SELECT name FROM webhooks");
        var names = new List<string>();
        using (var rows = known.ExecuteReader())
        {
            while (rows.Read())
            {
                names.Add(rows.GetString(0));
            }
        }

        foreach (var name in names.Except(webhooks.Select(webhook => webhook.Name)))
        {
            using var give = Command(
                """
                UPDATE deliveries SET state = 2, next_at = NULL, error = 'the webhook is no longer configured'
                WHERE webhook = $name AND state = 0
                """,
                ("$name", name)
            );
            give.ExecuteNonQuery();
            using var delete = Command("DELETE FROM webhooks WHERE name = $name", ("$name", name));
            delete.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    private void MakeDue(string webhook)
    {
        using var command = Command(
            "UPDATE deliveries SET next_at = $now WHERE webhook = $name AND state = 0 AND next_at > $now",
            ("$now", Micros(clock.GetUtcNow())),
            ("$name", webhook)
        );
        command.ExecuteNonQuery();
    }

    private void Disable(string webhook)
    {
        using var disable = Command(
            "UPDATE webhooks SET disabled_at = $now WHERE name = $name",
            ("$now", Micros(clock.GetUtcNow())),
            ("$name", webhook)
        );
        disable.ExecuteNonQuery();
        using var waiting = Command(
            """
            UPDATE deliveries SET state = 3, next_at = NULL, error = 'the receiver answered 410 to another alert'
            WHERE webhook = $name AND state = 0
            """,
            ("$name", webhook)
        );
        waiting.ExecuteNonQuery();
    }

    private List<StoredAlert> Read(string query, long from, int most)
    {
        var alerts = new List<StoredAlert>();
        lock (gate)
        {
            using var command = Command(query, ("$from", from), ("$most", most));
            using var row = command.ExecuteReader();
            while (row.Read())
            {
                var seq = row.GetInt64(0);
                alerts.Add(new StoredAlert(seq, row.GetString(1), row.GetString(2), Deliveries(seq)));
            }
        }

        return alerts;
    }

    private List<Delivery> Deliveries(long seq)
    {
        using var command = Command(DeliveriesOf, ("$seq", seq));
        using var row = command.ExecuteReader();
        var deliveries = new List<Delivery>();
        while (row.Read())
        {
            deliveries.Add(
                new Delivery(
                    row.GetString(0),
                    (DeliveryState)row.GetInt32(1),
                    row.GetInt32(2),
                    Time(row, 3),
                    Time(row, 4),
                    row.IsDBNull(5) ? null : row.GetInt32(5),
                    row.IsDBNull(6) ? null : row.GetString(6)
                )
            );
        }

        return deliveries;
    }

    private SqliteCommand Command(string text, params (string Name, object? Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }

    private void Run(string text)
    {
        using var command = Command(text);
        command.ExecuteNonQuery();
    }

    private static long Micros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static DateTimeOffset Time(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);

    private static DateTimeOffset? Time(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : Time(row.GetInt64(column));
}
