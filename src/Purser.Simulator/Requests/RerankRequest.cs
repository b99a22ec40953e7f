namespace Purser.Simulator.Requests;

/// <summary>A request to rank documents by a query.</summary>
/// <param name="Documents">A hash of each document with the query, in the order in which they were given: its score is drawn from it.</param>
/// <param name="Most">How many of the best are wanted.</param>
/// <param name="SearchUnits">The searches that it is billed.</param>
internal sealed record RerankRequest(IReadOnlyList<ulong> Documents, int Most, long SearchUnits);
