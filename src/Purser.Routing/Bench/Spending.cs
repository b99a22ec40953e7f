namespace Purser.Routing.Bench;

/// <summary>What each row spends; the share is what was spent of what it costs to ask the strong model all.</summary>
/// <param name="Strong">What the strong model's call costs; 1 each where calls are counted.</param>
/// <param name="Before">What is spent on the row whoever answers: the checked weak call; 0 where nothing is checked.</param>
internal sealed record Spending(double[] Strong, double[] Before)
{
    /// <summary>Counts strong calls.</summary>
    public static Spending Calls(int rows)
    {
        var ones = new double[rows];
        Array.Fill(ones, 1);
        return new Spending(ones, new double[rows]);
    }

    /// <summary>A curve with this share.</summary>
    public RoutingCurve Curve(double[] scores, double[] gains)
    {
        var all = Strong.Sum();
        return new RoutingCurve(scores, gains, Array.ConvertAll(Strong, cost => cost / all), Before.Sum() / all);
    }
}
