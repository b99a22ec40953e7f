using Purser.Cli.Commands;
using Purser.Cli.Day;
using Purser.Cli.Hosting;
using Purser.Routing;
using Purser.Routing.Evidence;

namespace Purser.Cli.Tests.Day;

/// <summary>
/// A model gets worse in one slice: whoever watches sees it, and sees nothing where nothing happens. Here without a gateway, in many runs: the router is the
/// learned one, and what its answers are worth is drawn anew in each run by the chances that the skills give.
/// </summary>
public sealed class DropTests
{
    private const double Floor = DayWorldTests.Floor / 100.0;
    private const int Runs = 100;
    private const int Judged = 1500;

    private static readonly IReadOnlyList<Routed> Pool = CreatePool();

    /// <summary>A request that went to a cheaper model, and how likely its answer is worse than the reference's: as ever, and where the model has dropped.</summary>
    private sealed record Routed(SliceKey Slice, string Class, double Worse, double WorseDropped);

    [Fact]
    public void Without_a_drop_at_most_one_run_of_a_hundred_reverts_anything() =>
        Assert.True(Enumerable.Range(0, Runs).Count(seed => Run(seed, drop: false).Count > 0) <= 1);

    [Fact]
    public void A_drop_is_found_in_each_run_in_its_slice_alone_and_the_record_says_when_and_what_leaked()
    {
        for (var seed = 0; seed < Runs; seed++)
        {
            var reverts = Run(seed, drop: true);
            Assert.NotEmpty(reverts);
            Assert.All(
                reverts,
                revert =>
                {
                    Assert.Equal(TaskClass.Extract, revert.Slice.Class);
                    Assert.True(revert.At >= At(Judged / 2), $"{revert.At} is before the drop");
                    Assert.True(revert.Estimate < Floor && revert.Evidence >= 1 / revert.Alpha && revert.Leaked >= revert.Count);
                }
            );
        }
    }

    // Half of the answers are judged; the model drops in the middle of the run.
    private static List<Revert> Run(int seed, bool drop)
    {
        var random = new Random(seed);
        var monitor = new SliceMonitor();
        var reverts = new List<Revert>();
        foreach (var slice in Pool.Select(routed => routed.Slice).Distinct())
        {
            monitor.Open(slice, Floor);
        }

        for (var i = 0; i < Judged; i++)
        {
            var routed = Pool[random.Next(Pool.Count)];
            if (!monitor.IsOpen(routed.Slice))
            {
                continue;
            }

            var number = monitor.Served(routed.Slice);
            var worse = drop && i >= Judged / 2 && routed.Class == "extract" ? routed.WorseDropped : routed.Worse;
            var quality = random.NextDouble() < worse ? 0.0 : 1;
            if (random.Next(2) == 0)
            {
                reverts.AddRange(monitor.Add(new Evaluation(routed.Slice, number, At(i), quality), At(i)));
            }
        }

        return reverts;
    }

    private static DateTimeOffset At(int minute) => DayWorldTests.Midnight.AddMinutes(minute);

    private static List<Routed> CreatePool()
    {
        var (plan, book, models) = (RouterDayCommand.DefaultSkills(), PriceFiles.Load(PriceFiles.BuiltIn), DayWorldTests.Models);
        var day = DayWorldTests.Create(11, 2000);
        var drop = new DayDrop("gpt-4.1-*", "extract", TimeSpan.Zero, By: 6);
        var dropped = DayWorld.Create(
            plan with
            {
                Drops = [drop.Of(DayWorldTests.Midnight)],
            },
            book,
            models,
            11,
            2000,
            DayWorldTests.Midnight
        );
        var choice = DayWorldTests.Router.Choose(day);
        return
        [
            .. day
                .Requests.Where((_, i) => choice[i] != 0)
                .Select(request => (Request: request, Model: choice[request.Traffic.Number], Class: LearnedRouter.ClassOf(request)))
                .Select(routed => new Routed(
                    new SliceKey(routed.Class, models[routed.Model], ""),
                    routed.Request.Traffic.Class,
                    Worse(routed.Request, routed.Model),
                    Worse(dropped.Requests[routed.Request.Traffic.Number], routed.Model)
                )),
        ];
    }

    private static double Worse(DayRequest request, int model) => request.Outcomes[0].Chance * (1 - request.Outcomes[model].Chance);
}
