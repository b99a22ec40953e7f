namespace Purser.Routing.Evidence;

/// <summary>What one session cost.</summary>
/// <param name="IsHeldOut">Whether it was served as asked.</param>
/// <param name="Nanos">What it cost, in nano-dollars, with retries, escalations and checks.</param>
/// <param name="Units">How much it did, in the unit that costs are compared by: its requests, or its tasks. At least 1.</param>
/// <param name="AsAskedNanos">What its tokens would have cost on the models that were asked for, in nano-dollars: the naive comparison.</param>
public readonly record struct SessionCost(bool IsHeldOut, long Nanos, long Units, long AsAskedNanos);

/// <summary>What routing saves, by a random holdout. Amounts are nano-dollars for a unit; positive is saved.</summary>
/// <param name="HeldOutSessions">How many sessions were served as asked.</param>
/// <param name="TreatedSessions">How many were routed.</param>
/// <param name="HeldOutUnitCost">What a unit cost as asked.</param>
/// <param name="TreatedUnitCost">What a unit cost routed.</param>
/// <param name="Low">The lower end of the saving's interval. Null where a side has fewer than <see cref="SavingEstimate.FewestSessions"/> sessions.</param>
/// <param name="High">Its upper end; null as well.</param>
/// <param name="Confidence">How often such an interval has the true saving in it, from 0 to 1.</param>
/// <param name="Naive">
/// What is saved when the tokens of routed sessions are priced at what was asked. It's wrong wherever the models don't use as many tokens, or
/// the router makes the session longer.
/// </param>
/// <param name="TopShare">
/// Which share of the held-out cost is of its costliest hundredth of sessions. Where it's more than a half, few sessions decide the
/// figure, and intervals are too narrow more often than they say.
/// </param>
public sealed record Saving(
    int HeldOutSessions,
    int TreatedSessions,
    decimal HeldOutUnitCost,
    decimal TreatedUnitCost,
    decimal? Low,
    decimal? High,
    double Confidence,
    decimal Naive,
    double TopShare
)
{
    /// <summary>What a unit cost less by being routed.</summary>
    public decimal UnitSaving => HeldOutUnitCost - TreatedUnitCost;
}

/// <summary>Estimates what routing saves from sessions that were drawn at random to be served as asked.</summary>
public static class SavingEstimate
{
    /// <summary>The fewest sessions on each side from which an interval is made.</summary>
    public const int FewestSessions = 30;

    // With so many sessions a side's unit cost is as good as normal, and isn't drawn again and again.
    private const int Many = 5_000;

    /// <summary>
    /// Compares unit costs, with an interval by the studentized bootstrap of whole sessions (Efron and Tibshirani 1993, chapter 12): costs
    /// are skewed, and a plain t-interval of skewed costs misses on one side. No session is cut off or weighed down.
    /// </summary>
    /// <param name="sessions">All of a period. At least one on each side.</param>
    /// <param name="confidence">Above 0 and below 1; 0.95 is usual.</param>
    /// <param name="seed">The interval is the same for the same seed.</param>
    /// <param name="draws">How many bootstrap samples, at least 200.</param>
    /// <exception cref="ArgumentException">A side has no session, a session has no unit, or a number is outside of its range.</exception>
    public static Saving Make(IReadOnlyList<SessionCost> sessions, double confidence, int seed, int draws = 2_000)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 200);
        if (!(confidence is > 0 and < 1) || sessions.Any(session => session.Units < 1))
        {
            throw new ArgumentException("A confidence is above 0 and below 1, and a session has at least one unit.");
        }

        SessionCost[] heldOut = [.. sessions.Where(session => session.IsHeldOut)];
        SessionCost[] treated = [.. sessions.Where(session => !session.IsHeldOut)];
        if (heldOut.Length == 0 || treated.Length == 0)
        {
            throw new ArgumentException("A saving is estimated from sessions of both sides: held out, and routed.");
        }

        var (low, high) =
            Math.Min(heldOut.Length, treated.Length) < FewestSessions
                ? ((decimal?)null, (decimal?)null)
                : Interval(new Side(heldOut), new Side(treated), confidence, new Random(seed), draws);
        var treatedCost = UnitCost(treated, session => session.Nanos);
        return new Saving(
            heldOut.Length,
            treated.Length,
            UnitCost(heldOut, session => session.Nanos),
            treatedCost,
            low,
            high,
            confidence,
            UnitCost(treated, session => session.AsAskedNanos) - treatedCost,
            TopShare(heldOut)
        );
    }

    private static (decimal? Low, decimal? High) Interval(Side heldOut, Side treated, double confidence, Random random, int draws)
    {
        var (one, other) = (heldOut.Whole(), treated.Whole());
        var saving = one.Mean - other.Mean;
        var error = Math.Sqrt(one.Variance + other.Variance);
        var ratios = new double[draws];
        for (var draw = 0; draw < draws; draw++)
        {
            var (a, b) = (heldOut.Draw(random), treated.Draw(random));
            var spread = Math.Sqrt(a.Variance + b.Variance);
            ratios[draw] = spread > 0 ? (a.Mean - b.Mean - saving) / spread : 0;
        }

        Array.Sort(ratios);
        var tail = (1 - confidence) / 2;
        var highest = ratios[(int)Math.Ceiling((draws - 1) * (1 - tail))];
        var lowest = ratios[(int)Math.Floor((draws - 1) * tail)];
        return ((decimal)(saving - (highest * error)), (decimal)(saving - (lowest * error)));
    }

    private static decimal UnitCost(SessionCost[] sessions, Func<SessionCost, long> cost) =>
        sessions.Sum(session => (decimal)cost(session)) / sessions.Sum(session => session.Units);

    private static double TopShare(SessionCost[] sessions)
    {
        var all = sessions.Sum(session => (decimal)session.Nanos);
        var top = sessions.Select(session => session.Nanos).OrderDescending().Take((sessions.Length + 99) / 100);
        return all > 0 ? (double)(top.Sum(nanos => (decimal)nanos) / all) : 0;
    }

    /// <summary>One side's sessions: its cost for a unit is a ratio of two sums over them, and its variance that of the ratio's linear part.</summary>
    private sealed class Side(SessionCost[] sessions)
    {
        private readonly double[] costs = [.. sessions.Select(session => (double)session.Nanos)];
        private readonly double[] units = [.. sessions.Select(session => (double)session.Units)];
        private (double Mean, double Variance)? whole;

        public (double Mean, double Variance) Whole() => whole ??= Ratio(index => index);

        public (double Mean, double Variance) Draw(Random random)
        {
            if (costs.Length < Many)
            {
                return Ratio(_ => random.Next(costs.Length));
            }

            var (mean, variance) = Whole();
            return (mean + (Math.Sqrt(variance) * MathNet.Numerics.Distributions.Normal.Sample(random, 0, 1)), variance);
        }

        private (double Mean, double Variance) Ratio(Func<int, int> pick)
        {
            var (cost, unit, costSquares, crossed, unitSquares) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for (var index = 0; index < costs.Length; index++)
            {
                var picked = pick(index);
                var (c, u) = (costs[picked], units[picked]);
                cost += c;
                unit += u;
                costSquares += c * c;
                crossed += c * u;
                unitSquares += u * u;
            }

            var mean = cost / unit;
            var residuals = Math.Max(0, costSquares - (2 * mean * crossed) + (mean * mean * unitSquares));
            return (mean, residuals / (unit * unit) * costs.Length / (costs.Length - 1));
        }
    }
}
