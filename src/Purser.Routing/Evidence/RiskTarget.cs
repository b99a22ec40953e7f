namespace Purser.Routing.Evidence;

/// <summary>Which requests a risk is a mean over.</summary>
public enum RiskScope
{
    /// <summary>All requests of the class; one that stays up loses nothing.</summary>
    AllRequests,

    /// <summary>Only those that go down.</summary>
    RoutedDown,
}

/// <summary>What losses are.</summary>
public enum LossKind
{
    /// <summary>0 or 1.</summary>
    Binary,

    /// <summary>Anything from 0 to 1.</summary>
    Bounded,
}

/// <summary>What is promised: that the risk is at most ε, with confidence 1−δ.</summary>
/// <param name="Epsilon">ε: the risk that is accepted, above 0 and below 1.</param>
/// <param name="Delta">δ: how often, over evidence drawn anew, the promise may fail; above 0 and below 1.</param>
/// <param name="Scope">Which requests the risk is a mean over.</param>
/// <param name="Loss">What losses are.</param>
/// <param name="Horizon">
/// Null: the promise is of the risk that the class's requests have in the long run. Else it is also of the losses that are seen among the
/// next so many requests of the class, chance included. At least 1; for binary losses over all requests.
/// </param>
public sealed record RiskTarget(
    double Epsilon,
    double Delta,
    RiskScope Scope = RiskScope.AllRequests,
    LossKind Loss = LossKind.Binary,
    int? Horizon = null
)
{
    /// <summary>Throws where the target makes no sense.</summary>
    /// <exception cref="ArgumentException">A number is outside of its range, or there is no procedure for the combination.</exception>
    internal void Check()
    {
        if (!(Epsilon is > 0 and < 1 && Delta is > 0 and < 1))
        {
            throw new ArgumentException($"ε ({Epsilon}) and δ ({Delta}) are above 0 and below 1.");
        }

        if (Horizon is not null && (Horizon < 1 || Scope != RiskScope.AllRequests || Loss != LossKind.Binary))
        {
            throw new ArgumentException("A horizon is at least 1, and for binary losses over all requests of a class.");
        }
    }
}
