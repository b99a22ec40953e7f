namespace Purser.Providers;

/// <summary>A model in an answer to <c>GET /v1/models</c>.</summary>
/// <param name="Id">The name that clients ask for.</param>
/// <param name="OwnedBy">The provider's name.</param>
/// <param name="CreatedAt">When the model was made known, if that is known.</param>
public readonly record struct ListedModel(string Id, string OwnedBy, DateTimeOffset? CreatedAt = null);
