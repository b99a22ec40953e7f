namespace Purser.Routing.Evidence;

/// <summary>Why a class stays on the reference model.</summary>
public enum Declined
{
    /// <summary>So few rows that not even losses of zero in all of them would do.</summary>
    TooFewRows,

    /// <summary>Every threshold that sends a request down has too much risk, or too little evidence that it hasn't.</summary>
    NoThresholdPasses,
}

/// <summary>The outcome of a risk-controlling procedure for one class.</summary>
/// <param name="Target">What was asked.</param>
/// <param name="Rows">n: how many rows of evidence there were.</param>
/// <param name="Procedure">How it was found, by the procedures' names.</param>
public sealed record RiskGuarantee(RiskTarget Target, int Rows, string Procedure)
{
    /// <summary>Requests with this score or a higher one go down. Null where it was declined: all stay up.</summary>
    public double? Threshold { get; init; }

    /// <summary>Which share of the evidence has such a score, from 0 to 1.</summary>
    public double ShareDown { get; init; }

    /// <summary>The risk in the evidence at the threshold, from 0 to 1.</summary>
    public double Risk { get; init; }

    /// <summary>
    /// The upper bound of the risk at the threshold, at most ε. What holds with confidence 1−δ is ε; this says how much room was left.
    /// </summary>
    public double Bound { get; init; }

    /// <summary>Why not; null where there is a threshold.</summary>
    public Declined? Declined { get; init; }

    /// <summary>How many rows without any loss it takes at least to promise anything.</summary>
    public int RowsNeeded { get; init; }

    /// <summary>Whether a request may go down.</summary>
    /// <param name="score">What the predictor expects of the cheaper model; null where it doesn't know.</param>
    public bool SendsDown(double? score) => Threshold is { } threshold && score >= threshold;
}
