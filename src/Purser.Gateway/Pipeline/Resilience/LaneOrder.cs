using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;

namespace Purser.Gateway.Pipeline.Resilience;

/// <summary>A candidate, a credential to call it with, and the lane there.</summary>
/// <param name="Candidate">The model.</param>
/// <param name="Credential">What its provider is called with.</param>
/// <param name="Lane">What is known of the two.</param>
/// <param name="Among">
/// All of the provider's, of which the credential is one, or that one alone where no other reaches what the request names; null where it's the
/// caller's own, and no other may take its place.
/// </param>
internal readonly record struct Leg(Candidate Candidate, UpstreamCredential Credential, Lane Lane, ProviderCredentials? Among);

/// <summary>
/// Puts a route's candidates, and the credentials of each, into the order in which they are tried. A route's first choice stays before its second,
/// and of one choice those that speak the client's format before those that don't.
/// </summary>
internal static class LaneOrder
{
    /// <summary>Sorts the candidates in place, each with the credential that is tried first.</summary>
    /// <param name="legs">One a candidate, in the route's order.</param>
    /// <param name="format">The client's wire format.</param>
    /// <param name="balance">By what.</param>
    /// <param name="random">Draws from 0 (included) to 1 (excluded).</param>
    public static void Sort(Span<Leg> legs, string format, Balance balance, Func<double> random)
    {
        while (legs.Length > 0)
        {
            var (choice, same) = (legs[0].Candidate.Choice, 1);
            while (same < legs.Length && legs[same].Candidate.Choice == choice)
            {
                same++;
            }

            SortChoice(legs[..same], format, balance, random);
            legs = legs[same..];
        }
    }

    private static void SortChoice(Span<Leg> legs, string format, Balance balance, Func<double> random)
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
            Draw(legs, static leg => leg.Lane.Options.Weight ?? 0, random);
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
    public static void Draw(Span<Leg> legs, Func<Leg, long> weight, Func<double> random)
    {
        for (var first = 0; first < legs.Length - 1; first++)
        {
            var sum = 0L;
            foreach (var leg in legs[first..])
            {
                sum += weight(leg);
            }

            if (sum == 0)
            {
                return;
            }

            var drawn = (long)(random() * sum);
            var at = first;
            while (drawn >= weight(legs[at]))
            {
                drawn -= weight(legs[at]);
                at++;
            }

            var chosen = legs[at];
            legs[first..at].CopyTo(legs[(first + 1)..(at + 1)]);
            legs[first] = chosen;
        }
    }
}
