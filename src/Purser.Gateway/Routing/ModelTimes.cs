using System.Collections.Concurrent;

namespace Purser.Gateway.Routing;

/// <summary>How long models' answers take, from the request to the end, as measured here: an average of the latest. In memory alone. Safe for parallel calls.</summary>
internal sealed class ModelTimes
{
    private const double Share = 0.1;

    private readonly ConcurrentDictionary<(string Provider, string Model), double> averages = new();

    /// <summary>The average in seconds; null where nothing was measured.</summary>
    public double? Of(string provider, string model) => averages.TryGetValue((provider, model), out var seconds) ? seconds : null;

    /// <summary>Takes one answer's time.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="model">The model.</param>
    /// <param name="seconds">The time, ≥ 0.</param>
    public void Add(string provider, string model, double seconds) =>
        averages.AddOrUpdate(
            (provider, model),
            static (_, first) => first,
            static (_, average, latest) => average + (Share * (latest - average)),
            seconds
        );
}
