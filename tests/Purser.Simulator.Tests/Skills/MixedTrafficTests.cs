using System.Text.Json;
using Purser.Simulator.Skills;
using Purser.Simulator.Traffic;

namespace Purser.Simulator.Tests.Skills;

/// <summary>A day of made-up traffic.</summary>
public class MixedTrafficTests
{
    private static readonly IReadOnlyList<TrafficRequest> Day = MixedTraffic.Day(3, 2000);

    [Fact]
    public void The_same_seed_makes_the_same_day_and_another_another()
    {
        Assert.Equal(Day.Select(request => request.ChatBody("m")), MixedTraffic.Day(3, 2000).Select(request => request.ChatBody("m")));
        Assert.NotEqual(Day.Select(request => request.Asked), MixedTraffic.Day(4, 2000).Select(request => request.Asked));
    }

    [Fact]
    public void The_usual_classes_tell_what_each_request_asks()
    {
        var plan = SkillPlanTests.Plan("""{"models":{"a":{"skill":1}}}""");
        Assert.All(Day, request => Assert.Equal(request.Class, PromptNature.Of(plan, request.System, request.Asked).Class));
    }

    [Fact]
    public void It_is_mixed()
    {
        Assert.Equal(9, Day.Select(request => request.Application).Distinct().Count());
        Assert.Equal(["de", "en", "es", "fr"], Day.Select(request => request.Language).Distinct().Order());
        Assert.True(Day.Select(request => request.Asked).Distinct().Count() > 1500);
        Assert.True(Day.GroupBy(request => request.Session).Max(session => session.Count()) >= 6);
        Assert.True(Day.Zip(Day.Skip(1)).All(pair => pair.First.At <= pair.Second.At));
    }

    // A session's next request begins with what its last one was, so that prompt caches have something to hold.
    [Fact]
    public void A_session_grows_by_what_came_before()
    {
        foreach (var session in Day.GroupBy(request => request.Session))
        {
            var steps = session.OrderBy(request => request.Turns.Count).ToList();
            foreach (var (before, after) in steps.Zip(steps.Skip(1)))
            {
                Assert.Equal(before.System, after.System);
                Assert.Equal(before.Turns, after.Turns.Take(before.Turns.Count));
            }
        }

        var meter = new TrafficMeter();
        var agents = Day.Where(request => request.Class == "agent").Take(2).ToList();
        Assert.True(meter.Count(agents[0], "m") is (> 1024, 0));
        Assert.True(meter.Count(agents[1], "m").Cached >= 1024);
    }

    [Fact]
    public async Task What_would_be_billed_is_what_the_simulator_bills()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var meter = new TrafficMeter();
        foreach (var request in Day.Where(request => request.Class is "agent" or "extract").Take(12))
        {
            using var sent = await simulator.OpenAIAsync(request.ChatBody("m"));
            await SimulatorUnderTest.TextAsync(sent);
            var billed = (await simulator.RecordsAsync("?phase=completed"))[^1].Billed!;
            Assert.Equal((billed.Input, billed.CacheRead), meter.Count(request, "m"));
        }
    }

    [Fact]
    public void Its_bodies_are_json_with_the_texts_that_it_says()
    {
        foreach (var request in Day.Take(300))
        {
            using var body = JsonDocument.Parse(request.ChatBody("auto"));
            var text = AskedText.Read(System.Text.Encoding.UTF8.GetBytes(request.ChatBody("auto")));
            Assert.Equal((request.System, request.Asked, request.Last), (text.System, text.Asked, text.Last));
        }
    }
}
