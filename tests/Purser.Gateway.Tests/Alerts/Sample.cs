using Purser.Gateway.Alerts;

namespace Purser.Gateway.Tests.Alerts;

/// <summary>Alerts to raise.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Month = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A budget of $200 a month reached 80 %.</summary>
    public static Alert Threshold(string budget = "bud_1", int percent = 80) =>
        new()
        {
            Id = Alert.IdOf(AlertKind.Threshold, budget, "", Month, percent),
            Kind = AlertKind.Threshold,
            At = Noon,
            BudgetId = budget,
            BudgetName = "research monthly",
            Scope = "research",
            WindowStart = Month,
            WindowEnd = Month.AddMonths(1),
            ThresholdPercent = percent,
            Unit = "usd",
            Limit = "200.000000000",
            Spent = "160.000000001",
            Pending = "0.500000000",
            Message = "research has used 80 % of its $200 for November.",
            Action = "./purser budgets set --account research --usd 300 --window month",
        };
}
