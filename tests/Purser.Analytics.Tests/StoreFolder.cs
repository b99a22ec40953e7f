using Purser.Core.Usage;

namespace Purser.Analytics.Tests;

/// <summary>A folder with a store, and rows for it: noon of 24 November 2026, one second apart, of two teams and two models.</summary>
public sealed class StoreFolder : IDisposable
{
    public const long Second = 1_000_000;
    public const long Hour = 3600 * Second;
    public static readonly long Noon = (long)
        (new DateTime(2026, 11, 24, 12, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).TotalMicroseconds;
    private long sealedBy = 1_000;

    public StoreFolder() => Store = Open();

    public string Path { get; } = Directory.CreateTempSubdirectory("purser-").FullName;

    public AnalyticsStore Store { get; private set; }

    public long Seq { get; private set; }

    public UsageRow Row(long nanos, long? at = null, byte attempt = 1, long subject = 1, long route = 2, Guid? request = null)
    {
        Seq++;
        var usage = default(TokenUsage);
        usage[UsageClass.Input] = 3;
        usage[UsageClass.CacheRead] = 4;
        usage[UsageClass.Output] = 5;
        usage[UsageClass.ReasoningOutput] = 2;
        usage[UsageClass.WebSearch] = 1;
        return new UsageRow
        {
            Seq = Seq,
            RecordedAt = at ?? Noon + (Seq * Second),
            StartedAt = at ?? Noon + (Seq * Second),
            Request = request ?? Guid.CreateVersion7(),
            Attempt = attempt,
            SubjectId = subject,
            RouteId = route,
            Outcome = attempt == 0 ? "refused" : "completed",
            ServiceTier = "standard",
            Usage = attempt == 0 ? default : usage,
            CostNanos = nanos,
        };
    }

    public void Append(params UsageRow[] rows) => Store.Append(rows, rows.Length == 0 ? Store.Through : rows[^1].Seq, SubjectOf, RouteOf);

    public Segment? SealTail(long before = long.MaxValue) => Seal(Store.WriteTail(before));

    public Segment? Seal(Segment? written)
    {
        var counts = written is null ? null : written with { SealedBy = ++sealedBy };
        if (counts is not null)
        {
            Store.Take(counts);
        }

        return counts;
    }

    public void Reopen()
    {
        Store.Dispose();
        Store = Open();
    }

    public IReadOnlyList<string> Files() =>
        [
            .. Directory
                .EnumerateFiles(Path, "*.parquet", SearchOption.AllDirectories)
                .Select(file => System.IO.Path.GetRelativePath(Path, file))
                .Order(StringComparer.Ordinal),
        ];

    public void Dispose()
    {
        Store.Dispose();
        Directory.Delete(Path, recursive: true);
    }

    private AnalyticsStore Open() => AnalyticsStore.Open(Path, new AnalyticsLimits());

    private static UsageSubject SubjectOf(long id) =>
        new()
        {
            Key = "key",
            AccountPath = $"team{id}/acme",
            Organization = "acme",
            Team = $"team{id}",
            Session = $"s'{id}",
            Run = $"s'{id}",
            Tags = id == 1 ? """{"a/b~c\"d":"v'1"}""" : null,
        };

    private static UsageRoute RouteOf(long id) => new("openai.chat", "auto", $"provider{id}", $"model{id}", $"entry{id}");
}
