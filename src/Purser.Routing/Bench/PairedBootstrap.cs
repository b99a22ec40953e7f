namespace Purser.Routing.Bench;

/// <summary>Intervals of two routers' areas and of their difference, from the same resampled questions.</summary>
internal static class PairedBootstrap
{
    private const int Draws = 1000;

    /// <summary>The 95 % intervals.</summary>
    /// <param name="router">The router's scores.</param>
    /// <param name="baseline">The baseline's scores.</param>
    /// <param name="gains">For each row the strong model's score less the weak one's.</param>
    /// <param name="share">What each row adds to the share, and what is spent before, both of all rows.</param>
    /// <param name="questions">Each row's question; a question's rows are drawn together.</param>
    /// <param name="seed">Draws.</param>
    public static (Interval Router, Interval Difference) Measure(
        double[] router,
        double[] baseline,
        double[] gains,
        Spending share,
        IReadOnlyList<string> questions,
        int seed
    )
    {
        var random = new Random(seed);
        int[][] groups =
        [
            .. Enumerable.Range(0, gains.Length).GroupBy(row => questions[row], StringComparer.Ordinal).Select(group => group.ToArray()),
        ];
        var one = new Ranking(router, gains, share);
        var other = new Ranking(baseline, gains, share);
        var areas = new double[Draws];
        var differences = new double[Draws];
        var times = new int[gains.Length];
        for (var draw = 0; draw < Draws; draw++)
        {
            Array.Clear(times);
            for (var left = groups.Length; left > 0; left--)
            {
                foreach (var row in groups[random.Next(groups.Length)])
                {
                    times[row]++;
                }
            }

            areas[draw] = one.Area(times);
            differences[draw] = areas[draw] - other.Area(times);
        }

        Array.Fill(times, 1);
        var area = one.Area(times);
        return (Middle(area, areas), Middle(area - other.Area(times), differences));
    }

    private static Interval Middle(double value, double[] draws)
    {
        Array.Sort(draws);
        return new Interval(value, draws[(int)(0.025 * draws.Length)], draws[(int)(0.975 * draws.Length)]);
    }

    /// <summary>Rows in the order of their scores: the area of any resample is then one pass.</summary>
    internal sealed class Ranking
    {
        private readonly int[] _order;
        private readonly double[] _scores;
        private readonly double[] _gains;
        private readonly Spending _spending;

        public Ranking(double[] scores, double[] gains, Spending spending)
        {
            _order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(row => scores[row])];
            _scores = scores;
            _gains = gains;
            _spending = spending;
        }

        /// <summary>The area where each row is there so many times.</summary>
        public double Area(int[] times)
        {
            double gap = 0,
                all = 0,
                before = 0;
            for (var row = 0; row < times.Length; row++)
            {
                gap += times[row] * _gains[row];
                all += times[row] * _spending.Strong[row];
                before += times[row] * _spending.Before[row];
            }

            double share = before / all,
                recovered = 0,
                area = 0;
            for (var at = 0; at < _order.Length && share < 1; )
            {
                double gained = 0,
                    spent = 0;
                var score = _scores[_order[at]];
                for (; at < _order.Length && _scores[_order[at]].Equals(score); at++)
                {
                    gained += times[_order[at]] * _gains[_order[at]];
                    spent += times[_order[at]] * _spending.Strong[_order[at]] / all;
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
}
