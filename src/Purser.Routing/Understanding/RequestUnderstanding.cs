namespace Purser.Routing.Understanding;

/// <summary>A request's features, and why its class is what it is.</summary>
/// <param name="Features">The features.</param>
/// <param name="Score">The class's score in the table of weights; no probability.</param>
/// <param name="Second">The class that came next.</param>
/// <param name="SecondScore">Its score.</param>
/// <param name="Reasons">What spoke for the class and against it, the heaviest first. Empty where nothing did.</param>
public sealed record RequestUnderstanding(
    RequestFeatures Features,
    float Score,
    TaskClass Second,
    float SecondScore,
    IReadOnlyList<Reason> Reasons
)
{
    /// <summary>One line for a person: the class, its reasons, the next class, the difficulty.</summary>
    public override string ToString()
    {
        var reasons = string.Join(
            ", ",
            Reasons.Take(4).Select(reason => FormattableString.Invariant($"{reason.Feature} {reason.Points:+0.0;-0.0}"))
        );
        var because = reasons.Length > 0 ? $" because of {reasons}" : " because nothing says more";
        return FormattableString.Invariant(
            $"{Features.Class} ({Score:0.0}){because}; next {Second} ({SecondScore:0.0}); difficulty {Features.Difficulty:0.00} by its form"
        );
    }
}
