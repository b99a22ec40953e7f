using Purser.Routing.Bench;
using Xunit;

namespace Purser.Routing.Tests.Bench;

public sealed class RoutingCurveTests
{
    // Four questions; the strong model gains on the first and third, loses on the second: the gap is 1.
    private static readonly double[] Gains = [1, -1, 1, 0];

    [Fact]
    public void The_area_is_that_of_the_corners_drawn_by_hand()
    {
        // In the order 1, 3, 4, 2 the corners are (0,0) (¼,1) (½,2) (¾,2) (1,1): areas ⅛ + ⅜ + ½ + ⅜.
        var curve = new RoutingCurve([0.9, 0.1, 0.8, 0.5], Gains);
        Assert.Equal([(0, 0), (0.25, 1), (0.5, 2), (0.75, 2), (1, 1)], curve.Points);
        Assert.Equal(1.375, curve.Area, 12);
    }

    [Fact]
    public void A_threshold_is_the_smallest_share_that_recovers_it()
    {
        var curve = new RoutingCurve([0.9, 0.1, 0.8, 0.5], Gains);
        Assert.Equal(0.125, curve.Threshold(0.5), 12);
        Assert.Equal(0.2, curve.Threshold(0.8), 12);
        Assert.Equal(double.NaN, curve.Threshold(2.5));
        Assert.Equal(1.5, curve.At(0.375), 12);
    }

    [Fact]
    public void Questions_of_one_score_are_a_straight_line_whatever_their_order()
    {
        Assert.Equal(0.5, new RoutingCurve([7, 7, 7, 7], Gains).Area, 12);
        Assert.Equal(new RoutingCurve([1, 1, 0, 0], Gains).Area, new RoutingCurve([1, 1, 0, 0], [-1, 1, 0, 1]).Area, 12);
    }

    [Fact]
    public void With_costs_the_share_begins_with_what_the_weak_calls_cost_and_ends_at_one()
    {
        // Two questions at 0.5 of the strong cost each, 0.2 spent before: (0.2,0) (0.7,1) (1.2,1), cut at 1.
        var curve = new RoutingCurve([2, 1], [1, 0], new CallCosts([1, 1], [0.2, 0.2]));
        Assert.Equal((0.5 * 1 / 2) + 0.3, curve.Area, 12);
        Assert.Equal(0.45, curve.Threshold(0.5), 12);
    }

    [Fact]
    public void The_resampled_area_is_that_of_a_table_with_each_row_so_many_times()
    {
        var random = new Random(3);
        double[] scores = [.. Enumerable.Range(0, 200).Select(_ => (double)random.Next(20))];
        double[] gains = [.. Enumerable.Range(0, 200).Select(_ => (double)random.Next(-1, 3))];
        double[] strong = [.. Enumerable.Range(0, 200).Select(_ => 1 + random.NextDouble())];
        int[] times = [.. Enumerable.Range(0, 200).Select(_ => random.Next(3))];
        int[] rows = [.. times.SelectMany((count, row) => Enumerable.Repeat(row, count))];
        T[] Repeated<T>(T[] values) => Array.ConvertAll(rows, row => values[row]);

        var resampled = new Ranking(scores, gains, new CallCosts(strong, [.. strong.Select(cost => cost / 9)])).Area(times);

        var costs = new CallCosts(Repeated(strong), [.. Repeated(strong).Select(cost => cost / 9)]);
        Assert.Equal(new RoutingCurve(Repeated(scores), Repeated(gains), costs).Area, resampled, 10);
    }

    [Fact]
    public void A_check_that_is_never_wrong_leaves_right_answers_alone()
    {
        var check = new AnswerCheck(1, 1);
        Assert.Equal([true, false, true], check.Flags([0, 1, 0]));
        Assert.Equal(0.5, check.Need(flagged: true, mended: 0.2, spoilt: 0.1, right: 0.6), 12);
        Assert.Equal(-0.1 / 0.6, check.Need(flagged: false, mended: 0.2, spoilt: 0.1, right: 0.6), 12);
    }
}
