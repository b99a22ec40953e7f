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

    private readonly OutcomeTable _data;
    private readonly OutcomeTable _training;
    private readonly BenchOptions _options;
    private readonly RequestFeatures[] _features;
    private readonly RequestFeatures[] _trainingFeatures;
    private readonly string[] _questions;
    private readonly string[] _trainingQuestions;
    private readonly bool _separate;
    private readonly AnswerCheck? _check;
    private int _trained;

    private RouterBench(OutcomeTable data, OutcomeTable? training, BenchOptions options)
    {
        _data = Known(data, options);
        _separate = training is not null;
        _training = training is null ? _data : Known(training, options);
        _options = options;
        _features = [.. _data.Prompts.Select(RequestReader.ReadPrompt)];
        _questions = [.. _data.Prompts.Select(QuestionFolds.Normalise)];
        _trainingFeatures = _separate ? [.. _training.Prompts.Select(RequestReader.ReadPrompt)] : _features;
        _trainingQuestions = _separate ? [.. _training.Prompts.Select(QuestionFolds.Normalise)] : _questions;
        _check = options.Check is { } accuracy ? new AnswerCheck(accuracy, options.Seed) : null;
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
        var (strong, weak) = (_data.Scores[_options.Strong], _data.Scores[_options.Weak]);
        double[] gains = [.. strong.Zip(weak, (high, low) => (double)high - low)];
        if (gains.Sum() <= 0)
        {
            throw new ArgumentException($"{_options.Strong} does no better than {_options.Weak} on this data: there is no gap to recover");
        }

        var spending = _check is null ? Spending.Calls(gains.Length) : Costs();
        var router = new double[gains.Length];
        var baseline = new double[gains.Length];
        var splits = Splits();
        foreach (var (train, test) in splits)
        {
            Score(train, test, router, baseline);
        }

        var (apgr, improvement) = PairedBootstrap.Measure(router, baseline, gains, spending, _questions, _options.Seed);
        return new BenchResult(
            apgr,
            spending.Curve(router, gains),
            spending.Curve(baseline, gains).Area,
            improvement,
            spending.Curve(new double[gains.Length], gains).Area,
            spending.Curve(gains, gains).Area,
            weak.Average(),
            strong.Average(),
            gains.Length,
            _trained / splits.Count
        );
    }

    private Spending Costs()
    {
        var strong = Column(_data.Costs, _options.Strong, "cost");
        var weak = Column(_data.Costs, _options.Weak, "cost");
        return strong.Any(double.IsNaN) || weak.Any(double.IsNaN)
            ? throw new ArgumentException("a check counts both calls' costs, and a row has none")
            : new Spending(strong, weak);
    }

    private List<(int[] Train, int[] Test)> Splits()
    {
        var all = Enumerable.Range(0, _features.Length).ToArray();
        if (_separate)
        {
            var measured = _questions.ToHashSet(StringComparer.Ordinal);
            int[] rest = [.. Enumerable.Range(0, _trainingFeatures.Length).Where(row => !measured.Contains(_trainingQuestions[row]))];
            return [(Sample(rest), all)];
        }

        var keys = _options.LeaveOutSubjects ? _data.Benchmarks : _questions;
        var folds = Math.Min(_options.Folds, keys.Distinct(StringComparer.Ordinal).Count());
        if (folds < 2)
        {
            throw new ArgumentException("there is one benchmark only: none can be left out");
        }

        var fold = QuestionFolds.Split(keys, folds, _options.Seed);
        var splits = new List<(int[] Train, int[] Test)>();
        for (var held = 0; held < folds; held++)
        {
            // A question that two benchmarks share is trained on with neither.
            var tested = all.Where(row => fold[row] == held).Select(row => _questions[row]).ToHashSet(StringComparer.Ordinal);
            splits.Add(
                (
                    Sample([.. all.Where(row => fold[row] != held && !tested.Contains(_questions[row]))]),
                    [.. all.Where(row => fold[row] == held)]
                )
            );
        }

        return splits;
    }

    private int[] Sample(int[] rows)
    {
        if (_options.Rows is { } most && most < rows.Length)
        {
            new Random(_options.Seed).Shuffle(rows);
            rows = [.. rows.Take(most).Order()];
        }

        return rows.Length >= LeastTraining
            ? rows
            : throw new ArgumentException($"there are {rows.Length} rows to train on; {LeastTraining} are the least");
    }

    private void Score(int[] train, int[] test, double[] router, double[] baseline)
    {
        _trained += train.Length;
        var prompts = Array.ConvertAll(train, row => _trainingFeatures[row]);
        var questions = Array.ConvertAll(train, row => _trainingQuestions[row]);
        var learner = new PromptLearner(prompts, questions, _options.Seed);
        var predicted = new List<double[]>();
        var neighbours = new List<double[]>();
        foreach (var target in Targets())
        {
            var outcomes = Array.ConvertAll(train, row => target[row]);
            var (experts, _) = learner.Learn(outcomes);
            var nearest = new NeighbourBaseline(prompts, questions, outcomes, _options.Seed);

            // The folds' means say nothing of their own questions: only a check's posterior needs the level.
            double level = _check is null ? 0 : experts.Mean;
            predicted.Add(Array.ConvertAll(test, row => level + Above(learner, experts, _features[row])));
            neighbours.Add(Array.ConvertAll(test, row => level + nearest.Predict(_features[row])));
        }

        Put(test, predicted, router);
        Put(test, neighbours, baseline);
    }

    private static double Above(PromptLearner learner, Experts experts, RequestFeatures prompt)
    {
        var point = learner.Space.Place(prompt);
        return experts.Above(point, [.. learner.Kernels.Select((kernel, view) => kernel.Near(point.Views[view]))]);
    }

    /// <summary>The gain; or, with a check, what it takes for Bayes' rule.</summary>
    private float[][] Targets()
    {
        var (strong, weak) = (_training.Scores[_options.Strong], _training.Scores[_options.Weak]);
        float[] gains = [.. strong.Zip(weak, (high, low) => high - low)];
        return _check is null
            ? [gains]
            : [Array.ConvertAll(gains, gain => Math.Max(0, gain)), Array.ConvertAll(gains, gain => Math.Max(0, -gain)), weak];
    }

    private void Put(int[] test, List<double[]> predicted, double[] scores)
    {
        var flags = _check?.Flags(_data.Scores[_options.Weak]);
        for (var at = 0; at < test.Length; at++)
        {
            scores[test[at]] =
                _check is null || flags is null
                    ? predicted[0][at]
                    : _check.Need(
                        flags[test[at]],
                        Math.Max(0.001, predicted[0][at]),
                        Math.Max(0.001, predicted[1][at]),
                        Math.Clamp(predicted[2][at], 0.01, 0.99)
                    );
        }
    }
}
