using System.Collections.Concurrent;
using System.Text.Json;
using Purser.Providers.Tokens;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// What was learned of the tokenizers that aren't known, by provider and model. Kept in memory: a start learns anew, because the ledger has the
/// counts but not the texts.
/// </summary>
internal sealed class TokenRatios
{
    // Those that a configuration can name are fewer.
    private const int Most = 4096;

    // A pass over a larger body would take the better part of a millisecond.
    private const int LargestBody = 512 << 10;

    private readonly ConcurrentDictionary<(string Provider, string Model), TokenRatio> ratios = new();

    /// <summary>What is known of a model at a provider.</summary>
    public TokenRatio Of(string provider, string model)
    {
        if (ratios.TryGetValue((provider, model), out var known))
        {
            return known;
        }

        // Counting takes every lock of the dictionary, so only what is new is worth it.
        if (ratios.Count >= Most)
        {
            ratios.Clear();
        }

        return ratios.GetOrAdd((provider, model), static _ => new TokenRatio());
    }

    /// <summary>
    /// Learns from a provider's own count of a request's input: the first ones all, later ones by sample, large bodies not at all, and
    /// nothing from input that isn't all text in the body.
    /// </summary>
    /// <param name="provider">The provider.</param>
    /// <param name="model">The name that it knows the model by.</param>
    /// <param name="body">The request's body.</param>
    /// <param name="counted">Its tokens by the provider's count.</param>
    public void Learn(string provider, string model, ReadOnlySpan<byte> body, long counted)
    {
        if (body.Length > LargestBody || !TokenCounter.CanLearn(model))
        {
            return;
        }

        var ratio = Of(provider, model);
        if (!ratio.Wants())
        {
            return;
        }

        try
        {
            if (TokenCounter.Unlearned(model, body) is { } estimate)
            {
                ratio.Learn(estimate, counted);
            }
        }
        catch (JsonException)
        {
            // What a provider took for JSON and this isn't: nothing to learn from.
        }
    }
}
