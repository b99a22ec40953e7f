namespace Purser.Routing.Bench;

/// <summary>What each row's calls cost; a share is what was spent of what it costs to ask the strong model all.</summary>
/// <param name="Strong">What the strong model's call costs; 1 each where calls are counted.</param>
/// <param name="Before">What is spent on the row whoever answers: the checked weak call; 0 where nothing is checked.</param>
internal sealed record CallCosts(double[] Strong, double[] Before)
{
    /// <summary>Counts strong calls.</summary>
    public static CallCosts Calls(int rows)
    {
        var ones = new double[rows];
        Array.Fill(ones, 1);
        return new CallCosts(ones, new double[rows]);
    }
}
