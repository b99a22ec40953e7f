using MathNet.Numerics.Distributions;

namespace Purser.Routing.Tests.Evidence;

/// <summary>How often something may be counted in simulations that happens at a known rate at most.</summary>
internal static class Slack
{
    /// <summary>The 99.9 % quantile: with seeds fixed, a correct procedure that uses up its whole rate stays within it but for bad luck.</summary>
    public static int Most(int runs, double rate)
    {
        var most = 0;
        while (1 - Binomial.CDF(rate, runs, most) > 0.001)
        {
            most++;
        }

        return most;
    }
}
