using System.Text;
using Purser.Simulator.Caching;
using Purser.Simulator.Models;
using Purser.Simulator.OpenAI;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Traffic;

/// <summary>
/// Counts what the simulator would bill for the prompts of made-up traffic, sent to models in an order with one key: what would have been billed, had they
/// gone elsewhere. It has a prompt cache of its own.
/// </summary>
public sealed class TrafficMeter
{
    private readonly ModelTable models = new(1);
    private readonly PromptCache cache = new(TimeProvider.System);

    /// <summary>Counts a request's prompt, and keeps it in the model's cache.</summary>
    /// <param name="request">The request.</param>
    /// <param name="model">The model that it goes to.</param>
    /// <returns>Its tokens, by whether they were in the cache.</returns>
    public (long Uncached, long Cached) Count(TrafficRequest request, string model)
    {
        var body = new RequestBody(Encoding.UTF8.GetBytes(request.ChatBody(model)), models, 0);
        var read = OpenAIRequestReader.Read(body, out var error) ?? throw new InvalidOperationException(error!.Message);
        var usage = cache.Automatic(read.Prefixes, read.PromptTokens, billsWrites: false);
        return (usage.Input, usage.CacheRead);
    }
}
