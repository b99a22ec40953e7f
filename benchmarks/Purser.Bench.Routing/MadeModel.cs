using Purser.Routing.Learning;
using Purser.Routing.Understanding;

namespace Purser.Bench.Routing;

/// <summary>A model file as large as one of real outcomes: many different words in prompts, several models. What it expects means nothing.</summary>
internal static class MadeModel
{
    private const int Prompts = 1_500;
    private const int WordsEach = 80;
    private const int Vocabulary = 6_000;
    private const int Models = 10;

    /// <summary>The bytes of the file.</summary>
    public static byte[] Create(int seed)
    {
        var random = new Random(seed);
        string[] words = [.. Enumerable.Range(0, Vocabulary).Select(_ => Word(random))];
        string[] prompts = [.. Enumerable.Range(0, Prompts).Select(row => $"{row}: {Prompt(words, random)}")];
        var scores = Enumerable
            .Range(0, Models)
            .ToDictionary(model => $"m{model}", _ => Array.ConvertAll(prompts, prompt => random.NextDouble() < 0.5 ? 1f : 0f));
        return ModelFile.Write(LearnedModel.Train([.. prompts.Select(RequestReader.ReadPrompt)], prompts, scores, seed));
    }

    private static string Word(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(3, 10)).Select(_ => (char)('a' + random.Next(26))));

    // A few words are frequent and most are rare, as in texts; the benchmark's own are among them, so that they are known.
    private static string Prompt(string[] words, Random random) =>
        string.Join(' ', Enumerable.Range(0, WordsEach).Select(_ => words[(int)(Vocabulary * Math.Pow(random.NextDouble(), 3))]))
        + Requests.Sentences[random.Next(Requests.Sentences.Count)];
}
