namespace Purser.Routing.Bench;

/// <summary>A figure and its 95 % interval by bootstrap over questions.</summary>
public readonly record struct BootstrapInterval(double Value, double Low, double High);

/// <summary>What a router was measured to do.</summary>
/// <param name="Apgr">The average performance gap recovered.</param>
/// <param name="Curve">What is recovered at each share.</param>
/// <param name="Baseline">The same area for the tuned nearest neighbours.</param>
/// <param name="Improvement">The router's area less the baseline's, measured on the same resampled questions.</param>
/// <param name="Random">The area of a router that tosses coins.</param>
/// <param name="Oracle">The area of a router that knows both scores.</param>
/// <param name="Weak">The weak model's mean score.</param>
/// <param name="Strong">The strong model's mean score.</param>
/// <param name="Count">How many questions were measured.</param>
/// <param name="Trained">How many rows were trained on, on average.</param>
public sealed record BenchResult(
    BootstrapInterval Apgr,
    RoutingCurve Curve,
    double Baseline,
    BootstrapInterval Improvement,
    double Random,
    double Oracle,
    double Weak,
    double Strong,
    int Count,
    int Trained
);
