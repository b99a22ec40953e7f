namespace Purser.Providers;

/// <summary>What carries one request between its client and a provider, or why nothing can: exactly one of the two.</summary>
/// <param name="Format">To be used for this one attempt.</param>
/// <param name="Fault">Why the request can't be carried to that provider.</param>
public readonly record struct PreparedRequest(WireFormat? Format, RequestFault? Fault);

/// <summary>Where one attempt goes.</summary>
/// <param name="Model">The model name that the provider knows.</param>
/// <param name="MaxOutputTokens">The most output tokens that the model gives, ≥ 1; null: unknown.</param>
/// <param name="RequestId">Purser's id of the request, for answers in formats that need one: 1 to 64 letters, digits, hyphens and underscores.</param>
/// <param name="At">When the request came in.</param>
/// <param name="Region">The provider's region, where it's in one; else null.</param>
public readonly record struct Destination(string Model, long? MaxOutputTokens, string RequestId, DateTimeOffset At, string? Region = null);
