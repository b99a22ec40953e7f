using System.Globalization;
using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Pipeline;

namespace Purser.Gateway.Routing;

/// <summary>The floor that a request has.</summary>
/// <param name="Percent">How many of a hundred answers shall be good enough. 50 to 99.</param>
/// <param name="Why">Why it isn't the policy's usual one, in words; null where it is.</param>
internal readonly record struct RouteFloor(long Percent, string? Why)
{
    /// <summary>What a client declares of one request: <c>high</c> or <c>low</c>. What is neither counts as <c>high</c>.</summary>
    public const string RiskHeader = "x-purser-risk";

    // The same as a tag, where there is no header.
    private const string RiskTag = "risk";

    /// <summary>The floor of a request.</summary>
    /// <param name="policy">The policy that it's routed by.</param>
    /// <param name="exchange">The request.</param>
    /// <param name="subject">Whose it is.</param>
    /// <param name="left">The least remaining share of the budgets that it counts in, from 0 to 1; null where that isn't known.</param>
    public static RouteFloor Of(RoutePolicy policy, Exchange exchange, Subject subject, double? left)
    {
        var risk = RiskOf(exchange, subject);
        if (risk == "high")
        {
            // Whatever is left of a budget.
            var high = Math.Max(policy.Floor, policy.HighRiskFloor);
            return new RouteFloor(high, high > policy.Floor ? "the request is declared to be of high risk" : null);
        }

        var floor =
            risk == "low" && policy.LowRiskFloor is { } low
                ? new RouteFloor(low, "the request is declared to be of low risk")
                : new RouteFloor(policy.Floor, null);
        return policy.WhenBudgetBelow is { } second && left * 100 < second.Percent && second.Floor < floor.Percent
            ? new RouteFloor(
                second.Floor,
                string.Create(CultureInfo.InvariantCulture, $"less than {second.Percent} % is left of a budget that it counts in")
            )
            : floor;
    }

    private static string? RiskOf(Exchange exchange, Subject subject)
    {
        if (exchange.Http.Request.Headers.TryGetValue(RiskHeader, out var said))
        {
            return RiskOf(said.ToString());
        }

        foreach (var (name, value) in subject.Tags)
        {
            if (name == RiskTag)
            {
                return RiskOf(value);
            }
        }

        return null;
    }

    // Who says "critical" doesn't mean the usual.
    private static string RiskOf(string said) => said.Trim() == "low" ? "low" : "high";
}
