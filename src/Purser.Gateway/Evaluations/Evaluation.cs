namespace Purser.Gateway.Evaluations;

/// <summary>Who says how good an answer was.</summary>
internal enum EvaluationSource
{
    /// <summary>Its user, who chose to say so.</summary>
    Feedback,

    /// <summary>A judge, of a random share of the answers.</summary>
    Judge,

    /// <summary>A judge, of an answer that another model gave to a random share of the requests, and that nobody was shown.</summary>
    Shadow,

    /// <summary>A check of the answer itself: whether its JSON is valid, its code compiles.</summary>
    Check,

    /// <summary>A person, who said beforehand where the request goes: a model that would have taken it was passed over.</summary>
    Override,
}

/// <summary>How good one answer to a request was.</summary>
/// <param name="RouteId">The request, by whose id its route is recorded.</param>
/// <param name="Model">The model, as the request's route names it; null for the one that answered.</param>
/// <param name="Score">From 0, useless, to 1, as good as asked.</param>
/// <param name="Source">Who says so.</param>
/// <param name="At">When.</param>
internal sealed record Evaluation(Guid RouteId, string? Model, double Score, EvaluationSource Source, DateTimeOffset At)
{
    /// <summary>What tells it from others of its route and source: the same one again is the same evaluation. At most 128 characters.</summary>
    public string Id { get; init; } = "";

    /// <summary>Why, in a person's words; null where nothing is said or kept.</summary>
    public string? Reason { get; init; }
}

/// <summary>What became of an evaluation.</summary>
internal enum EvaluationOutcome
{
    /// <summary>It's kept.</summary>
    Kept,

    /// <summary>It was there already, and stands as it came first.</summary>
    Known,

    /// <summary>There is no such request, or no model answered it.</summary>
    UnknownRoute,
}
