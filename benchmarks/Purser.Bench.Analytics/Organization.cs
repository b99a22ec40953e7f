using Purser.Analytics;
using Purser.Core.Usage;

namespace Purser.Bench.Analytics;

/// <summary>
/// What an organization does in some days, by seed: sessions of one member and mostly one model, of some tens of minutes, with a prompt that
/// grows and is mostly cached. Members, models and tags are used unevenly, and nights and weekends are quiet.
/// </summary>
/// <param name="events">How many events.</param>
/// <param name="days">Over how many days.</param>
/// <param name="sessions">In how many sessions.</param>
/// <param name="seed">The same one gives the same events.</param>
internal sealed class Organization(long events, int days, long sessions, int seed)
{
    public const int Members = 5_000;
    public const int Teams = 300;
    public const int Departments = 20;
    public const int Models = 150;
    public const int Providers = 12;
    public const long Day = 24 * Hour;
    public const long Hour = 3600 * Second;
    public static readonly long Start = (long)(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).TotalMicroseconds;
    private const long Second = 1_000_000;

    /// <summary>Parts of a day's events in each hour, of 1,000.</summary>
    private static readonly int[] Hours = [8, 6, 5, 5, 6, 10, 22, 45, 75, 92, 95, 84, 70, 82, 92, 90, 78, 50, 28, 18, 14, 10, 8, 7];

    private readonly Random random = new(seed);
    private long seq;

    /// <summary>The events in their order, an hour at a time.</summary>
    public IEnumerable<List<UsageRow>> ByHour()
    {
        var hourly = Hours.Sum();
        var weights = Enumerable.Range(0, days).Select(day => day % 7 < 5 ? 10L : 2L).ToArray();
        var all = weights.Sum() * hourly;
        for (var day = 0; day < days; day++)
        {
            for (var hour = 0; hour < 24; hour++)
            {
                var count = (int)(events * weights[day] * Hours[hour] / all);
                yield return Events(Start + (day * Day) + (hour * Hour), count, Math.Max(1, count * sessions / events));
            }
        }
    }

    /// <summary>Whom a session is for. Its number says the member.</summary>
    public static UsageSubject SubjectOf(long session)
    {
        var member = (int)(session % Members);
        var team = member % Teams;
        return new UsageSubject
        {
            Key = $"key_{member:x8}",
            AccountPath = $"acc_m{member:x6}/acc_t{team:x6}/acc_d{team % Departments:x6}/acc_o000001",
            Organization = "acc_o000001",
            Department = $"acc_d{team % Departments:x6}",
            Team = $"acc_t{team:x6}",
            Member = $"acc_m{member:x6}",
            Session = $"{(ulong)session * 0x9E3779B97F4A7C15uL:x16}",
            Run = $"{(ulong)session * 0x9E3779B97F4A7C15uL:x16}",
            Agent = member % 3 == 0 ? "claude-code" : "codex",
            Repository = $"git.example.com/{team:x}/repo{member % 7}",
            Branch = session % 4 == 0 ? "main" : $"feature-{session % 97}",
            Tags = $$"""{"env":"{{(session % 5 == 0 ? "prod" : "dev")}}","feature":"f{{team % 40}}"}""",
        };
    }

    /// <summary>Where a model is.</summary>
    public static UsageRoute RouteOf(long model) =>
        new(
            "openai.chat",
            $"model-{model}",
            $"provider-{model % Providers}",
            $"model-{model}",
            $"provider-{model % Providers}/model-{model}"
        );

    private List<UsageRow> Events(long at, int count, long sessionsNow)
    {
        var first = random.NextInt64(1L << 40);
        var step = Hour / Math.Max(1, count);
        var rows = new List<UsageRow>(count);
        for (var i = 0; i < count; i++)
        {
            // Sessions of this hour, each of one member; few members do most of the work.
            var place = random.NextInt64(sessionsNow);
            var session = ((first + place) * Members) + (long)(Members * Math.Pow(Share(first + place), 3));
            rows.Add(Event(at + (i * step) + random.NextInt64(step), session));
        }

        return rows;
    }

    private static double Share(long number) => ((ulong)number * 0x9E3779B97F4A7C15uL >> 11) / (double)(1L << 53);

    private UsageRow Event(long at, long session)
    {
        seq += 3;
        var usual = (long)(Models * Math.Pow(Share(session + 1), 4));
        var model = random.Next(10) == 0 ? random.NextInt64(Models) : usual;
        var usage = default(TokenUsage);
        var prompt = (long)Math.Exp(5 + (6 * random.NextDouble()));
        usage[UsageClass.CacheRead] = random.Next(3) == 0 ? 0 : prompt * 9 / 10;
        usage[UsageClass.Input] = prompt - usage[UsageClass.CacheRead];
        usage[UsageClass.Output] = (long)Math.Exp(3 + (4 * random.NextDouble()));
        usage[UsageClass.ReasoningOutput] = model % 4 == 0 ? usage[UsageClass.Output] / 3 : 0;
        var rate = 200 + (model * 40);
        var cost = (usage[UsageClass.Input] * rate) + (usage[UsageClass.CacheRead] * rate / 10) + (usage[UsageClass.Output] * rate * 4);
        var duration = 300_000 + (usage[UsageClass.Output] * 12_000) + random.NextInt64(200_000);
        return new UsageRow
        {
            Seq = seq,
            RecordedAt = at,
            StartedAt = at - (at % Hour < duration ? 0 : duration),
            Request = Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddMicroseconds(at)),
            Attempt = 1,
            SubjectId = session,
            RouteId = model,
            Outcome = random.Next(50) == 0 ? "provider_error" : "completed",
            Status = 200,
            Stream = random.Next(4) > 0,
            ModelServed = $"model-{model}",
            ServiceTier = "standard",
            Usage = usage,
            CostNanos = cost,
            TimeToFirstByte = 200_000 + random.NextInt64(400_000),
            Duration = duration,
        };
    }
}
