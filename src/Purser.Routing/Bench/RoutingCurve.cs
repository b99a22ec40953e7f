namespace Purser.Routing.Bench;

/// <summary>
/// What is recovered of the gap between a weak and a strong model when the share of questions that go to the strong one grows from 0 to 1,
/// those with the highest scores first. Questions of one score go in a random order: the curve is a straight line among them.
/// The measures are RouteLLM's, without its ten steps.
/// </summary>
public sealed class RoutingCurve
{
    private readonly List<(double Share, double Recovered)> points = [(0, 0)];

    /// <summary>Draws the curve where each question counts alike.</summary>
    /// <param name="scores">How much each question is held to need the strong model.</param>
    /// <param name="gains">For each question the strong model's score less the weak one's.</param>
    public RoutingCurve(double[] scores, double[] gains)
        : this(scores, gains, CallCosts.Calls(scores.Length)) { }

    /// <summary>Draws the curve where shares are of cost.</summary>
    internal RoutingCurve(double[] scores, double[] gains, CallCosts costs)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var order = Enumerable.Range(0, scores.Length).OrderByDescending(row => scores[row]).ToArray();
        var (gap, all) = (gains.Sum(), costs.Strong.Sum());
        var share = costs.Before.Sum() / all;
        double recovered = 0;
        if (share > 0)
        {
            points.Add((share, 0));
        }

        for (var at = 0; at < order.Length; )
        {
            double gained = 0,
                spent = 0;
            var score = scores[order[at]];
            for (; at < order.Length && scores[order[at]].Equals(score); at++)
            {
                gained += gains[order[at]];
                spent += costs.Strong[order[at]] / all;
            }

            share += spent;
            recovered += gained;
            points.Add((share, gap == 0 ? double.NaN : recovered / gap));
        }

        var once = new int[scores.Length];
        Array.Fill(once, 1);
        Area = new Ranking(scores, gains, costs).Area(once);
    }

    /// <summary>The corners of the curve: the share and what is recovered there.</summary>
    public IReadOnlyList<(double Share, double Recovered)> Points => points;

    /// <summary>The average performance gap recovered: the area under the curve between the shares 0 and 1.</summary>
    public double Area { get; }

    /// <summary>The call-performance threshold: the smallest share at which this much of the gap is recovered; NaN where it never is.</summary>
    /// <param name="recovered">How much, from 0 to 1.</param>
    public double Threshold(double recovered)
    {
        for (var at = 1; at < points.Count; at++)
        {
            var (from, low) = points[at - 1];
            var (to, high) = points[at];
            if (high >= recovered && low < recovered)
            {
                return from + ((to - from) * (recovered - low) / (high - low));
            }
        }

        return double.NaN;
    }

    /// <summary>What is recovered at a share.</summary>
    public double At(double share)
    {
        for (var at = 1; at < points.Count; at++)
        {
            var (from, low) = points[at - 1];
            var (to, high) = points[at];
            if (share <= to)
            {
                return to > from ? low + ((high - low) * (share - from) / (to - from)) : high;
            }
        }

        return points[^1].Recovered;
    }
}
