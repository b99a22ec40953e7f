using Purser.Routing.Evidence;
using Xunit;

namespace Purser.Routing.Tests.Evidence;

public sealed class SliceMonitorTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly SliceKey Slice = new(TaskClass.Extract, "small", "billing");

    /// <summary>Serves and evaluates requests of one slice until it's reverted or there are no more; answers are good or not.</summary>
    private static Revert? Run(SliceMonitor monitor, int requests, Func<int, double> quality, Random random, double sampled = 1)
    {
        monitor.Open(Slice, 0.9);
        for (var index = 0; index < requests; index++)
        {
            var at = Start.AddSeconds(index);
            var number = monitor.Served(Slice);
            var good = random.NextDouble() < quality(index) ? 1 : 0;
            if (random.NextDouble() < sampled && monitor.Add(new Evaluation(Slice, number, at, good), at) is [var revert])
            {
                return revert;
            }
        }

        return null;
    }

    [Theory]
    [InlineData(0.90)]
    [InlineData(0.93)]
    public void Without_a_drop_at_most_one_run_in_a_hundred_is_reverted_however_often_one_looks(double quality)
    {
        const int runs = 400;
        var reverted = Enumerable.Range(0, runs).Count(seed => Run(new SliceMonitor(), 3_000, _ => quality, new Random(seed)) is not null);
        TestContext.Current.TestOutputHelper?.WriteLine($"{reverted} of {runs} runs reverted at a quality of {quality}, floor 0.9");
        Assert.InRange(reverted, 0, runs / 100);
    }

    [Theory]
    [InlineData(0.5, 45, 80)]
    [InlineData(0.7, 110, 200)]
    [InlineData(0.8, 420, 800)]
    public void A_drop_after_a_thousand_good_evaluations_is_seen_within_the_delay_stated(double after, int median, int late)
    {
        int[] delays =
        [
            .. Enumerable
                .Range(0, 200)
                .Select(seed => Run(new SliceMonitor(), 6_000, index => index < 1_000 ? 0.96 : after, new Random(seed)))
                .Select(revert => revert is null ? int.MaxValue : (int)(revert.At - Start).TotalSeconds - 1_000 + 1)
                .Order(),
        ];
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"drop to {after}: seen after {delays[20]} / {delays[100]} / {delays[180]} / {delays[^1]} evaluations (10 %, median, 90 %, last)"
        );
        Assert.InRange(delays[100], 5, median);
        Assert.InRange(delays[190], 5, late);
    }

    [Fact]
    public void The_record_says_when_on_what_evidence_and_what_leaked()
    {
        // One in five is evaluated.
        var reverts = Enumerable
            .Range(0, 100)
            .Select(seed => Run(new SliceMonitor(), 20_000, index => index < 5_000 ? 0.96 : 0.6, new Random(seed), 0.2)!)
            .ToList();
        foreach (var revert in reverts)
        {
            Assert.Equal((Slice, 0.9), (revert.Slice, revert.Floor));
            Assert.True(revert.Evidence >= 1 / revert.Alpha);
            Assert.InRange(revert.Bound, 0.6, 0.9);
            Assert.Equal((revert.At - Start).TotalSeconds + 1 - revert.DropAt + 1, revert.Leaked);
            Assert.Equal(revert.Leaked * (0.9 - revert.Estimate), revert.Loss, 9);
            Assert.True(revert.Whole.Lower <= revert.Whole.Mean && revert.Whole.Mean <= revert.Whole.Upper);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{reverts[0]}");
        Assert.InRange(reverts.Select(revert => (double)revert.DropAt).Order().ElementAt(50), 4_900, 5_150);
        Assert.InRange(reverts.Average(revert => revert.Estimate), 0.5, 0.68);
    }

    [Fact]
    public void Its_interval_holds_at_all_times_at_once()
    {
        const int runs = 300;
        var missed = 0;
        for (var seed = 0; seed < runs; seed++)
        {
            var random = new Random(seed);
            var tally = new QualityTally();
            var misses = false;
            for (var index = 0; index < 1_000 && !misses; index++)
            {
                tally.Add(random.NextDouble() < 0.9 ? 1 : 0);
                // Often, then seldom: looking less can only miss less, and a thousand evaluations move little by ten.
                if (index > 100 && index % 10 > 0)
                {
                    continue;
                }

                var interval = tally.Interval(0.1);
                misses = interval.Lower > 0.9 || interval.Upper < 0.9;
            }

            missed += misses ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{missed} of {runs} intervals at 90 % ever missed");
        Assert.InRange(missed, 0, Slack.Most(runs, 0.1));
    }

    [Fact]
    public void The_interval_narrows_with_evaluations()
    {
        var tally = new QualityTally();
        Assert.Equal(new QualityInterval(0, 0, 0, 1), tally.Interval(0.05));
        for (var index = 0; index < 1_000; index++)
        {
            tally.Add(index % 10 == 0 ? 0 : 1);
        }

        var interval = tally.Interval(0.05);
        Assert.Equal((1_000, 0.9), (interval.Count, interval.Mean));
        Assert.InRange(interval.Lower, 0.86, 0.9);
        Assert.InRange(interval.Upper, 0.9, 0.94);
    }

    [Fact]
    public void Where_the_displeased_speak_up_first_evaluations_that_ripen_revert_nothing()
    {
        var (hasty, patient) = (0, 0);
        for (var seed = 0; seed < 100; seed++)
        {
            hasty += DelayedRun(TimeSpan.Zero, seed);
            patient += DelayedRun(TimeSpan.FromHours(1), seed);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"reverted without a drop: {patient} of 100 ripened, {hasty} as they came");
        Assert.InRange(patient, 0, 1);
        Assert.True(hasty > 50, $"{hasty}");
    }

    /// <summary>Quality is above the floor; bad answers are told of at once, and good ones an hour later.</summary>
    private static int DelayedRun(TimeSpan maturity, int seed)
    {
        var random = new Random(seed);
        var monitor = new SliceMonitor(maturity: maturity);
        monitor.Open(Slice, 0.9);
        var coming = new PriorityQueue<Evaluation, DateTimeOffset>();
        for (var index = 0; index < 1_000; index++)
        {
            var at = Start.AddSeconds(index);
            var good = random.NextDouble() < 0.94 ? 1 : 0;
            coming.Enqueue(new Evaluation(Slice, monitor.Served(Slice), at, good), at.AddSeconds(good * 3_600));
        }

        while (coming.TryDequeue(out var evaluation, out var now))
        {
            monitor.Add(evaluation, now);
        }

        monitor.Settle(Start.AddDays(1));
        return monitor.IsOpen(Slice) ? 0 : 1;
    }

    [Fact]
    public void Opened_anew_a_slice_is_judged_by_what_it_serves_from_then_on()
    {
        var monitor = new SliceMonitor();
        Assert.NotNull(Run(monitor, 1_000, _ => 0, new Random(1)));
        Assert.False(monitor.IsOpen(Slice));
        Assert.NotNull(Assert.Single(monitor.Report()).Revert);

        monitor.Open(Slice, 0.9);
        for (var late = 0; late < 100; late++)
        {
            Assert.Empty(monitor.Add(new Evaluation(Slice, 1, Start, 0), Start));
        }

        var status = Assert.Single(monitor.Report());
        Assert.True(monitor.IsOpen(Slice));
        Assert.Equal((0, 0), (status.Quality.Count, status.Served));
    }

    [Fact]
    public void After_a_restart_the_same_evaluations_make_it_anew()
    {
        var (before, after) = (new SliceMonitor(), new SliceMonitor());
        before.Open(Slice, 0.9);
        after.Open(Slice, 0.9);
        for (var index = 0; index < 200; index++)
        {
            var evaluation = new Evaluation(Slice, before.Served(Slice), Start, index % 8 == 0 ? 0 : 1);
            before.Add(evaluation, Start);
            after.Add(evaluation, Start);
        }

        Assert.Equal(before.Report(), after.Report());
        Assert.Equal(201, after.Served(Slice));
    }

    [Fact]
    public void All_slices_share_one_chance_of_false_reverts()
    {
        var monitor = new SliceMonitor(0.01);
        for (var index = 0; index < 500; index++)
        {
            monitor.Open(Slice with { App = $"app-{index}" }, 0.9);
        }

        Assert.InRange(monitor.Report().Sum(slice => slice.Alpha), 0.005, 0.01);
    }

    [Fact]
    public void Who_remembers_openings_makes_the_same_of_them_again()
    {
        var (before, after) = (new SliceMonitor(), new SliceMonitor());
        before.Open(Slice with { App = "other" }, 0.9);
        before.Open(Slice, 0.9);
        after.Open(Slice, 0.9, place: 2);
        after.Open(Slice, 0.9, place: 2);

        Assert.Equal(before.Report()[^1], Assert.Single(after.Report()));
        after.Open(Slice with { App = "third" }, 0.9);
        Assert.True(after.Report()[^1].Alpha < before.Report()[^1].Alpha);
        Assert.Throws<ArgumentOutOfRangeException>(() => after.Open(Slice, 0.9, place: 0));
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        var monitor = new SliceMonitor();
        Assert.Throws<KeyNotFoundException>(() => monitor.Served(Slice));
        Assert.Throws<ArgumentOutOfRangeException>(() => monitor.Open(Slice, 1));
        monitor.Open(Slice, 0.9);
        Assert.Throws<InvalidOperationException>(() => monitor.Open(Slice, 0.9));
        Assert.Throws<ArgumentOutOfRangeException>(() => monitor.Add(new Evaluation(Slice, 1, Start, double.NaN), Start));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SliceMonitor(0));
    }
}
