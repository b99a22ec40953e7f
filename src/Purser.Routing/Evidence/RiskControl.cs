namespace Purser.Routing.Evidence;

/// <summary>
/// Chooses the score from which on a class's requests may go down, so that "at most ε of them worse, with confidence 1−δ" is true whatever
/// the predictor is worth: a poor one only sends fewer down.
/// </summary>
public static class RiskControl
{
    // Of a score's range, in hundredths. A sequence of tests that began at the strictest threshold would end there, for want of rows. So it
    // begins at several places, each with its part of δ.
    private static readonly int[] Starts = [90, 80, 70, 60, 50];

    // Of the δ that is promised only this part is used. At the whole of it, the promise is broken in as many of a hundred repetitions as it may be, and
    // of a dozen classes one is seen above it by chance.
    private const double Used = 0.5;

    /// <summary>Finds the lowest threshold that can be vouched for.</summary>
    /// <param name="rows">Held-out evidence of one class. The rows are independent of each other, like requests of different sessions.</param>
    /// <param name="target">What is to be promised.</param>
    /// <returns>The threshold with its figures, or why the class stays on the reference model.</returns>
    /// <exception cref="ArgumentException">The target makes no sense, or a row's score or loss is outside of its range.</exception>
    public static RiskGuarantee Choose(IReadOnlyList<EvidenceRow> rows, RiskTarget target)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(target);
        target.Check();
        CheckRows(rows, target);
        return ChooseAt(rows, target with { Delta = target.Delta * Used }) with { Target = target };
    }

    private static RiskGuarantee ChooseAt(IReadOnlyList<EvidenceRow> rows, RiskTarget target)
    {
        var needed = RowsNeeded(target);
        var declined = new RiskGuarantee(target, rows.Count, Procedure(target)) { RowsNeeded = needed };
        if (rows.Count < needed)
        {
            return declined with { Declined = Declined.TooFewRows };
        }

        var scored = rows.Where(row => row.Score is not null).OrderByDescending(row => row.Score).ToArray();
        var down = target.Scope == RiskScope.AllRequests ? OverAll(scored, rows.Count, target) : OverRoutedDown(scored, target);
        return down is { Count: > 0 } chosen
            ? Vouched(declined, scored, chosen.Count, chosen.Threshold, chosen.Delta)
            : declined with
            {
                Declined = Declined.NoThresholdPasses,
            };
    }

    // The risk over all requests can only grow as the threshold falls, and each test's p-value with it. So one threshold after the other may
    // be tried, each at the whole of δ, with the scores themselves as the grid (risk-controlling prediction sets; Bates et al. 2021): to err is
    // to pass one fixed threshold that should not pass. For the next requests that threshold is where the losses of both are as many as
    // the last that pass and one too many: the order in which losses fall to the rows or to the next requests is random.
    private static (int Count, double Threshold, double Delta)? OverAll(EvidenceRow[] scored, int rows, RiskTarget target)
    {
        var ends = Ends(scored);
        var (passing, failing) = (-1, ends.Count);
        while (failing - passing > 1)
        {
            var middle = (passing + failing) / 2;
            (passing, failing) = Passes(scored.AsSpan(0, ends[middle]), rows, target, target.Delta) ? (middle, failing) : (passing, middle);
        }

        return passing < 0 ? null : (ends[passing], scored[ends[passing] - 1].Score!.Value, target.Delta);
    }

    // The risk of those routed down may rise and fall with the threshold: learn-then-test (Angelopoulos et al. 2021) by fixed sequences over a
    // grid of the scores' range that doesn't look at the rows. A sequence that reaches the next one's beginning has its part of δ too
    // (the fallback procedure; Wiens and Dmitrienko 2005).
    private static (int Count, double Threshold, double Delta)? OverRoutedDown(EvidenceRow[] scored, RiskTarget target)
    {
        (int Count, double Threshold, double Delta)? lowest = null;
        var delta = 0.0;
        for (var step = Starts[0]; step >= 0; step--)
        {
            delta += Starts.Contains(step) ? target.Delta / Starts.Length : 0;
            var threshold = step / 100.0;
            var below = Array.FindIndex(scored, row => row.Score < threshold);
            var count = below < 0 ? scored.Length : below;
            if (delta > 0 && Passes(scored.AsSpan(0, count), count, target, delta))
            {
                lowest = (count, threshold, delta);
            }
            else
            {
                delta = 0;
            }
        }

        return lowest;
    }

    private static bool Passes(ReadOnlySpan<EvidenceRow> down, int rows, RiskTarget target, double delta)
    {
        if (rows == 0)
        {
            return false;
        }

        if (target.Loss == LossKind.Bounded)
        {
            return RiskTests.Betting(Losses(down, rows), target.Epsilon, delta) <= delta;
        }

        var losses = Count(down);
        return RiskTests.Binomial(rows, losses, target.Epsilon) <= delta
            && (target.Horizon is not { } next || RiskTests.NextRequests(rows, losses, next, Allowed(next, target.Epsilon)) <= delta);
    }

    private static RiskGuarantee Vouched(RiskGuarantee declined, EvidenceRow[] scored, int count, double threshold, double delta)
    {
        var target = declined.Target;
        var down = scored.AsSpan(0, count);
        var rows = target.Scope == RiskScope.AllRequests ? declined.Rows : count;
        var losses = Losses(down, rows);
        return declined with
        {
            Threshold = threshold,
            ShareDown = (double)count / declined.Rows,
            Risk = losses.Sum() / rows,
            Bound = Math.Min(target.Epsilon, Bound(losses, Count(down), target, delta)),
        };
    }

    private static double Bound(double[] losses, int count, RiskTarget target, double delta)
    {
        if (target.Loss == LossKind.Bounded)
        {
            return RiskTests.Crossing(epsilon => RiskTests.Betting(losses, epsilon, delta), delta, target.Epsilon);
        }

        var bound = RiskTests.BinomialBound(losses.Length, count, delta);
        if (target.Horizon is not { } next)
        {
            return bound;
        }

        var (fails, passes) = (-1, Allowed(next, target.Epsilon));
        while (passes - fails > 1)
        {
            var middle = (fails + passes) / 2;
            var passed = RiskTests.NextRequests(losses.Length, count, next, middle) <= delta;
            (fails, passes) = passed ? (fails, middle) : (middle, passes);
        }

        return Math.Max(bound, (double)passes / next);
    }

    // How many of the next requests may have a loss. A product that is whole but for its last bits is whole.
    internal static int Allowed(int next, double epsilon) => (int)Math.Floor((next * epsilon) + 1e-9);

    // The places after which a threshold can lie: rows of one score go down together or not at all.
    private static List<int> Ends(EvidenceRow[] scored) =>
        [.. Enumerable.Range(1, scored.Length).Where(end => end == scored.Length || scored[end].Score < scored[end - 1].Score)];

    private static int Count(ReadOnlySpan<EvidenceRow> down)
    {
        var losses = 0;
        foreach (var row in down)
        {
            losses += row.Loss > 0 ? 1 : 0;
        }

        return losses;
    }

    private static double[] Losses(ReadOnlySpan<EvidenceRow> down, int rows)
    {
        var losses = new double[rows];
        for (var index = 0; index < down.Length; index++)
        {
            losses[index] = down[index].Loss;
        }

        return losses;
    }

    private static int RowsNeeded(RiskTarget target)
    {
        var delta = target.Scope == RiskScope.AllRequests ? target.Delta : target.Delta / Starts.Length;
        var rows = (int)Math.Ceiling(Math.Log(delta) / Math.Log(1 - target.Epsilon));
        if (target.Horizon is not { } next)
        {
            return rows;
        }

        var allowed = Allowed(next, target.Epsilon);
        while (RiskTests.NextRequests(rows, 0, next, allowed) > delta)
        {
            rows++;
        }

        return rows;
    }

    private static string Procedure(RiskTarget target) =>
        (target.Scope, target.Loss, target.Horizon) switch
        {
            (RiskScope.AllRequests, LossKind.Bounded, _) => "risk-controlling threshold, betting",
            (RiskScope.AllRequests, _, null) => "risk-controlling threshold, exact binomial",
            (RiskScope.AllRequests, _, _) => "risk-controlling threshold, exact binomial and hypergeometric",
            (_, LossKind.Bounded, _) => "learn-then-test, fixed sequences, betting",
            _ => "learn-then-test, fixed sequences, exact binomial",
        };

    private static void CheckRows(IReadOnlyList<EvidenceRow> rows, RiskTarget target)
    {
        foreach (var (score, loss) in rows)
        {
            if (score is { } value && !double.IsFinite(value))
            {
                throw new ArgumentException("A score is a finite number, or null where the predictor doesn't know.");
            }

            if (target.Scope == RiskScope.RoutedDown && score is < 0 or > 1)
            {
                throw new ArgumentException($"Scores are from 0 to 1 where the risk is of those routed down, not {score}.");
            }

            if (!(loss is >= 0 and <= 1) || (target.Loss == LossKind.Binary && loss is not (0 or 1)))
            {
                throw new ArgumentException($"A loss of {loss} isn't {(target.Loss == LossKind.Binary ? "0 or 1" : "from 0 to 1")}.");
            }
        }
    }
}
