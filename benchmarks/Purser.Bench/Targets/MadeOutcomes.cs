using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Purser.Bench.Targets;

/// <summary>A router model for the row with <c>auto</c>, from outcomes that are made by seed: as large as one of real outcomes, and worth nothing.</summary>
internal static class MadeOutcomes
{
    private const int Prompts = 1_000;
    private const int WordsEach = 60;

    private static readonly string[] Common = ["the", "quick", "brown", "fox", "jumps", "over", "lazy", "dog", "and", "so", "on"];

    /// <summary>Trains with <c>purser router train</c> and leaves the file at a path.</summary>
    /// <exception cref="BenchException">The training failed.</exception>
    public static void Train(string program, string folder, string model)
    {
        var data = Path.Combine(folder, "outcomes.csv");
        File.WriteAllText(data, Table(1));
        using var process =
            Process.Start(new ProcessStartInfo("dotnet", [program, "router", "train", "--data", data, "--output", model]))
            ?? throw new BenchException("dotnet can't be started");
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new BenchException($"purser router train ended with {process.ExitCode}");
        }
    }

    private static string Table(int seed)
    {
        var random = new Random(seed);
        string[] rare = [.. Enumerable.Range(0, 4_000).Select(_ => Word(random))];
        var table = new StringBuilder("prompt,gpt-5_score,gpt-5-mini_score\n");
        for (var row = 0; row < Prompts; row++)
        {
            var words = Enumerable
                .Range(0, WordsEach)
                .Select(_ => random.Next(2) == 0 ? Common[random.Next(Common.Length)] : rare[random.Next(rare.Length)]);
            var good = random.NextDouble() < 0.98 ? 1 : 0;
            table.Append(CultureInfo.InvariantCulture, $"{row} {string.Join(' ', words)},1,{good}\n");
        }

        return table.ToString();
    }

    private static string Word(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(3, 10)).Select(_ => (char)('a' + random.Next(26))));
}
