namespace Purser.Routing.Bench;

/// <summary>
/// A check of the weak model's answer that is right with a known probability, whether the answer is right or wrong: 1 is a test suite, less is a
/// judge. It is simulated by the seed, since outcome files don't hold answers.
/// </summary>
internal sealed class AnswerCheck(double accuracy, int seed)
{
    /// <summary>Which answers it calls wrong. An answer of half the score or more is right.</summary>
    public bool[] Flags(float[] weak)
    {
        var random = new Random(seed);
        return Array.ConvertAll(weak, score => score < 0.5f == random.NextDouble() < accuracy);
    }

    /// <summary>What the strong model is expected to gain when the check has spoken, by Bayes' rule.</summary>
    /// <param name="flagged">Whether it called the weak answer wrong.</param>
    /// <param name="mended">The probability, before, that the weak answer is wrong and the strong one right.</param>
    /// <param name="spoilt">The probability, before, that the weak answer is right and the strong one wrong.</param>
    /// <param name="right">The probability, before, that the weak answer is right.</param>
    public double Need(bool flagged, double mended, double spoilt, double right)
    {
        var whenWrong = flagged ? accuracy : 1 - accuracy;
        var whenRight = 1 - whenWrong;
        var said = ((1 - right) * whenWrong) + (right * whenRight);
        return ((mended * whenWrong) - (spoilt * whenRight)) / Math.Max(1e-9, said);
    }
}
