using Purser.Routing.Bench;

namespace Purser.Routing.Tests.Learning;

/// <summary>Outcomes by a known rule: the weak model fails at proofs more often than at the rest, the strong one at neither.</summary>
internal static class MadeOutcomes
{
    private static readonly string[] Hard = ["Prove that the group", "Derive the integral of", "Show that the theorem of"];
    private static readonly string[] Easy = ["Name the capital of", "Which animal lives in", "What colour has"];
    private static readonly string[] Things =
    [
        "water",
        "France",
        "a ring",
        "iron",
        "the sea",
        "a field",
        "Peru",
        "the moon",
        "salt",
        "a lattice",
    ];

    public static OutcomeTable Table(int rows, int seed = 1)
    {
        var random = new Random(seed);
        var prompts = new List<string>();
        var strong = new float[rows];
        var weak = new float[rows];
        for (var row = 0; row < rows; row++)
        {
            var hard = random.Next(2) == 0;
            var opening = (hard ? Hard : Easy)[random.Next(3)];
            prompts.Add($"{opening} {Things[random.Next(10)]} and {Things[random.Next(10)]}, case {row}?");
            strong[row] = random.NextDouble() < 0.9 ? 1 : 0;
            weak[row] = random.NextDouble() < (hard ? 0.3 : 0.85) ? 1 : 0;
        }

        return new OutcomeTable(
            prompts,
            [.. Enumerable.Range(0, rows).Select(row => $"set{row % 4}")],
            new Dictionary<string, float[]> { ["strong"] = strong, ["weak"] = weak },
            new Dictionary<string, double[]>
            {
                ["strong"] = [.. Enumerable.Repeat(0.01, rows)],
                ["weak"] = [.. Enumerable.Repeat(0.0005, rows)],
            }
        );
    }
}
