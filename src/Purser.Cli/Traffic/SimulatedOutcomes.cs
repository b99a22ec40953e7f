using Purser.Cli.Output;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Purser.Simulator.Skills;
using Purser.Simulator.Traffic;

namespace Purser.Cli.Traffic;

/// <summary>What each model of a plan would make of each request of made-up traffic, and what it would cost.</summary>
internal sealed class SimulatedOutcomes(SkillPlan plan, PriceBook book, DateTimeOffset at)
{
    private static readonly string[] s_providers = ["openai", "anthropic", "google", "mistral", "deepseek"];

    /// <summary>The models, in the plan's order; those named by a beginning have no column.</summary>
    public IReadOnlyList<string> Models { get; } = [.. plan.Models.Keys.Where(model => !model.EndsWith('*'))];

    /// <summary>The first of the models without a price; null where all have one.</summary>
    public string? Unpriced() => Models.FirstOrDefault(model => PriceOf(model) is null);

    /// <summary>
    /// Writes a file to learn from: what was asked, and each model's score and cost. Of a session, its first request alone: what is promised by rows rests on their
    /// being independent of each other.
    /// </summary>
    public void Write(TextWriter output, IEnumerable<TrafficRequest> requests)
    {
        CsvWriter.WriteRecord(
            output,
            ["id", "benchmark", "prompt", .. Models.SelectMany(model => (string[])[$"{model}_score", $"{model}_cost"])]
        );
        foreach (var request in requests.DistinctBy(request => request.Session))
        {
            var nature = NatureOf(request);
            List<string> fields = [$"{request.Number}", request.Class, request.Asked];
            foreach (var model in Models)
            {
                var outcome = plan.Outcome(model, nature, at)!.Value;
                fields.Add(outcome.IsGood ? "1" : "0");
                fields.Add(Cost(model, request, outcome.Tokens, new TrafficMeter()).ToText());
            }

            CsvWriter.WriteRecord(output, fields);
        }
    }

    /// <summary>What a request is by the plan.</summary>
    public PromptNature NatureOf(TrafficRequest request) => PromptNature.Of(plan, request.System, request.Asked, request.Last);

    /// <summary>What a call costs at list prices, with what the meter's cache holds by then.</summary>
    /// <exception cref="CliException">The model has no price.</exception>
    public Money Cost(string model, TrafficRequest request, int answerTokens, TrafficMeter meter)
    {
        var (uncached, cached) = meter.Count(request, model);
        var usage = new TokenUsage
        {
            [UsageClass.Input] = uncached,
            [UsageClass.CacheRead] = cached,
            [UsageClass.Output] = Math.Min(answerTokens, request.MaxTokens),
        };
        return PriceOf(model) is { } price && PriceCalculator.TryCost(price, usage, new PricingTerms(At: at), out var cost, out _)
            ? cost
            : throw CliException.Usage($"{model} has no price", "Add one, and say where with --prices DIR.");
    }

    private SkuPrice? PriceOf(string model) =>
        s_providers.Select(provider => book.FindModel(provider, model)?.PriceAt(at)).FirstOrDefault(price => price is not null);
}
