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
    internal bool Counts => Every is not null || Nth is not null;

    internal bool Matches(string api, string model, bool stream) =>
        (Api is null || Api == api)
        && (Stream is null || Stream == stream)
        && (
            Model is null
            || (
                Model.EndsWith('*')
                    ? model.StartsWith(Model.AsSpan(0, Model.Length - 1), StringComparison.Ordinal)
                    : string.Equals(model, Model, StringComparison.Ordinal)
            )
        );

    internal bool IsDue(long count) => (Every is null || count % Every == 0) && (Nth is null || count == Nth);
}
