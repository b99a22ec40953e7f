namespace Purser.Analytics;

/// <summary>What sums are asked for.</summary>
public sealed record UsageQuery
{
    /// <summary>The dimensions of <see cref="Dimensions"/>, in order; none gives the total alone.</summary>
    public IReadOnlyList<string> By { get; init; } = [];

    /// <summary>The first instant, microseconds since 1970 UTC. An attempt counts when its request came in.</summary>
    public long From { get; init; } = long.MinValue;

    /// <summary>The first instant after.</summary>
    public long To { get; init; } = long.MaxValue;

    /// <summary>
    /// What a row must have to count: of each dimension one of these values. Of those in which the attempts of one request can differ
    /// (provider, models, outcome, …) one value can be asked for, because a request counts once in all rows that match.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Where { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}

/// <summary>Sums over some attempts. A request counts once, however often it was tried.</summary>
/// <param name="Requests">Requests that were tried at a provider at least once.</param>
/// <param name="EstimatedRequests">Those of which an attempt was posted at the best-known usage.</param>
/// <param name="UnconfirmedRequests">Those of which it isn't known what an attempt cost.</param>
/// <param name="RefusedRequests">Requests that Purser refused.</param>
/// <param name="InputTokens">Input tokens, cached ones included.</param>
/// <param name="CachedInputTokens">Input tokens read from a cache.</param>
/// <param name="CacheWriteTokens">Input tokens written to a cache.</param>
/// <param name="OutputTokens">Output tokens, reasoning included.</param>
/// <param name="ReasoningTokens">Output tokens of reasoning.</param>
/// <param name="CostNanos">What it cost, corrections included, nano-dollars.</param>
/// <param name="NotBilledNanos">What callers' own subscriptions paid for, at list prices, nano-dollars.</param>
public readonly record struct Sums(
    Int128 Requests,
    Int128 EstimatedRequests,
    Int128 UnconfirmedRequests,
    Int128 RefusedRequests,
    Int128 InputTokens,
    Int128 CachedInputTokens,
    Int128 CacheWriteTokens,
    Int128 OutputTokens,
    Int128 ReasoningTokens,
    Int128 CostNanos,
    Int128 NotBilledNanos
)
{
    /// <summary>Both together.</summary>
    public static Sums operator +(in Sums left, in Sums right) =>
        new(
            left.Requests + right.Requests,
            left.EstimatedRequests + right.EstimatedRequests,
            left.UnconfirmedRequests + right.UnconfirmedRequests,
            left.RefusedRequests + right.RefusedRequests,
            left.InputTokens + right.InputTokens,
            left.CachedInputTokens + right.CachedInputTokens,
            left.CacheWriteTokens + right.CacheWriteTokens,
            left.OutputTokens + right.OutputTokens,
            left.ReasoningTokens + right.ReasoningTokens,
            left.CostNanos + right.CostNanos,
            left.NotBilledNanos + right.NotBilledNanos
        );

    /// <summary>Both together.</summary>
    public static Sums Add(in Sums left, in Sums right) => left + right;
}

/// <summary>One row of an answer.</summary>
/// <param name="Values">
/// The dimensions' values, in the query's order: a text, a whole number of days, hours or quarters since 1970 UTC, or null where there is none.
/// </param>
/// <param name="Sums">The sums.</param>
public sealed record UsageGroup(IReadOnlyList<object?> Values, Sums Sums);

/// <summary>An answer.</summary>
/// <param name="Groups">The rows, in no order.</param>
/// <param name="Total">The sums over all of them; a request that is in several rows counts once.</param>
public sealed record UsageSums(IReadOnlyList<UsageGroup> Groups, Sums Total);
