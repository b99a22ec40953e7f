namespace Purser.Routing.Bench;

/// <summary>
/// What is recovered of the gap between a weak and a strong model when the share of questions that go to the strong one grows from 0 to 1,
/// those with the highest scores first. Questions of one score go in a random order: the curve is a straight line among them.
/// The measures are RouteLLM's, without its ten steps.
/// </summary>
public sealed class RoutingCurve
{
    private readonly List<(double Share, double Recovered)> _points = [(0, 0)];

    /// <summary>Draws the curve.</summary>
    /// <param name="scores">How much each question is held to need the strong model.</param>
    /// <param name="gains">For each question the strong model's score less the weak one's.</param>
    /// <param name="costs">What each question adds to the share when it goes to the strong model; null counts questions.</param>
    /// <param name="start">The share that is spent before any question goes to the strong model: the checked weak answers' cost.</param>
    public RoutingCurve(IReadOnlyList<double> scores, IReadOnlyList<double> gains, IReadOnlyList<double>? costs = null, double start = 0)
    {
        var order = Enumerable.Range(0, scores.Count).OrderByDescending(row => scores[row]).ToArray();
        var gap = gains.Sum();
        var share = start;
        double recovered = 0;
        if (start > 0)
        {
            _points.Add((start, 0));
        }

        for (var at = 0; at < order.Length; )
        {
            double gained = 0,
                spent = 0;
            var score = scores[order[at]];
            for (; at < order.Length && scores[order[at]].Equals(score); at++)
            {
                gained += gains[order[at]];
                spent += costs is null ? 1.0 / order.Length : costs[order[at]];
            }

            share += spent;
            recovered += gained;
            _points.Add((share, gap == 0 ? double.NaN : recovered / gap));
        }
    }

    /// <summary>The corners of the curve: the share and what is recovered there.</summary>
    public IReadOnlyList<(double Share, double Recovered)> Points => _points;

    /// <summary>The average performance gap recovered: the area under the curve between the shares 0 and 1.</summary>
    public double Area
    {
        get
        {
            double area = 0;
            for (var at = 1; at < _points.Count; at++)
            {
                var (from, low) = _points[at - 1];
                var (to, high) = _points[at];
                if (from >= 1)
                {
                    break;
                }

                var end = Math.Min(1, to);
                var reached = to > from ? low + ((high - low) * (end - from) / (to - from)) : high;
                area += (low + reached) / 2 * (end - from);
            }

            var (last, level) = _points[^1];
            return last < 1 ? area + (level * (1 - last)) : area;
        }
    }

    /// <summary>The call-performance threshold: the smallest share at which this much of the gap is recovered; NaN where it never is.</summary>
    /// <param name="recovered">How much, from 0 to 1.</param>
    public double Threshold(double recovered)
    {
        for (var at = 1; at < _points.Count; at++)
        {
            var (from, low) = _points[at - 1];
            var (to, high) = _points[at];
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
        for (var at = 1; at < _points.Count; at++)
        {
            var (from, low) = _points[at - 1];
            var (to, high) = _points[at];
            if (share <= to)
            {
                return to > from ? low + ((high - low) * (share - from) / (to - from)) : high;
            }
        }

        return _points[^1].Recovered;
    }
}
