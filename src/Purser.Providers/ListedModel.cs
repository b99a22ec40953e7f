namespace Purser.Providers;

/// <summary>A model in a list of models.</summary>
/// <param name="Id">The name that clients ask for.</param>
/// <param name="OwnedBy">The provider's name.</param>
/// <param name="CreatedAt">When the model was made known, if that is known.</param>
/// <param name="ContextTokens">The most input tokens; null where that isn't known.</param>
/// <param name="MaxOutputTokens">The most output tokens; null where that isn't known.</param>
public readonly record struct ListedModel(
    string Id,
    string OwnedBy,
    DateTimeOffset? CreatedAt = null,
    long? ContextTokens = null,
    long? MaxOutputTokens = null
);
