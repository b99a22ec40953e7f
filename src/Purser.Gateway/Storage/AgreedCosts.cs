using System.Globalization;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>What an entry of the journal comes to, as FOCUS names it; exact decimals in USD.</summary>
/// <param name="ListUsd">At the price book's price.</param>
/// <param name="ContractedUsd">At the agreed rates.</param>
/// <param name="EffectiveUsd">With its shares of commitments and fees; credits aren't taken off.</param>
internal sealed record AgreedCost(string ListUsd, string ContractedUsd, string EffectiveUsd);

/// <summary>
/// What contracts make of the journal's attempts, as the usage events have them. An attempt under a contract is in memory, some hundred bytes
/// each: what it comes to follows from all that were before it in time, which isn't the journal's order.
/// </summary>
internal sealed class AgreedCosts
{
    private const string NoEvents =
        "What contracts make of the ledger is worked out from its usage events (events.db), which aren't there or can't be read. "
        + "A gateway that is started on the folder makes them.";

    private readonly Dictionary<AttemptId, (decimal List, decimal Contracted, decimal Effective)> attempts = [];
    private readonly long upTo;

    private AgreedCosts(long upTo) => this.upTo = upTo;

    /// <summary>A connection to a data folder that has the usage events.</summary>
    /// <exception cref="FileNotFoundException">There is no ledger.</exception>
    /// <exception cref="InvalidDataException">It can't be read, or there are no usage events that can be.</exception>
    public static SqliteConnection Open(string dataDirectory)
    {
        var connection = LedgerReader.OpenWithEvents(dataDirectory, out _);
        if (HasEvents(connection))
        {
            return connection;
        }

        connection.Dispose();
        throw new InvalidDataException(NoEvents);
    }

    /// <summary>Works out all attempts.</summary>
    /// <param name="connection">A connection that has the usage events.</param>
    /// <param name="agreements">The contracts.</param>
    /// <exception cref="InvalidDataException">The usage events can't be read.</exception>
    public static AgreedCosts Read(SqliteConnection connection, Agreements agreements)
    {
        try
        {
            var costs = new AgreedCosts(EventRows.Progress(connection).Seq);
            new ContractReplay(agreements, null, null).Run(
                connection,
                attempt =>
                    costs.attempts[attempt.Attempt] = (attempt.Charge.ListUsd, attempt.Charge.ContractedUsd, attempt.Charge.EffectiveUsd)
            );
            return costs;
        }
        catch (SqliteException damage)
        {
            throw new InvalidDataException($"{NoEvents} ({damage.Message})", damage);
        }
    }

    /// <summary>
    /// What an entry comes to: one that posts an attempt under a contract has all of it, later corrections too, and these have nothing; what
    /// is under none is at the list price. Null for what moves no such money, and for what the usage events don't have yet.
    /// </summary>
    public AgreedCost? Of(in JournalEntry entry)
    {
        if (entry.Kind is not (JournalKind.Post or JournalKind.Adjust) || entry.Seq > upTo)
        {
            return null;
        }

        if (!attempts.TryGetValue(entry.Attempt, out var agreed))
        {
            var posted = entry.Amount.Cost.ToString();
            return new AgreedCost(posted, posted, posted);
        }

        return entry.Kind == JournalKind.Post
            ? new AgreedCost(Exact(agreed.List), Exact(agreed.Contracted), Exact(agreed.Effective))
            : new AgreedCost(Exact(0m), Exact(0m), Exact(0m));
    }

    private static bool HasEvents(SqliteConnection connection)
    {
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT COUNT(*) FROM progress";
            return command.ExecuteScalar() is 1L;
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    private static string Exact(decimal usd) => usd.ToString("0.000000000######", CultureInfo.InvariantCulture);
}
