using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Purser.Analytics;
using Purser.Bench.Analytics;

var events = new Option<long>("--events") { DefaultValueFactory = _ => 5_000_000, Description = "How many events" };
var days = new Option<int>("--days") { DefaultValueFactory = _ => 90, Description = "Over how many days" };
var sessions = new Option<long>("--sessions") { DefaultValueFactory = _ => 1_000_000, Description = "In how many sessions" };
var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1, Description = "The same one gives the same events" };
var memory = new Option<int>("--memory") { DefaultValueFactory = _ => 256, Description = "The most memory that DuckDB may use, MB" };
var threads = new Option<int>("--threads") { DefaultValueFactory = _ => 2, Description = "Threads of a query" };
var repeats = new Option<int>("--repeats")
{
    DefaultValueFactory = _ => 5,
    Description = "How often each query is asked; the middle one counts",
};
var command = new RootCommand("The analytics store: how fast events come in, how many bytes each takes, how long queries take.")
{
    events,
    days,
    sessions,
    seed,
    memory,
    threads,
    repeats,
};
command.SetAction(parsed =>
{
    var folder = Directory.CreateTempSubdirectory("purser-bench-");
    try
    {
        using var store = AnalyticsStore.Open(
            folder.FullName,
            new AnalyticsLimits(parsed.GetRequiredValue(memory), parsed.GetRequiredValue(threads))
        );
        var organization = new Organization(
            parsed.GetRequiredValue(events),
            parsed.GetRequiredValue(days),
            parsed.GetRequiredValue(sessions),
            parsed.GetRequiredValue(seed)
        );
        var filled = Fill(store, organization);
        Console.WriteLine($"rows                        {filled.Rows, 14:N0}  in {store.Segments.Count} segments");
        Console.WriteLine(
            $"cardinalities               {Organization.Members:N0} members, {Organization.Teams} teams, {Organization.Models} models, {filled.Sessions:N0} sessions, {parsed.GetRequiredValue(days)} days"
        );
        Console.WriteLine($"into the tail               {filled.Rows / filled.Appending.TotalSeconds, 14:N0}  events a CPU second");
        Console.WriteLine($"into hourly segments        {filled.Rows / filled.Hourly.TotalSeconds, 14:N0}  events a CPU second");
        Console.WriteLine($"hours into daily segments   {filled.Rows / filled.Daily.TotalSeconds, 14:N0}  events a CPU second");
        Console.WriteLine(
            $"all three                   {filled.Rows / (filled.Appending + filled.Hourly + filled.Daily).TotalSeconds, 14:N0}  events a CPU second"
        );
        Console.WriteLine($"bytes an event              {store.Segments.Sum(segment => segment.Bytes) / (double)filled.Rows, 14:N1}");
        Ask(store, parsed.GetRequiredValue(repeats));
        Console.WriteLine($"resident memory             {Process.GetCurrentProcess().WorkingSet64 >> 20, 14:N0}  MB");
        return 0;
    }
    finally
    {
        folder.Delete(recursive: true);
    }
});
return command.Parse(args).Invoke();

static (long Rows, long Sessions, TimeSpan Appending, TimeSpan Hourly, TimeSpan Daily) Fill(AnalyticsStore store, Organization organization)
{
    var (rows, seal) = (0L, 0L);
    var (appending, hourly, daily) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
    var sessions = new HashSet<long>();
    foreach (var hour in organization.ByHour())
    {
        foreach (var step in hour.Chunk(4096))
        {
            appending += Timed(() => store.Append(step, step[^1].Seq, Organization.SubjectOf, Organization.RouteOf));
            sessions.UnionWith(step.Select(row => row.SubjectId));
        }

        rows += hour.Count;
        hourly += Timed(() => Take(store.WriteTail(long.MaxValue)));
        if (hour.Count > 0)
        {
            var day = DateOnly.FromDateTime(DateTime.UnixEpoch.AddMicroseconds(hour[^1].RecordedAt));
            daily += Timed(() => Take(store.WriteDay(day)));
        }
    }

    daily += Timed(() => Take(store.WriteDay(DateOnly.MaxValue)));
    return (rows, sessions.Count, appending, hourly, daily);

    void Take(Segment? written)
    {
        if (written is not null)
        {
            store.Take(written with { SealedBy = ++seal });
        }
    }
}

// By the processor's time: how much else runs on the machine matters less.
static TimeSpan Timed(Action run)
{
    var before = Process.GetCurrentProcess().TotalProcessorTime;
    run();
    return Process.GetCurrentProcess().TotalProcessorTime - before;
}

static void Ask(AnalyticsStore store, int repeats)
{
    var end = store.Segments.Max(segment => segment.LastStart) + 1;
    (string Name, UsageQuery Query)[] queries =
    [
        ("team x model x day", new UsageQuery { By = ["team", "model", "day"] }),
        ("overview: total", new UsageQuery()),
        ("overview: by day", new UsageQuery { By = ["day"] }),
        ("overview: by model", new UsageQuery { By = ["model"] }),
        ("overview: by department", new UsageQuery { By = ["department"] }),
        ("last day by hour", new UsageQuery { By = ["hour"], From = end - Organization.Day }),
        (
            "one team, last day, by session",
            new UsageQuery
            {
                By = ["session"],
                From = end - Organization.Day,
                Where = new Dictionary<string, IReadOnlyList<string>> { ["team"] = [Organization.SubjectOf(1).Team!] },
            }
        ),
        ("ad hoc: by member and tag", new UsageQuery { By = ["member", "tag:env"] }),
        ("ad hoc: by session", new UsageQuery { By = ["session"] }),
    ];
    foreach (var (name, query) in queries)
    {
        var (times, busy) = (new List<double>(), new List<double>());
        var groups = 0;
        for (var i = 0; i < repeats; i++)
        {
            var started = Stopwatch.GetTimestamp();
            busy.Add(Timed(() => groups = store.Query(query).Groups.Count).TotalMilliseconds);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        times.Sort();
        busy.Sort();
        // On a machine that has nothing else to do, a query takes as long as its processor time, divided by its threads.
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name, -32}{times[times.Count / 2], 8:N0} ms  {busy[busy.Count / 2], 8:N0} CPU ms  {groups, 10:N0} groups"
            )
        );
    }
}
