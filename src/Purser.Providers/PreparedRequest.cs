namespace Purser.Providers;

/// <summary>What carries one request between its client and a provider, or why nothing can: exactly one of the two.</summary>
/// <param name="Format">To be used for this one request.</param>
/// <param name="Fault">Why the request can't be carried to that provider.</param>
public readonly record struct PreparedRequest(WireFormat? Format, RequestFault? Fault);
