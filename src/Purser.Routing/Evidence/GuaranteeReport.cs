using System.Globalization;

namespace Purser.Routing.Evidence;

/// <summary>The evidence of one class of requests.</summary>
/// <param name="Class">Its name, as reports print it.</param>
/// <param name="Rows">The held-out rows.</param>
public sealed record ClassEvidence(string Class, IReadOnlyList<EvidenceRow> Rows);

/// <summary>What became of a promise when it was made from one half of the rows and looked at in the other, many times.</summary>
/// <param name="Splits">How many random halvings.</param>
/// <param name="Declined">In how many of them the first half wasn't enough to send anything down.</param>
/// <param name="Exceeded">In how many the other half's realised risk was above ε.</param>
/// <param name="Allowed">
/// The most that may be: δ of the splits where the promise is exact for the other half's requests and there are a hundred splits or more. Else what a
/// promise that fails in exactly δ of all splits exceeds at most in 99.9 % of such checks.
/// </param>
/// <param name="ShareDown">The mean share of the other half that went down, from 0 to 1; nothing went down where it was declined.</param>
/// <param name="Risk">The mean realised risk of the other half, from 0 to 1.</param>
public sealed record SplitCheck(int Splits, int Declined, int Exceeded, int Allowed, double ShareDown, double Risk)
{
    /// <summary>Whether the promise held as often as it says.</summary>
    public bool Holds => Exceeded <= Allowed;
}

/// <summary>One class of the report.</summary>
/// <param name="Class">The class.</param>
/// <param name="Guarantee">What can be promised from all of its rows.</param>
/// <param name="Check">How such promises fared between halves of the rows; null where no check was asked for.</param>
public sealed record GuaranteeLine(string Class, RiskGuarantee Guarantee, SplitCheck? Check)
{
    /// <summary>The line in words.</summary>
    public override string ToString()
    {
        var target = Guarantee.Target;
        var promise = string.Create(
            CultureInfo.InvariantCulture,
            $"{Class}: n={Guarantee.Rows} ε={target.Epsilon:0.####} δ={target.Delta:0.####}"
        );
        var outcome = Guarantee.Declined switch
        {
            Declined.TooFewRows => $"declined: too few rows (at least {Guarantee.RowsNeeded})",
            Declined.NoThresholdPasses => "declined: no threshold passes",
            _ => string.Create(
                CultureInfo.InvariantCulture,
                $"{Guarantee.ShareDown:P1} down from score {Guarantee.Threshold:0.####}, risk {Guarantee.Risk:P2}, at most {Guarantee.Bound:P2}"
            ),
        };
        var check = Check is null
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $"; {Check.Exceeded} of {Check.Splits} splits above ε, {Check.ShareDown:P1} down in the mean"
            );
        return $"{promise} {outcome}{check}";
    }
}

/// <summary>What can be promised of each class, and how promises of this kind fare on the evidence itself.</summary>
public static class GuaranteeReport
{
    private const int Many = 100;

    /// <summary>Makes a line for each class, in the order given.</summary>
    /// <param name="classes">The evidence.</param>
    /// <param name="target">What is to be promised of each class by itself: with many classes, some promise fails more often than δ.</param>
    /// <param name="splits">How many random halvings check each class; 0 for none.</param>
    /// <param name="seed">The halvings are the same for the same seed.</param>
    /// <exception cref="ArgumentException">The target makes no sense, or a row is outside of its range.</exception>
    public static IReadOnlyList<GuaranteeLine> Make(IReadOnlyList<ClassEvidence> classes, RiskTarget target, int splits, int seed)
    {
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentOutOfRangeException.ThrowIfNegative(splits);
        return
        [
            .. classes.Select(evidence => new GuaranteeLine(
                evidence.Class,
                RiskControl.Choose(evidence.Rows, target),
                splits > 0 && evidence.Rows.Count > 1 ? Check(evidence.Rows, target, splits, seed) : null
            )),
        ];
    }

    /// <summary>
    /// Halves the rows at random, chooses the threshold on one half, and looks what the other half would have had. What is looked at is a
    /// finite number of requests, so over all requests of a class with binary losses the horizon is set to as many: a promise of the long run
    /// alone says nothing of the chance in them, and would be exceeded more often.
    /// </summary>
    /// <param name="rows">At least two rows.</param>
    /// <param name="target">What is promised; its horizon is replaced.</param>
    /// <param name="splits">How many halvings, at least 1.</param>
    /// <param name="seed">They are the same for the same seed.</param>
    /// <exception cref="ArgumentException">The target makes no sense, or a row is outside of its range.</exception>
    public static SplitCheck Check(IReadOnlyList<EvidenceRow> rows, RiskTarget target, int splits, int seed)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows.Count, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(splits, 1);
        var exact = target is { Loss: LossKind.Binary, Scope: RiskScope.AllRequests };
        var half = rows.Count / 2;
        var promise = target with { Horizon = exact ? rows.Count - half : null };
        var random = new Random(seed);
        var shuffled = rows.ToArray();
        var (declined, exceeded, share, risk) = (0, 0, 0.0, 0.0);
        for (var split = 0; split < splits; split++)
        {
            random.Shuffle(shuffled);
            var guarantee = RiskControl.Choose(shuffled[..half], promise);
            declined += guarantee.Declined is null ? 0 : 1;
            var down = shuffled.Skip(half).Where(row => guarantee.SendsDown(row.Score)).ToList();
            var requests = target.Scope == RiskScope.AllRequests ? rows.Count - half : Math.Max(1, down.Count);
            var lost = down.Sum(row => row.Loss);
            exceeded += lost > (requests * target.Epsilon) + 1e-9 ? 1 : 0;
            share += (double)down.Count / (rows.Count - half);
            risk += lost / requests;
        }

        var allowed = exact && splits >= Many ? (int)Math.Floor((splits * target.Delta) + 1e-9) : MostExceeded(splits, target.Delta);
        return new SplitCheck(splits, declined, exceeded, allowed, share / splits, risk / splits);
    }

    // The 99.9 % quantile of the binomial distribution.
    private static int MostExceeded(int splits, double delta)
    {
        var most = 0;
        while (1 - MathNet.Numerics.Distributions.Binomial.CDF(delta, splits, most) > 0.001)
        {
            most++;
        }

        return most;
    }
}
