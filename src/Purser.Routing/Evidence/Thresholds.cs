using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Purser.Routing.Choice;

namespace Purser.Routing.Evidence;

/// <summary>
/// From which expectation on requests of a class may go to cheaper models, by a predictor's held-out rows: for the reference and the floor F that are
/// asked for, at most 1−F of the class's requests are answered worse than the reference would, with the confidence that is given. Immutable.
/// </summary>
/// <remarks>
/// The promise is of a class with all its candidates together, whichever of those that reach the threshold is chosen: a row is lost as soon as any
/// model that reaches it is worse than the reference. Such a loss can only appear as the threshold falls, so one threshold for all is tested at the
/// whole of ε and δ, and nothing has to be divided among the models. Leaving models out afterwards (they can't do a request, or were
/// reverted) only lowers the risk. Each class has a promise of its own: among twenty at δ = 0.05, one is expected to fail.
/// </remarks>
public sealed class Thresholds
{
    private readonly ILookup<TaskClass, HeldOutRow> rows;
    private readonly double delta;

    /// <summary>Takes the rows.</summary>
    /// <param name="rows">Requests that the predictor did not learn from, independent of each other.</param>
    /// <param name="predictor">The version of the predictor.</param>
    /// <param name="delta">δ: how often a promise may fail, above 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">δ is none.</exception>
    public Thresholds(IReadOnlyList<HeldOutRow> rows, string predictor, double delta)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(delta, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(delta, 1);
        (this.rows, this.delta, Rows) = (rows.ToLookup(row => row.Class), delta, rows.Count);
        var made = string.Create(CultureInfo.InvariantCulture, $"all requests, any candidate\n{predictor}\n{delta:R}");
        Version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(made)))[..12];
        Models = [.. rows.SelectMany(row => row.Scores).Select(score => score.Model).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Which thresholds these are: a hash of the predictor's version, δ and how they are made, in 12 hexadecimal digits.</summary>
    public string Version { get; }

    /// <summary>The models that rows have an outcome of.</summary>
    public IReadOnlyList<string> Models { get; }

    /// <summary>How many held-out rows there are.</summary>
    public int Rows { get; }

    /// <summary>The thresholds for models that are chosen among.</summary>
    /// <param name="candidates">All of them; the reference may be there too. Those without an outcome take nothing from the reference.</param>
    public ThresholdSet Among(IEnumerable<string> candidates) =>
        new(this, [.. candidates.Distinct(StringComparer.Ordinal).Where(Models.Contains)]);

    /// <summary>What can be promised of sending a class's requests to candidates, worked out anew.</summary>
    internal RiskGuarantee Ask(TaskClass kind, string[] candidates, string reference, double floor)
    {
        // 1 − 0.95 is a little more than 0.05.
        var target = new RiskTarget(Math.Round(1 - floor, 9), delta);
        var (evidence, best) = (new List<EvidenceRow>(), new List<double>());
        foreach (var row in rows[kind])
        {
            if (candidates.Length > 0 && Find(row, reference) is { } own && Read(row, candidates, own.Score) is { } read)
            {
                evidence.Add(read.Row);
                best.Add(read.Best);
            }
        }

        var guarantee = RiskControl.Choose(evidence, target);
        // A row with a loss stands where its loss appears; it goes down as soon as its best candidate may.
        return guarantee.Threshold is { } least
            ? guarantee with
            {
                ShareDown = (double)best.Count(expected => expected >= least) / evidence.Count,
            }
            : guarantee;
    }

    /// <summary>What a row says of all candidates together; null where the outcome of one isn't known.</summary>
    private static (EvidenceRow Row, double Best)? Read(HeldOutRow row, string[] candidates, double reference)
    {
        var (best, lost) = (double.NegativeInfinity, double.NegativeInfinity);
        foreach (var candidate in candidates)
        {
            if (Find(row, candidate) is not { } found)
            {
                return null;
            }

            var expected = double.IsNaN(found.Expected) ? double.NegativeInfinity : found.Expected;
            best = Math.Max(best, expected);
            lost = found.Score < reference ? Math.Max(lost, expected) : lost;
        }

        var isLost = double.IsFinite(lost);
        var score = isLost ? lost : best;
        return (new EvidenceRow(double.IsFinite(score) ? score : null, isLost ? 1 : 0), best);
    }

    private static HeldOutScore? Find(HeldOutRow row, string model)
    {
        foreach (var score in row.Scores)
        {
            if (score.Model == model)
            {
                return score;
            }
        }

        return null;
    }
}

/// <summary>The thresholds for models that are chosen among. Each is worked out when it's first asked for. Safe for parallel calls.</summary>
public sealed class ThresholdSet
{
    private readonly Thresholds thresholds;
    private readonly string[] candidates;
    private readonly ConcurrentDictionary<(TaskClass Kind, string Reference, double Floor), RiskGuarantee> answers = new();

    internal ThresholdSet(Thresholds thresholds, string[] candidates) => (this.thresholds, this.candidates) = (thresholds, candidates);

    /// <summary>What can be promised of sending a class's requests to the candidates.</summary>
    /// <param name="kind">The class.</param>
    /// <param name="reference">The model that none may be worse than; it's no candidate then.</param>
    /// <param name="floor">The share of requests that may not be answered worse, above 0 and below 1: ε is the rest.</param>
    public RiskGuarantee Guarantee(TaskClass kind, string reference, double floor) =>
        answers.TryGetValue((kind, reference, floor), out var known)
            ? known
            : answers.GetOrAdd(
                (kind, reference, floor),
                thresholds.Ask(kind, [.. candidates.Where(candidate => candidate != reference)], reference, floor)
            );

    /// <summary>The least expectation with which a model may take a request from the reference: a <see cref="LeastExpectation"/>.</summary>
    public double? Least(TaskClass kind, string model, string reference, double floor) =>
        model != reference && candidates.Contains(model) ? Guarantee(kind, reference, floor).Threshold : null;
}
