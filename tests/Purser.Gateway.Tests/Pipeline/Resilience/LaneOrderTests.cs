using Purser.Gateway.Configuration;
using Purser.Gateway.Pipeline.Resilience;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline.Resilience;

public sealed class LaneOrderTests
{
    private static readonly ResilienceOptions Usual = new();

    [Fact]
    public async Task Without_weights_the_configurations_order_holds()
    {
        using var legs = new Legs(Balance.Order, new Random(1).NextDouble, ("a", Usual), ("b", Usual), ("c", Usual));

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("abc", await OrderAsync(legs));
        }
    }

    [Fact]
    public async Task With_weights_each_is_first_as_often_as_its_share_says_and_one_without_comes_last()
    {
        using var legs = new Legs(
            Balance.Order,
            new Random(1).NextDouble,
            ("x", Usual),
            ("a", Usual with { Weight = 1 }),
            ("b", Usual with { Weight = 3 })
        );
        var orders = new List<string>();

        for (var i = 0; i < 4000; i++)
        {
            orders.Add(await OrderAsync(legs));
        }

        Assert.All(orders, order => Assert.Contains(order, (string[])["abx", "bax"]));
        // The seed is fixed: 3000 are expected, with a deviation of 27.
        Assert.InRange(orders.Count(order => order == "bax"), 2890, 3110);
    }

    [Fact]
    public async Task By_load_the_quickest_is_first_until_it_has_too_much_under_way()
    {
        using var legs = new Legs(Balance.LeastLoaded, () => 0, ("a", Usual), ("b", Usual));
        await AnswerInAsync(legs, 0, TimeSpan.FromMilliseconds(300));
        await AnswerInAsync(legs, 1, TimeSpan.FromMilliseconds(100));

        Assert.Equal("ba", await OrderAsync(legs));
        foreach (var _ in Enumerable.Range(0, 3))
        {
            legs[1].Enter();
        }

        Assert.Equal("ab", await OrderAsync(legs));
    }

    [Fact]
    public async Task One_that_got_slow_is_left_at_once_and_tried_again_after_a_while()
    {
        using var legs = new Legs(Balance.LeastLoaded, () => 0, ("a", Usual), ("b", Usual));
        await AnswerInAsync(legs, 0, TimeSpan.FromMilliseconds(100));
        await AnswerInAsync(legs, 1, TimeSpan.FromMilliseconds(200));
        Assert.Equal("ab", await OrderAsync(legs));

        await AnswerInAsync(legs, 0, TimeSpan.FromMilliseconds(1000));
        Assert.Equal("ba", await OrderAsync(legs));
        for (var i = 0; i < 40; i++)
        {
            await AnswerInAsync(legs, 1, TimeSpan.FromMilliseconds(200));
            legs.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal("ab", await OrderAsync(legs));
    }

    [Theory]
    [InlineData(Balance.Order)]
    [InlineData(Balance.LeastLoaded)]
    public async Task A_routes_first_choice_stays_before_its_second_whatever_the_weights_and_loads(Balance balance)
    {
        using var legs = new Legs(balance, () => 0, ("a", Usual), ("b", Usual), ("c", Usual with { Weight = 9 }));
        await AnswerInAsync(legs, 0, TimeSpan.FromMilliseconds(500));
        await AnswerInAsync(legs, 1, TimeSpan.FromMilliseconds(300));
        var candidates = legs.Route().Select((candidate, at) => candidate with { Choice = at == 0 ? 0 : 1 }).ToList();

        Assert.Equal("acb", await OrderAsync(legs.Begin(candidates)));
    }

    private static async Task AnswerInAsync(Legs legs, int provider, TimeSpan time) =>
        await legs[provider]
            .BeginAsync(
                legs.Clock,
                clock =>
                {
                    clock.Advance(time);
                    return Task.FromResult(Legs.Good);
                }
            );

    private static Task<string> OrderAsync(Legs legs) => OrderAsync(legs.Begin());

    private static async Task<string> OrderAsync(Journey begun)
    {
        await using var journey = begun;
        var order = "";
        while (await journey.NextAsync() is { } pass)
        {
            order += pass.Lane.Id.Provider;
            journey.Dismiss(pass);
            pass.Dispose();
        }

        return order;
    }
}
