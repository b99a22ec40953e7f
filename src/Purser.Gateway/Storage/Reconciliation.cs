using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Core.Pricing;

namespace Purser.Gateway.Storage;

/// <summary>
/// An attempt that a crash left open, posted with all that it held, or one whose usage is beyond belief, until someone knows what it cost.
/// </summary>
internal sealed record UnconfirmedAttempt(
    string RequestId,
    int Attempt,
    string AdmittedAt,
    string Key,
    string Account,
    string Provider,
    string Model,
    string PostedUsd
);

/// <summary>What a confirmation changed.</summary>
internal sealed record Confirmation(string RequestId, int Attempt, string PostedUsd, string ConfirmedUsd, string DifferenceUsd);

/// <summary>A correction as the journal takes it.</summary>
internal sealed record Correction(Confirmation Confirmation, OpenAttempt Record, ScopeSet Scopes, Amount Difference, byte[] Why);

/// <summary>The attempts whose cost isn't known for sure, and what they really cost.</summary>
internal static class Reconciliation
{
    private const string Unconfirmed = """
        SELECT e.request, e.attempt, e.started_at, s.key_id, s.account_path, r.provider, r.model, e.cost_nanos
        FROM usage_events e JOIN subjects s ON s.id = e.subject_id JOIN routes r ON r.id = e.route_id
        WHERE e.marks & 2 <> 0 AND NOT EXISTS (
            SELECT 1 FROM journal j WHERE j.kind = 7 AND j.request = e.request AND j.attempt = e.attempt)
        ORDER BY e.request, e.attempt
        """;

    /// <summary>Those that wait to be confirmed, oldest first.</summary>
    public static IReadOnlyList<UnconfirmedAttempt> List(SqliteConnection connection, ControlSnapshot control)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Unconfirmed;
        using var row = command.ExecuteReader();
        var attempts = new List<UnconfirmedAttempt>();
        while (row.Read())
        {
            var key = row.GetString(3);
            var account = row.GetString(4).Split('/')[0];
            attempts.Add(
                new UnconfirmedAttempt(
                    AttemptId.NameOf(new Guid(row.GetFieldValue<byte[]>(0), bigEndian: true)),
                    row.GetInt32(1),
                    UsageNames.Time(row.GetInt64(2)),
                    control.FindKey(key)?.Name ?? key,
                    control.Accounts.Find(account) is null ? account : control.Accounts.PathOf(account),
                    row.GetString(5),
                    row.GetString(6),
                    new Money(row.GetInt64(7)).ToString()
                )
            );
        }

        return attempts;
    }

    /// <summary>
    /// What has to be posted where an unconfirmed attempt really cost so much: the difference, up or down, in the windows that it was
    /// admitted in. Its tokens stay as they were assumed, for a bill doesn't say them.
    /// </summary>
    /// <exception cref="RefusedChangeException">There is no such attempt, or it was confirmed before.</exception>
    public static Correction Correct(SqliteConnection connection, AttemptId attempt, Money cost, string by, string reason)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT e.subject_id, s.hash, e.route_id, r.hash,
                   COALESCE((SELECT j.admitted_at FROM journal j
                             WHERE j.kind IN (2, 7) AND j.kind = 2 AND j.admitted_at >= e.started_at
                               AND j.request = e.request AND j.attempt = e.attempt
                             ORDER BY j.admitted_at LIMIT 1), e.started_at),
                   e.cost_nanos, e.marks,
                   {PastCharges.ScopeColumns},
                   EXISTS(SELECT 1 FROM journal j WHERE j.kind = 7 AND j.request = e.request AND j.attempt = e.attempt)
            FROM usage_events e JOIN subjects s ON s.id = e.subject_id JOIN routes r ON r.id = e.route_id
            WHERE e.request = $request AND e.attempt = $attempt
            """;
        command.Parameters.AddWithValue("$request", attempt.Request.ToByteArray(bigEndian: true));
        command.Parameters.AddWithValue("$attempt", (int)attempt.Attempt);
        using var row = command.ExecuteReader();
        if (!row.Read())
        {
            throw new RefusedChangeException("unknown_attempt", $"The ledger has no attempt {attempt}.", "purser ledger unconfirmed");
        }

        if (!((JournalMarks)row.GetInt32(6)).HasFlag(JournalMarks.Unconfirmed) || row.GetBoolean(14))
        {
            throw new RefusedChangeException(
                "not_unconfirmed",
                $"{attempt} isn't unconfirmed: it was settled by its answer, or confirmed before.",
                "purser ledger unconfirmed"
            );
        }

        var posted = new Money(row.GetInt64(5));
        var scopes = PastCharges.ScopesOf(row, 7);
        var record = new OpenAttempt(
            0,
            row.GetInt64(0),
            row.GetFieldValue<byte[]>(1),
            row.GetInt64(2),
            row.GetFieldValue<byte[]>(3),
            row.GetInt64(4)
        );
        var why = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                cause = "reconcile",
                by,
                reason,
            }
        );
        var confirmation = new Confirmation(
            attempt.RequestName,
            attempt.Attempt,
            posted.ToString(),
            cost.ToString(),
            (cost - posted).ToString()
        );
        return new Correction(confirmation, record, scopes, new Amount(cost - posted, 0, 0), why);
    }
}
