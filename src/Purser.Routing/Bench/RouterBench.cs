using Purser.Routing.Learning;
using Purser.Routing.Understanding;

namespace Purser.Routing.Bench;

/// <summary>
/// Measures how well a router that knows nothing but prompts chooses between two models: RouteLLM's measures, against chance, the tuned nearest
/// neighbours and an oracle. Deterministic by its seed.
/// </summary>
public sealed class RouterBench
{
    private const int LeastTraining = 20;

    private readonly OutcomeTable data;
    private readonly OutcomeTable training;
    private readonly BenchOptions options;
    private readonly RequestFeatures[] features;
    private readonly RequestFeatures[] trainingFeatures;
    private readonly string[] questions;
    private readonly string[] trainingQuestions;
    private readonly bool separate;
    private readonly AnswerCheck? check;
    private int trained;

    private RouterBench(OutcomeTable data, OutcomeTable? training, BenchOptions options)
    {
        this.data = Known(data, options);
        separate = training is not null;
        this.training = training is null ? this.data : Known(training, options);
        this.options = options;
        features = [.. this.data.Prompts.Select(RequestReader.ReadPrompt)];
        questions = [.. this.data.Prompts.Select(QuestionFolds.Normalise)];
        trainingFeatures = separate ? [.. this.training.Prompts.Select(RequestReader.ReadPrompt)] : features;
        trainingQuestions = separate ? [.. this.training.Prompts.Select(QuestionFolds.Normalise)] : questions;
        check = options.Check is { } accuracy ? new AnswerCheck(accuracy, options.Seed) : null;
    }

    /// <summary>Measures.</summary>
    /// <param name="data">What is measured on.</param>
    /// <param name="training">What is trained on, less the questions that are in <paramref name="data"/>; null trains on the data's other folds.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentException">The data can't answer; the message says why.</exception>
    public static BenchResult Run(OutcomeTable data, OutcomeTable? training, BenchOptions options) =>
        new RouterBench(data, training, options).Run();

    private static OutcomeTable Known(OutcomeTable table, BenchOptions options)
    {
        var strong = Column(table.Scores, options.Strong, "score");
        var weak = Column(table.Scores, options.Weak, "score");
        return table.Where(row => !float.IsNaN(strong[row]) && !float.IsNaN(weak[row]));
    }

    private static T[] Column<T>(IReadOnlyDictionary<string, T[]> columns, string model, string kind) =>
        columns.TryGetValue(model, out var column)
            ? column
            : throw new ArgumentException(
                $"there is no column {model}_{kind}; there are: {string.Join(", ", columns.Keys.Order(StringComparer.Ordinal))}"
            );

    private BenchResult Run()
    {
        var (strong, weak) = (data.Scores[options.Strong], data.Scores[options.Weak]);
        double[] gains = [.. strong.Zip(weak, (high, low) => (double)high - low)];
        if (gains.Sum() <= 0)
        {
            throw new ArgumentException($"{options.Strong} does no better than {options.Weak} on this data: there is no gap to recover");
        }

        var costs = check is null ? CallCosts.Calls(gains.Length) : Costs();
        var router = new double[gains.Length];
        var baseline = new double[gains.Length];
        var splits = Splits();
        foreach (var (train, test) in splits)
        {
            Score(train, test, router, baseline);
        }

        var (apgr, improvement) = PairedBootstrap.Measure(router, baseline, gains, costs, questions, options.Seed);
        return new BenchResult(
            apgr,
            new RoutingCurve(router, gains, costs),
            new RoutingCurve(baseline, gains, costs).Area,
            improvement,
            new RoutingCurve(new double[gains.Length], gains, costs).Area,
            new RoutingCurve(gains, gains, costs).Area,
            weak.Average(),
            strong.Average(),
            gains.Length,
            trained / splits.Count
        );
    }

    private CallCosts Costs()
    {
        var strong = Column(data.Costs, options.Strong, "cost");
        var weak = Column(data.Costs, options.Weak, "cost");
        return strong.Any(double.IsNaN) || weak.Any(double.IsNaN)
            ? throw new ArgumentException("a check counts both calls' costs, and a row has none")
            : new CallCosts(strong, weak);
    }

    private List<(int[] Train, int[] Test)> Splits()
    {
        var all = Enumerable.Range(0, features.Length).ToArray();
        if (separate)
        {
            var measured = questions.ToHashSet(StringComparer.Ordinal);
            int[] rest = [.. Enumerable.Range(0, trainingFeatures.Length).Where(row => !measured.Contains(trainingQuestions[row]))];
            return [(Sample(rest), all)];
        }

        var keys = options.LeaveOutSubjects ? data.Benchmarks : questions;
        var folds = Math.Min(options.Folds, keys.Distinct(StringComparer.Ordinal).Count());
        if (folds < 2)
        {
            throw new ArgumentException("there is one benchmark only: none can be left out");
        }

        var fold = QuestionFolds.Split(keys, folds, options.Seed);
        var splits = new List<(int[] Train, int[] Test)>();
        for (var held = 0; held < folds; held++)
        {
            // A question that two benchmarks share is trained on with neither.
            var tested = all.Where(row => fold[row] == held).Select(row => questions[row]).ToHashSet(StringComparer.Ordinal);
            splits.Add(
                (
                    Sample([.. all.Where(row => fold[row] != held && !tested.Contains(questions[row]))]),
                    [.. all.Where(row => fold[row] == held)]
                )
            );
        }

        return splits;
    }

    private int[] Sample(int[] rows)
    {
        if (options.Rows is { } most && most < rows.Length)
        {
            new Random(options.Seed).Shuffle(rows);
            rows = [.. rows.Take(most).Order()];
        }

        return rows.Length >= LeastTraining
            ? rows
            : throw new ArgumentException($"there are {rows.Length} rows to train on; {LeastTraining} are the least");
    }

    private void Score(int[] train, int[] test, double[] router, double[] baseline)
    {
        trained += train.Length;
        var prompts = Array.ConvertAll(train, row => trainingFeatures[row]);
        var questions = Array.ConvertAll(train, row => trainingQuestions[row]);
        var learner = new PromptLearner(prompts, questions, options.Seed);
        var predicted = new List<double[]>();
        var neighbours = new List<double[]>();
        float[][] others = [.. Others().Select(other => Array.ConvertAll(train, row => other[row]))];
        foreach (var target in Targets())
        {
            var outcomes = Array.ConvertAll(train, row => target[row]);
            var (experts, _) = learner.Learn(outcomes, others);
            var nearest = new NeighbourBaseline(prompts, questions, outcomes, options.Seed);
            predicted.Add(Scores(test, experts.Mean, experts.Spread, row => experts.Above(learner.Surroundings.See(features[row]))));
            neighbours.Add(Scores(test, experts.Mean, nearest.Spread, row => nearest.Predict(features[row])));
        }

        Put(test, predicted, router);
        Put(test, neighbours, baseline);
    }

    /// <summary>
    /// The folds' scores are put in one order. Each fold's mean says nothing of its own questions, and how widely it spreads what it says is a
    /// matter of its luck: so without a check a score is told in spreads of what the fold's own training rows had, when they weren't seen.
    /// </summary>
    private double[] Scores(int[] test, float mean, float spread, Func<int, double> above) =>
        Array.ConvertAll(test, row => check is null ? above(row) / Math.Max(1e-9, spread) : mean + above(row));

    /// <summary>What other models made of the training questions.</summary>
    private IEnumerable<float[]> Others() =>
        training.Scores.Where(model => model.Key != options.Strong && model.Key != options.Weak).Select(model => model.Value);

    /// <summary>The gain; or, with a check, what it takes for Bayes' rule.</summary>
    private float[][] Targets()
    {
        var (strong, weak) = (training.Scores[options.Strong], training.Scores[options.Weak]);
        float[] gains = [.. strong.Zip(weak, (high, low) => high - low)];
        return this.check is null
            ? [gains]
            : [Array.ConvertAll(gains, gain => Math.Max(0, gain)), Array.ConvertAll(gains, gain => Math.Max(0, -gain)), weak];
    }

    private void Put(int[] test, List<double[]> predicted, double[] scores)
    {
        var flags = check?.Flags(data.Scores[options.Weak]);
        for (var at = 0; at < test.Length; at++)
        {
            scores[test[at]] =
                check is null || flags is null
                    ? predicted[0][at]
                    : check.Need(
                        flags[test[at]],
                        Math.Max(0.001, predicted[0][at]),
                        Math.Max(0.001, predicted[1][at]),
                        Math.Clamp(predicted[2][at], 0.01, 0.99)
                    );
        }
    }
}
