namespace Purser.Simulator.Faults;

/// <summary>One rule of a <see cref="FaultPlan"/>.</summary>
/// <param name="Kind">What goes wrong.</param>
/// <param name="Rate">How often, 0 to 1, among the requests that the conditions let through.</param>
/// <param name="Every">Only each n-th of the requests that match; null for all.</param>
/// <param name="Nth">Only the n-th request that matches, counted from 1; null for all.</param>
/// <param name="Model">The model's name as the request gives it; <c>*</c> at the end stands for anything. Null for all.</param>
/// <param name="Api">The API, such as <c>openai</c> or <c>gemini</c>; null for all.</param>
/// <param name="Stream">Only streamed (true) or not streamed (false) answers; null for both.</param>
public sealed record FaultRule(FaultKind Kind, double Rate, long? Every, long? Nth, string? Model, string? Api, bool? Stream)
{
    /// <summary>The key that the request was sent with; <c>*</c> at the end stands for anything. Null for all.</summary>
    public string? Key { get; init; }

    internal bool Counts => Every is not null || Nth is not null;

    internal bool Matches(string api, string model, bool stream, ReadOnlySpan<char> key) =>
        (Api is null || Api == api) && (Stream is null || Stream == stream) && Fits(Model, model) && Fits(Key, key);

    private static bool Fits(string? pattern, ReadOnlySpan<char> name) =>
        pattern is null || (pattern.EndsWith('*') ? name.StartsWith(pattern.AsSpan(0, pattern.Length - 1)) : name.SequenceEqual(pattern));

    internal bool IsDue(long count) => (Every is null || count % Every == 0) && (Nth is null || count == Nth);
}
