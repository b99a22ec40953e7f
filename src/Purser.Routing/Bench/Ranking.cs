namespace Purser.Routing.Bench;

/// <summary>Rows in the order of their scores: the area of any resample is then one pass.</summary>
internal sealed class Ranking
{
    private readonly int[] order;
    private readonly double[] scores;
    private readonly double[] gains;
    private readonly CallCosts costs;

    public Ranking(double[] scores, double[] gains, CallCosts costs)
    {
        order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(row => scores[row])];
        this.scores = scores;
        this.gains = gains;
        this.costs = costs;
    }

    /// <summary>The area where each row is there so many times.</summary>
    public double Area(int[] times)
    {
        double gap = 0,
            all = 0,
            before = 0;
        for (var row = 0; row < times.Length; row++)
        {
            gap += times[row] * gains[row];
            all += times[row] * costs.Strong[row];
            before += times[row] * costs.Before[row];
        }

        double share = before / all,
            recovered = 0,
            area = 0;
        for (var at = 0; at < order.Length && share < 1; )
        {
            double gained = 0,
                spent = 0;
            var score = scores[order[at]];
            for (; at < order.Length && scores[order[at]].Equals(score); at++)
            {
                gained += times[order[at]] * gains[order[at]];
                spent += times[order[at]] * costs.Strong[order[at]] / all;
            }

            if (spent > 0)
            {
                var taken = Math.Min(1, (1 - share) / spent);
                area += (recovered + (gained * taken / 2)) * spent * taken;
            }

            share += spent;
            recovered += gained;
        }

        return (area + (recovered * Math.Max(0, 1 - share))) / gap;
    }
}
