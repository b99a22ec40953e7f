using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>
/// <c>POST /ledger/rerate</c>: corrects what attempts cost after their price was mended. A call goes through a part of the journal and says
/// where the next one goes on; so none takes long, memory holds one part, and whoever stops half-way has posted what was posted, which
/// stands when it's begun anew.
/// </summary>
/// <remarks>
/// It reads on past the end of the time that is asked for until each attempt that was admitted in it has ended, and no further: an attempt
/// may be posted long after it was admitted, at the next start even, but corrections of it are found by its id. What a call hands to the
/// next one for that is how many are still under way.
/// </remarks>
internal static class RerateEndpoint
{
    // A part is gone through in a second or so, all of its attempts corrected.
    private const int EntriesACall = 16_384;

    // Requests wait for the commit that they share with this: for some milliseconds.
    private const int CorrectionsACommit = 256;
    private const int LongestReason = 500;

    public static async Task<object?> RerateAsync(AdminContext context, HttpContext http)
    {
        var asked = Checked(await AdminEndpoints.ReadAsync<AskedRerate>(http));
        // What was answered before is in the journal.
        await context.Store.FlushAsync();
        using var connection = context.Store.OpenLedgerReader();
        if (asked.After is null)
        {
            CheckNames(context, connection, asked);
        }

        var part = Part.Of(connection, asked);
        var tally = new RerateTally();
        try
        {
            await RunAsync(context, connection, asked, part, tally, http.RequestAborted);
        }
        catch (InvalidDataException damage)
        {
            throw new RefusedChangeException("damaged_ledger", damage.Message, "purser ledger verify");
        }

        return new
        {
            asked.DryRun,
            PriceBookVersion = context.Book.Version,
            Entries = part.Last - part.After,
            After = part.Last,
            part.UpTo,
            part.UnderWay,
            Rerated = tally.Rerated,
            Left = tally.Left,
        };
    }

    private static async Task RunAsync(
        AdminContext context,
        SqliteConnection connection,
        Order asked,
        Part part,
        RerateTally tally,
        CancellationToken cancellationToken
    )
    {
        var repricer = new Repricer(context.Catalog, context.Book.Version);
        using var standings = new Standings(connection);
        var differing = new List<Repricing>(CorrectionsACommit);
        foreach (var (posted, route) in Attempts(connection, asked, part))
        {
            var compared = Rerated.Compare(standings, repricer.Price(posted, route));
            if (asked.DryRun || compared.Left is not null)
            {
                tally.Add(compared);
                continue;
            }

            differing.Add(compared.Repricing);
            if (differing.Count == CorrectionsACommit)
            {
                await PostAsync();
            }
        }

        if (differing.Count > 0)
        {
            await PostAsync();
        }

        async Task PostAsync()
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var rerated in await context.Store.RerateAsync([.. differing], asked.By, asked.Reason))
            {
                tally.Add(rerated);
            }

            differing.Clear();
        }
    }

    /// <summary>The attempts of a part of the journal that are asked for, in its order.</summary>
    private static IEnumerable<(JournalEntry Posted, StoredRoute Route)> Attempts(SqliteConnection connection, Order asked, Part part)
    {
        var definitions = new Definitions(connection);
        foreach (var entry in JournalReader.Entries(connection, part.After, part.Last, withEvents: true, only: BeginsOrEnds))
        {
            if (entry.At >= asked.To && part.UnderWay == 0)
            {
                part.EndBefore(entry.Seq);
                yield break;
            }

            if (entry.AdmittedAt < asked.From || entry.AdmittedAt >= asked.To)
            {
                continue;
            }

            part.UnderWay += entry.Kind == JournalKind.Reserve ? 1 : -1;
            if (entry.Kind != JournalKind.Post)
            {
                continue;
            }

            var route = definitions.Route(entry.RouteId);
            if ((asked.Provider ?? route.Provider) == route.Provider && (asked.Model ?? route.Model) == route.Model)
            {
                yield return (entry, route);
            }
        }
    }

    private static bool BeginsOrEnds(JournalKind kind) => kind is JournalKind.Reserve or JournalKind.Post or JournalKind.Void;

    /// <summary>A name that nothing ever went to is a slip of the pen: that nothing differs would be no answer to it.</summary>
    private static void CheckNames(AdminContext context, SqliteConnection connection, Order asked)
    {
        var models = context.Catalog.Models;
        if (
            asked.Provider is { } provider
            && models.All(model => model.Provider != provider)
            && !HasRoute(connection, "provider = $provider", asked)
        )
        {
            throw new RefusedChangeException(
                "unknown_provider",
                $"No attempt ever went to a provider '{provider}', and none of that name is configured.",
                "purser models lists the names"
            );
        }

        if (
            asked.Model is { } name
            && !models.Any(model => model.Model == name && (asked.Provider ?? model.Provider) == model.Provider)
            && !HasRoute(connection, "model = $model AND ($provider IS NULL OR provider = $provider)", asked)
        )
        {
            var where = asked.Provider is null ? "" : $" of the provider '{asked.Provider}'";
            throw new RefusedChangeException(
                "unknown_model",
                $"No attempt ever went to a model '{name}'{where}, and none of that name is configured.",
                "purser models lists the names: a model is named as its provider was asked for it, without the provider"
            );
        }
    }

    private static bool HasRoute(SqliteConnection connection, string which, Order asked)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT EXISTS(SELECT 1 FROM routes WHERE {which})";
        command.Parameters.AddWithValue("$provider", (object?)asked.Provider ?? DBNull.Value);
        command.Parameters.AddWithValue("$model", (object?)asked.Model ?? DBNull.Value);
        return command.ExecuteScalar() is 1L;
    }

    private static Order Checked(AskedRerate asked)
    {
        if (
            ReportEndpoints.Instant(asked.From, "from") is not { } from
            || ReportEndpoints.Instant(asked.To, "to") is not { } to
            || from >= to
        )
        {
            throw new RefusedChangeException(
                "invalid_time",
                "Say which attempts: those admitted from 'from' until before 'to', a later time."
            );
        }

        var reason = asked.Reason?.Trim();
        if (reason is { Length: > LongestReason } || reason?.Any(char.IsControl) == true)
        {
            throw new RefusedChangeException(
                "invalid_reason",
                $"Each correction keeps the reason: say it in one line of at most {LongestReason} characters."
            );
        }

        if (asked.By is { Length: > LongestReason })
        {
            throw new RefusedChangeException("invalid_by", "Each correction keeps who wanted it: give a shorter name.");
        }

        return new Order(
            JournalWriter.Microseconds(from),
            JournalWriter.Microseconds(to),
            asked.Provider,
            asked.Model,
            asked.DryRun,
            asked.By ?? "administrator",
            string.IsNullOrEmpty(reason) ? null : reason,
            asked.After,
            asked.UpTo,
            asked.UnderWay
        );
    }

    private sealed record AskedRerate(string? From, string? To, string? Provider, string? Model, string? Reason, string? By)
    {
        public bool DryRun { get; init; }

        public long? After { get; init; }

        public long? UpTo { get; init; }

        public long? UnderWay { get; init; }
    }

    /// <summary>What was asked for, checked; times in microseconds.</summary>
    private sealed record Order(
        long From,
        long To,
        string? Provider,
        string? Model,
        bool DryRun,
        string By,
        string? Reason,
        long? After,
        long? UpTo,
        long? UnderWay
    );

    /// <summary>Which entries of the journal a call goes through: after one, up to another, of all up to a third.</summary>
    private sealed class Part
    {
        public required long After { get; init; }

        public required long Last { get; set; }

        public required long UpTo { get; set; }

        /// <summary>
        /// How many attempts that were admitted in the time that is asked for haven't ended yet; null where a call began in the midst of the
        /// journal and wasn't told.
        /// </summary>
        public required long? UnderWay { get; set; }

        /// <summary>Ends all parts: what is asked for can't be in this entry or after it.</summary>
        public void EndBefore(long seq) => Last = UpTo = seq - 1;

        public static Part Of(SqliteConnection connection, Order asked)
        {
            var head = JournalReader.Head(connection);
            var upTo = Math.Clamp(asked.UpTo ?? head, 0, head);
            // What is admitted is posted later, never sooner.
            var after = Math.Clamp(asked.After ?? JournalReader.FirstSince(connection, asked.From) - 1, 0, upTo);
            return new Part
            {
                After = after,
                Last = Math.Min(upTo, after + EntriesACall),
                UpTo = upTo,
                UnderWay = asked.After is null ? 0 : asked.UnderWay,
            };
        }
    }
}
