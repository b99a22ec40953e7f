namespace Purser.Routing.Bench;

/// <summary>What models made of prompts.</summary>
/// <param name="Prompts">The prompts' texts.</param>
/// <param name="Benchmarks">Where each is from; for reporting and splitting, never a feature.</param>
/// <param name="Scores">For each model its score of each prompt, from 0 to 1; NaN where there is none.</param>
/// <param name="Costs">For each model whose costs are known what each call cost, in one currency; NaN where it isn't known.</param>
public sealed record OutcomeTable(
    IReadOnlyList<string> Prompts,
    IReadOnlyList<string> Benchmarks,
    IReadOnlyDictionary<string, float[]> Scores,
    IReadOnlyDictionary<string, double[]> Costs
)
{
    /// <summary>What was seen of the prompts that aren't there themselves, by row; those are empty.</summary>
    public IReadOnlyDictionary<int, RequestFeatures> Seen { get; init; } = new Dictionary<int, RequestFeatures>();

    /// <summary>The rows for which something holds, in order.</summary>
    public OutcomeTable Where(Func<int, bool> keep)
    {
        int[] rows = [.. Enumerable.Range(0, Prompts.Count).Where(keep)];
        return new OutcomeTable(
            [.. rows.Select(row => Prompts[row])],
            [.. rows.Select(row => Benchmarks[row])],
            Scores.ToDictionary(model => model.Key, model => Array.ConvertAll(rows, row => model.Value[row])),
            Costs.ToDictionary(model => model.Key, model => Array.ConvertAll(rows, row => model.Value[row]))
        )
        {
            Seen = rows.Index().Where(row => Seen.ContainsKey(row.Item)).ToDictionary(row => row.Index, row => Seen[row.Item]),
        };
    }
}
