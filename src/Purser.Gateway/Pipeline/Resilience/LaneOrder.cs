using Purser.Core.Routing;
using Purser.Gateway.Configuration;

namespace Purser.Gateway.Pipeline.Resilience;

/// <summary>A candidate and the lane to it.</summary>
internal readonly record struct Leg(Candidate Candidate, Lane Lane);

/// <summary>Puts a route's candidates into the order in which they are tried. Those that speak the client's format stay before those that don't.</summary>
internal static class LaneOrder
{
    /// <summary>Sorts them in place.</summary>
    /// <param name="legs">In the route's order.</param>
    /// <param name="format">The client's wire format.</param>
    /// <param name="balance">By what.</param>
    /// <param name="random">Draws from 0 (included) to 1 (excluded).</param>
    public static void Sort(Span<Leg> legs, string format, Balance balance, Func<double> random)
    {
        var native = 0;
        while (native < legs.Length && legs[native].Candidate.Model.Formats.Native.Contains(format))
        {
            native++;
        }

        SortEqual(legs[..native], balance, random);
        SortEqual(legs[native..], balance, random);
    }

    private static void SortEqual(Span<Leg> legs, Balance balance, Func<double> random)
    {
        if (legs.Length < 2)
        {
            return;
        }

        if (balance == Balance.LeastLoaded)
        {
            // Loads change while they are compared: each is looked at once.
            Span<double> loads = stackalloc double[Math.Min(legs.Length, 64)];
            for (var i = 0; i < loads.Length; i++)
            {
                loads[i] = legs[i].Lane.Load;
            }

            InsertionSort(legs, loads);
        }
        else
        {
            Draw(legs, random);
        }
    }

    // Stable: what is equally loaded stays in the configuration's order.
    private static void InsertionSort(Span<Leg> legs, Span<double> loads)
    {
        for (var i = 1; i < loads.Length; i++)
        {
            for (var j = i; j > 0 && loads[j] < loads[j - 1]; j--)
            {
                (legs[j], legs[j - 1]) = (legs[j - 1], legs[j]);
                (loads[j], loads[j - 1]) = (loads[j - 1], loads[j]);
            }
        }
    }

    /// <summary>Draws one after another by weight; those without one come last, in their order.</summary>
    private static void Draw(Span<Leg> legs, Func<double> random)
    {
        for (var first = 0; first < legs.Length - 1; first++)
        {
            var sum = 0L;
            foreach (var leg in legs[first..])
            {
                sum += Weight(leg);
            }

            if (sum == 0)
            {
                return;
            }

            var drawn = (long)(random() * sum);
            var at = first;
            while (drawn >= Weight(legs[at]))
            {
                drawn -= Weight(legs[at]);
                at++;
            }

            var chosen = legs[at];
            legs[first..at].CopyTo(legs[(first + 1)..(at + 1)]);
            legs[first] = chosen;
        }
    }

    private static long Weight(in Leg leg) => leg.Lane.Options.Weight ?? 0;
}
