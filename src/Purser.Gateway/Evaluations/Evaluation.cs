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
    /// <summary>How many evaluations of one request a client's key has kept at most.</summary>
    public const int MostOfKey = 16;

    /// <summary>What tells it from others of its route and source: the same one again is the same evaluation. At most 128 characters, beside a key.</summary>
    public string Id { get; init; } = "";

    /// <summary>
    /// The id of the client's key that says it, with which <see cref="Id"/> begins, alone or before a space; null where the gateway says it itself.
    /// A key says of a request <see cref="MostOfKey"/> things at most.
    /// </summary>
    public string? Key { get; init; }

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

    /// <summary>Its key has said of the request as much as it may.</summary>
    TooMany,

    /// <summary>There is no such request, or no model answered it.</summary>
    UnknownRoute,
}
