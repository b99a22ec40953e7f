namespace Purser.Routing.Evidence;

/// <summary>What a floor gives, by held-out rows.</summary>
/// <param name="Floor">The share of requests that may not be answered worse than the reference would, above 0 and below 1.</param>
/// <param name="Promised">How many classes there is a promise for.</param>
/// <param name="Declined">How many classes stay with the reference, for want of evidence.</param>
/// <param name="ShareDown">The share of all rows that go to another model than the reference, from 0 to 1.</param>
/// <param name="Worse">The share of all rows that are answered worse by it, from 0 to 1.</param>
/// <param name="Quality">The mean score of what is answered, from 0 to 1.</param>
/// <param name="Saving">The share of the cost of asking the reference everything that is saved; null where a model's cost isn't known.</param>
public sealed record DialPoint(double Floor, int Promised, int Declined, double ShareDown, double Worse, double Quality, double? Saving);

/// <summary>
/// The dial: what each floor would give, by the rows that the thresholds themselves are chosen by. What is promised holds for requests to come; the shares
/// and the saving are those of the rows.
/// </summary>
public static class DialCurve
{
    /// <summary>Measures floors.</summary>
    /// <param name="rows">The held-out rows.</param>
    /// <param name="thresholds">The thresholds by them.</param>
    /// <param name="reference">The reference.</param>
    /// <param name="candidates">The other models, the one to prefer first: the first that may take a request does.</param>
    /// <param name="costs">What a call of each model costs, in any unit; empty where that isn't known.</param>
    /// <param name="floors">The floors.</param>
    public static IReadOnlyList<DialPoint> Of(
        IReadOnlyList<HeldOutRow> rows,
        Thresholds thresholds,
        string reference,
        IReadOnlyList<string> candidates,
        IReadOnlyDictionary<string, decimal> costs,
        IEnumerable<double> floors
    )
    {
        var among = thresholds.Among(candidates);
        return [.. floors.Select(floor => At(floor, rows, among, reference, candidates, costs))];
    }

    private static DialPoint At(
        double floor,
        IReadOnlyList<HeldOutRow> rows,
        ThresholdSet thresholds,
        string reference,
        IReadOnlyList<string> candidates,
        IReadOnlyDictionary<string, decimal> costs
    )
    {
        var promises = new Dictionary<TaskClass, RiskGuarantee>();
        var (count, down, worse, quality, spent) = (0, 0, 0, 0.0, 0m);
        foreach (var row in rows)
        {
            if (row.Scores.FirstOrDefault(score => score.Model == reference) is not { Model: not null } own)
            {
                continue;
            }

            if (!promises.TryGetValue(row.Class, out var promise))
            {
                promises[row.Class] = promise = thresholds.Guarantee(row.Class, reference, floor);
            }

            var served = candidates
                .SelectMany(candidate => row.Scores.Where(score => score.Model == candidate && promise.SendsDown(score.Expected)))
                .Append(own)
                .First();
            count++;
            down += served.Model == reference ? 0 : 1;
            worse += served.Score < own.Score ? 1 : 0;
            quality += served.Score;
            spent += costs.GetValueOrDefault(served.Model);
        }

        var promised = promises.Values.Count(promise => promise.Threshold is not null);
        var isPriced = count > 0 && costs.GetValueOrDefault(reference) > 0 && candidates.All(costs.ContainsKey);
        return new DialPoint(
            floor,
            promised,
            promises.Count - promised,
            Share(down),
            Share(worse),
            count == 0 ? 0 : quality / count,
            isPriced ? (double)(1 - (spent / (count * costs[reference]))) : null
        );

        double Share(int part) => count == 0 ? 0 : (double)part / count;
    }
}
