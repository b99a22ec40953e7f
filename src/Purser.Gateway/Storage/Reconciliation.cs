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
internal sealed record Correction(Confirmation Confirmation, JournalEntry Posted, Amount Difference, string Why);

/// <summary>The attempts whose cost isn't known for sure, and what they really cost.</summary>
internal static class Reconciliation
{
    /// <summary>Those that wait to be confirmed, oldest first.</summary>
    public static IReadOnlyList<UnconfirmedAttempt> List(SqliteConnection connection, ControlSnapshot control)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT seq FROM unconfirmed ORDER BY request, attempt";
        using var row = command.ExecuteReader();
        var (definitions, names) = (new Definitions(connection), new StoredNames(control));
        var attempts = new List<UnconfirmedAttempt>();
        while (row.Read())
        {
            var entry = JournalReader.Find(connection, row.GetInt64(0))!.Value;
            var (subject, route) = (definitions.Subject(entry.SubjectId), definitions.Route(entry.RouteId));
            attempts.Add(
                new UnconfirmedAttempt(
                    entry.Attempt.RequestName,
                    entry.Attempt.Attempt,
                    UsageNames.Time(entry.AdmittedAt),
                    control.FindKey(subject.KeyId)?.Name ?? subject.KeyId,
                    names.PathOf(subject.AccountPath),
                    route.Provider,
                    route.Model,
                    entry.Amount.Cost.ToString()
                )
            );
        }

        return attempts;
    }

    /// <summary>
    /// What has to be posted where an unconfirmed attempt really cost so much: the difference, up or down, in the windows that it was
    /// admitted in. Its tokens stay as they were assumed, for a bill doesn't say them.
    /// </summary>
    /// <exception cref="RefusedChangeException">There is no such attempt that waits to be confirmed.</exception>
    public static Correction Correct(SqliteConnection connection, AttemptId attempt, Money cost, string by, string reason)
    {
        if (Posted(connection, attempt) is not { } posted)
        {
            throw new RefusedChangeException(
                "not_unconfirmed",
                $"{attempt} isn't unconfirmed: the ledger has no such attempt, or it was settled by its answer, or confirmed before.",
                "purser ledger unconfirmed"
            );
        }

        var why = JsonSerializer.Serialize(
            new
            {
                cause = "reconcile",
                by,
                reason,
            }
        );
        var before = posted.Amount.Cost;
        var confirmation = new Confirmation(
            attempt.RequestName,
            attempt.Attempt,
            before.ToString(),
            cost.ToString(),
            (cost - before).ToString()
        );
        return new Correction(confirmation, posted, new Amount(cost - before, 0, 0), why);
    }

    private static JournalEntry? Posted(SqliteConnection connection, AttemptId attempt)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT seq FROM unconfirmed WHERE request = $request AND attempt = $attempt";
        command.Parameters.AddWithValue("$request", attempt.Request.ToByteArray(bigEndian: true));
        command.Parameters.AddWithValue("$attempt", (int)attempt.Attempt);
        return command.ExecuteScalar() is long seq ? JournalReader.Find(connection, seq) : null;
    }
}
