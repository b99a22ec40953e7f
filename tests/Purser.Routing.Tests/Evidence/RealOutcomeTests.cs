using nietras.SeparatedValues;
using Purser.Routing.Evidence;
using Xunit;

namespace Purser.Routing.Tests.Evidence;

/// <summary>
/// The promise on outcomes of real models, with a score of a few lines (naive Bayes over words, learned from other rows): what the
/// procedure must hold whatever the predictor is worth. Needs <c>PURSER_ROUTING_DATA</c>, a folder.
/// </summary>
public sealed class RealOutcomeTests
{
    private const int Fewest = 100;

    [Theory]
    [InlineData("routellm_mmlu.csv", "gpt-4-1106-preview", "mixtral-8x7b-instruct-v0.1", 0.10)]
    [InlineData("routellm_gsm8k.csv", "gpt-4-1106-preview", "mixtral-8x7b-instruct-v0.1", 0.10)]
    [InlineData("routerbench_subset.csv", "gpt-4-1106-preview", "mistralai/mixtral-8x7b-chat", 0.05)]
    [InlineData("llmrouter9.csv", "llama-3.1-nemotron-51b-instruct", "llama-3.1-8b-instruct", 0.10)]
    public void Over_200_splits_the_promise_is_broken_in_a_share_of_delta_at_most(string file, string strong, string weak, double epsilon)
    {
        var (learning, evidence) = Read(Folder(), file, strong, weak);
        var score = new WordScore(learning);
        var classes = evidence
            .GroupBy(outcome => outcome.Benchmark)
            .Where(group => group.Count() >= Fewest)
            .Select(group => new ClassEvidence(group.Key, Rows(group, score)))
            .Append(new ClassEvidence("all of them", Rows(evidence, score)))
            .ToList();
        var lines = GuaranteeReport.Make(classes, new RiskTarget(epsilon, 0.1), 200, 1);
        foreach (var line in lines)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{line}");
        }

        Assert.All(lines, line => Assert.True(line.Check!.Holds, $"{line}"));
        Assert.Contains(lines, line => line.Guarantee.ShareDown > 0.1);
    }

    private static string Folder()
    {
        var folder = Environment.GetEnvironmentVariable("PURSER_ROUTING_DATA");
        if (string.IsNullOrEmpty(folder))
        {
            Assert.False(Environment.GetEnvironmentVariable("PURSER_ROUTING_DATA_REQUIRED") == "1", "PURSER_ROUTING_DATA is not set");
            Assert.Skip("PURSER_ROUTING_DATA is not set: it names the folder with the outcomes of real models");
        }

        return folder!;
    }

    private static EvidenceRow[] Rows(IEnumerable<Outcome> outcomes, WordScore score) =>
        [.. outcomes.Select(outcome => new EvidenceRow(score.Of(outcome.Words), outcome.IsWorse ? 1 : 0))];

    /// <summary>Questions that are the same but for their spelling stay on one side.</summary>
    private static (List<Outcome> Learning, List<Outcome> Evidence) Read(string folder, string file, string strong, string weak)
    {
        using var reader = Sep.New(',').Reader(options => options with { Unescape = true }).FromFile(Path.Combine(folder, file));
        var (learning, evidence, seen) = (new List<Outcome>(), new List<Outcome>(), new HashSet<string>());
        foreach (var row in reader)
        {
            if (row[$"{strong}_score"].TryParse<double>() is not { } reference || row[$"{weak}_score"].TryParse<double>() is not { } cheap)
            {
                continue;
            }

            int[] words =
            [
                .. row["prompt"].ToString().ToLowerInvariant().Split(Separators, StringSplitOptions.RemoveEmptyEntries).Select(Place),
            ];
            var text = string.Join(' ', words);
            if (seen.Add(text))
            {
                (Place(text) % 2 == 0 ? learning : evidence).Add(new Outcome(row["benchmark"].ToString(), words, cheap < reference));
            }
        }

        return (learning, evidence);
    }

    private static readonly char[] Separators =
    [
        .. Enumerable.Range(1, 127).Select(code => (char)code).Where(code => !char.IsLetterOrDigit(code)),
    ];

    private static int Place(string text)
    {
        var hash = 2_166_136_261;
        foreach (var character in text)
        {
            hash = (hash ^ character) * 16_777_619;
        }

        return (int)((hash ^ (hash >> 15)) % WordScore.Places);
    }

    private sealed record Outcome(string Benchmark, int[] Words, bool IsWorse);

    /// <summary>How much likelier a prompt's words are where the weaker model wasn't worse.</summary>
    private sealed class WordScore
    {
        public const int Places = 1 << 15;
        private readonly double[] _weights = new double[Places];

        public WordScore(List<Outcome> outcomes)
        {
            var (worse, others) = (new double[Places], new double[Places]);
            foreach (var outcome in outcomes)
            {
                foreach (var word in outcome.Words.Distinct())
                {
                    (outcome.IsWorse ? worse : others)[word]++;
                }
            }

            var (allWorse, allOthers) = (
                outcomes.Count(outcome => outcome.IsWorse) + 2.0,
                outcomes.Count(outcome => !outcome.IsWorse) + 2.0
            );
            for (var place = 0; place < Places; place++)
            {
                _weights[place] = Math.Log((others[place] + 1) / allOthers) - Math.Log((worse[place] + 1) / allWorse);
            }
        }

        public double Of(int[] words) => words.Distinct().Sum(word => _weights[word]);
    }
}
