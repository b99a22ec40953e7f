using Purser.Routing.Evidence;
using Xunit;

namespace Purser.Routing.Tests.Evidence;

/// <summary>
/// Six slices in which the cheaper model is good enough, until in one of them, and at a time, that the seed picks, its skill falls. What decides
/// whether an answer is good is a difficulty that nothing about the request shows: only a router that watches its answers can notice.
/// </summary>
public sealed class RevertDetectionTests
{
    private const double Floor = 0.9;
    private const double Skill = 0.96;
    private const double SkillAfter = 0.6;
    private const double Evaluated = 0.5;
    private const int Requests = 12_000;
    private const int MostLeaked = 300;

    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly SliceKey[] Slices =
    [
        .. from kind in new[] { TaskClass.Extract, TaskClass.Summarize, TaskClass.Translate }
        from app in new[] { "billing", "support" }
        select new SliceKey(kind, "small", app),
    ];

    /// <summary>A router as this test sees it.</summary>
    private abstract class Router
    {
        public abstract bool SendsDown(SliceKey slice);

        public virtual void Learn(SliceKey slice, double quality, DateTimeOffset at) { }
    }

    private sealed class Watching : Router
    {
        private readonly SliceMonitor _monitor = new();

        public Watching()
        {
            foreach (var slice in Slices)
            {
                _monitor.Open(slice, Floor);
            }
        }

        public override bool SendsDown(SliceKey slice) => _monitor.IsOpen(slice);

        public override void Learn(SliceKey slice, double quality, DateTimeOffset at) =>
            _monitor.Add(new Evaluation(slice, _monitor.Served(slice), at, quality), at);
    }

    private sealed class Constant(bool down) : Router
    {
        public override bool SendsDown(SliceKey slice) => down;
    }

    /// <summary>Knows what each class is worth, and nothing else.</summary>
    private sealed class LabelReader : Router
    {
        public override bool SendsDown(SliceKey slice) => slice.Class is TaskClass.Extract or TaskClass.Summarize;
    }

    private sealed record Outcome(bool Reverted, int Leaked, bool OthersStand, double ShareDown);

    private static Outcome Run(Router router, int seed, bool drops)
    {
        var random = new Random(seed);
        var fallen = Slices[random.Next(Slices.Length)];
        var from = random.Next(Requests / 4, Requests / 2);
        var (down, before, leaked) = (0, 0, 0);
        for (var index = 0; index < Requests; index++)
        {
            var slice = Slices[random.Next(Slices.Length)];
            var (difficulty, isEvaluated) = (random.NextDouble(), random.NextDouble() < Evaluated);
            var isDown = router.SendsDown(slice);
            var dropped = drops && slice == fallen && index >= from;
            before += index < from ? 1 : 0;
            down += index < from && isDown ? 1 : 0;
            leaked += dropped && isDown ? 1 : 0;
            if (isDown && isEvaluated)
            {
                router.Learn(slice, difficulty < (dropped ? SkillAfter : Skill) ? 1 : 0, Start.AddSeconds(index));
            }
        }

        return new Outcome(
            !router.SendsDown(fallen),
            leaked,
            Slices.Where(slice => slice != fallen).All(router.SendsDown),
            (double)down / before
        );
    }

    /// <summary>Why a router doesn't pass; null where it does.</summary>
    private static string? Fails(Func<Router> router)
    {
        var quiet = Enumerable.Range(0, 200).Select(seed => Run(router(), seed, drops: false)).ToList();
        var dropped = Enumerable.Range(1_000, 100).Select(seed => Run(router(), seed, drops: true)).ToList();
        var leaked = dropped.Select(outcome => outcome.Leaked).Order().ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"leaked {leaked[10]} / {leaked[50]} / {leaked[90]} / {leaked[^1]} requests (10 %, median, 90 %, most); "
                + $"{quiet.Count(outcome => outcome.Reverted || !outcome.OthersStand)} of 200 quiet runs reverted"
        );
        return quiet.Average(outcome => outcome.ShareDown) < 0.9 ? "sends too little down"
            : quiet.Count(outcome => outcome.Reverted || !outcome.OthersStand) > 2 ? "reverts without a drop"
            : dropped.Count(outcome => outcome.Reverted && outcome.Leaked <= MostLeaked) < 95 ? "misses the drop"
            : dropped.Count(outcome => outcome.OthersStand) < 98 ? "reverts others too"
            : null;
    }

    [Fact]
    public void A_drop_that_no_feature_shows_is_reverted_where_it_is_and_nothing_else_is() => Assert.Null(Fails(() => new Watching()));

    [Fact]
    public void A_constant_router_fails()
    {
        Assert.Equal("misses the drop", Fails(() => new Constant(true)));
        Assert.Equal("sends too little down", Fails(() => new Constant(false)));
    }

    [Fact]
    public void A_router_that_reads_the_class_fails() => Assert.NotNull(Fails(() => new LabelReader()));
}
