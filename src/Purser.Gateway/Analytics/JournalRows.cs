using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Analytics;
using Purser.Core.Ledger;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Analytics;

/// <summary>The entries of the journal as the analytics store takes them. Not thread-safe.</summary>
/// <param name="connection">A connection that has the usage events too: what a later entry is about is found there.</param>
internal sealed class JournalRows(SqliteConnection connection)
{
    // Providers have several names for it.
    private const string Standard = "standard";
    private readonly Definitions definitions = new(connection);

    /// <summary>The service tier as reports have it.</summary>
    public static string TierOf(string? tier) => tier is null or "" or "default" or "auto" ? Standard : tier;

    /// <summary>The row of an entry; null where it gives none.</summary>
    public UsageRow? Of(in JournalEntry entry) =>
        entry.Event is { } usageEvent ? OfEvent(entry, usageEvent)
        : entry.Kind == JournalKind.Adjust ? OfCorrection(entry)
        : null;

    /// <summary>Whom the entry of a number defines.</summary>
    /// <exception cref="InvalidDataException">It defines nobody.</exception>
    public UsageSubject SubjectOf(long id)
    {
        var subject = definitions.Subject(id);
        var tags = SpendGrouping.TagsOf(subject.Tags);
        return new UsageSubject
        {
            Key = subject.KeyId,
            AccountPath = subject.AccountPath,
            Organization = subject.Account(AccountKind.Organization),
            Department = subject.Account(AccountKind.Department),
            Team = subject.Account(AccountKind.Team),
            Project = subject.Account(AccountKind.Project),
            Member = subject.Member,
            EndUser = subject.EndUser,
            Session = subject.Session,
            Agent = subject.Agent,
            Run = subject.Run ?? subject.Session,
            Repository = subject.Repository,
            Branch = subject.Branch,
            Tags = tags.Count == 0 ? null : JsonSerializer.Serialize(tags),
        };
    }

    /// <summary>Which route the entry of a number defines.</summary>
    /// <exception cref="InvalidDataException">It defines none.</exception>
    public UsageRoute RouteOf(long id)
    {
        var route = definitions.Route(id);
        return new UsageRoute(route.Api, route.ModelRequested, NotEmpty(route.Provider), NotEmpty(route.Model), NotEmpty(route.PriceEntry));
    }

    private UsageRow OfEvent(in JournalEntry entry, UsageEvent usageEvent)
    {
        var facts = DetailFacts.Read(usageEvent.Detail);
        var own = new Traits(entry.RouteId, usageEvent.Outcome, usageEvent.ModelServed, facts, usageEvent.Marks);
        return new UsageRow
        {
            Seq = entry.Seq,
            RecordedAt = entry.At,
            StartedAt = usageEvent.StartedAt,
            Request = entry.Attempt.Request,
            Attempt = entry.Attempt.Attempt,
            SubjectId = entry.SubjectId,
            RouteId = entry.RouteId,
            Outcome = UsageNames.Of(usageEvent.Outcome),
            Status = usageEvent.Status,
            Stream = usageEvent.Stream,
            ModelServed = usageEvent.ModelServed,
            PriceEntry = facts.PriceEntry,
            ServiceTier = TierOf(facts.ServiceTier),
            RefusalCode = facts.RefusalCode,
            RouteMode = facts.RouteMode,
            RoutePolicy = facts.RoutePolicy,
            Usage = usageEvent.Usage,
            CostNanos = usageEvent.Cost.Nanos,
            NotBilledNanos = usageEvent.Marks.HasFlag(JournalMarks.Subscription) ? facts.ListCostNanos : 0,
            Estimated = usageEvent.Marks.HasFlag(JournalMarks.Estimated),
            Unconfirmed = usageEvent.Marks.HasFlag(JournalMarks.Unconfirmed),
            TimeToFirstByte = usageEvent.TimeToFirstByte,
            Duration = usageEvent.Duration,
            Repeats = entry.Attempt.Attempt > 1 ? Repeats(entry.Attempt, own) : null,
        };
    }

    /// <summary>A correction counts where the attempt does that it corrects.</summary>
    private UsageRow OfCorrection(in JournalEntry entry)
    {
        using var command = connection.CreateCommand();
        command.CommandText =
            "SELECT subject_id, route_id, started_at, outcome, model_served, status, stream, detail FROM usage_events WHERE request = $request AND attempt = $attempt";
        command.Parameters.AddWithValue("$request", entry.Attempt.Request.ToByteArray(bigEndian: true));
        command.Parameters.AddWithValue("$attempt", entry.Attempt.Attempt);
        using var row = command.ExecuteReader();
        if (!row.Read())
        {
            throw new InvalidDataException($"Entry {entry.Seq} of the journal corrects {entry.Attempt}, which has no usage event.");
        }

        var facts = DetailFacts.Read(LedgerReader.Text(row, 7));
        return new UsageRow
        {
            Seq = entry.Seq,
            RecordedAt = entry.At,
            StartedAt = row.GetInt64(2),
            Request = entry.Attempt.Request,
            Attempt = entry.Attempt.Attempt,
            IsCorrection = true,
            SubjectId = row.GetInt64(0),
            RouteId = row.GetInt64(1),
            Outcome = UsageNames.Of((Outcome)row.GetInt32(3)),
            ModelServed = LedgerReader.Text(row, 4),
            Status = row.GetInt32(5),
            Stream = row.GetInt64(6) != 0,
            PriceEntry = facts.PriceEntry,
            ServiceTier = TierOf(facts.ServiceTier),
            RouteMode = facts.RouteMode,
            RoutePolicy = facts.RoutePolicy,
            CostNanos = entry.Amount.Cost.Nanos,
        };
    }

    private List<int>? Repeats(AttemptId attempt, Traits own)
    {
        using var command = connection.CreateCommand();
        command.CommandText =
            "SELECT route_id, outcome, model_served, detail, marks FROM usage_events WHERE request = $request AND attempt > 0 AND attempt < $attempt ORDER BY attempt";
        command.Parameters.AddWithValue("$request", attempt.Request.ToByteArray(bigEndian: true));
        command.Parameters.AddWithValue("$attempt", attempt.Attempt);
        using var row = command.ExecuteReader();
        List<int>? repeats = null;
        while (row.Read())
        {
            var earlier = new Traits(
                row.GetInt64(0),
                (Outcome)row.GetInt32(1),
                LedgerReader.Text(row, 2),
                DetailFacts.Read(LedgerReader.Text(row, 3)),
                (JournalMarks)row.GetInt32(4)
            );
            (repeats ??= []).Add((int)Same(own, earlier));
        }

        return repeats;
    }

    private AttemptTraits Same(Traits own, Traits earlier)
    {
        var (route, other) = (definitions.Route(own.Route), definitions.Route(earlier.Route));
        return If(route.Provider == other.Provider, AttemptTraits.Provider)
            | If(route.Model == other.Model, AttemptTraits.Model)
            | If(route.ModelRequested == other.ModelRequested, AttemptTraits.ModelRequested)
            | If((own.Facts.PriceEntry ?? route.PriceEntry) == (earlier.Facts.PriceEntry ?? other.PriceEntry), AttemptTraits.PriceEntry)
            | If(own.Served == earlier.Served, AttemptTraits.ModelServed)
            | If(own.Outcome == earlier.Outcome, AttemptTraits.Outcome)
            | If(TierOf(own.Facts.ServiceTier) == TierOf(earlier.Facts.ServiceTier), AttemptTraits.ServiceTier)
            | If(
                own.Facts.RouteMode == earlier.Facts.RouteMode && own.Facts.RoutePolicy == earlier.Facts.RoutePolicy,
                AttemptTraits.Routing
            )
            | If(earlier.Marks.HasFlag(JournalMarks.Estimated), AttemptTraits.Estimated)
            | If(earlier.Marks.HasFlag(JournalMarks.Unconfirmed), AttemptTraits.Unconfirmed);
    }

    private static AttemptTraits If(bool same, AttemptTraits trait) => same ? trait : AttemptTraits.None;

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    /// <summary>What can differ between attempts of one request.</summary>
    private readonly record struct Traits(long Route, Outcome Outcome, string? Served, DetailFacts Facts, JournalMarks Marks);
}
