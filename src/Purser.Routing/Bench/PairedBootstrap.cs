namespace Purser.Routing.Bench;

/// <summary>BootstrapIntervals of two routers' areas and of their difference, from the same resampled questions.</summary>
internal static class PairedBootstrap
{
    private const int Draws = 1000;

    /// <summary>The 95 % intervals.</summary>
    /// <param name="router">The router's scores.</param>
    /// <param name="baseline">The baseline's scores.</param>
    /// <param name="gains">For each row the strong model's score less the weak one's.</param>
    /// <param name="costs">What each row's calls cost.</param>
    /// <param name="questions">Each row's question; a question's rows are drawn together.</param>
    /// <param name="seed">Draws.</param>
    public static (BootstrapInterval Router, BootstrapInterval Difference) Measure(
        double[] router,
        double[] baseline,
        double[] gains,
        CallCosts costs,
        IReadOnlyList<string> questions,
        int seed
    )
    {
        var random = new Random(seed);
        int[][] groups =
        [
            .. Enumerable.Range(0, gains.Length).GroupBy(row => questions[row], StringComparer.Ordinal).Select(group => group.ToArray()),
        ];
        var one = new Ranking(router, gains, costs);
        var other = new Ranking(baseline, gains, costs);
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

    private static BootstrapInterval Middle(double value, double[] draws)
    {
        Array.Sort(draws);
        return new BootstrapInterval(value, draws[(int)(0.025 * draws.Length)], draws[(int)(0.975 * draws.Length)]);
    }
}
