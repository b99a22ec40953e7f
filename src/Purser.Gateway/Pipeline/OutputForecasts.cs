using System.Collections.Concurrent;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Pipeline;

/// <summary>How long answers are, by key, model and wire format, from the ledger's own history.</summary>
internal sealed class OutputForecasts
{
    // Keys are made by people and models by price files: more than this is no real use of a gateway.
    private const int Most = 65_536;

    private readonly ConcurrentDictionary<(string Key, string Model, string Api), OutputForecast> forecasts = new();

    /// <summary>Forecasts that have learned from a ledger.</summary>
    public static OutputForecasts From(LedgerStore store)
    {
        var forecasts = new OutputForecasts();
        foreach (var (key, model, api, output) in store.ReadOfThePast(OutputHistory.Read, none: []))
        {
            forecasts.Of(key, model, api).Add(output);
        }

        return forecasts;
    }

    /// <summary>The forecast of one key on one route.</summary>
    public OutputForecast Of(string keyId, Route route) => Of(keyId, route.Model, route.Api);

    /// <summary>The same by its names.</summary>
    public OutputForecast Of(string keyId, string model, string api)
    {
        if (forecasts.TryGetValue((keyId, model, api), out var known))
        {
            return known;
        }

        // Counting takes every lock of the dictionary, so only what is new is worth it.
        if (forecasts.Count >= Most)
        {
            forecasts.Clear();
        }

        return forecasts.GetOrAdd((keyId, model, api), static _ => new OutputForecast());
    }
}
