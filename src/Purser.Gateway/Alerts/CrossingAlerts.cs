using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Gateway.Admin;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Alerts;

/// <summary>Puts what a budget reached into an alert.</summary>
internal static class CrossingAlerts
{
    /// <summary>The alert of a crossing; the same crossing gives the same one after a restart.</summary>
    public static Alert Of(Crossing crossing, ControlSnapshot control)
    {
        var (balance, budget) = (crossing.Balance, crossing.Balance.Budget);
        var kind = KindOf(crossing.Kind);
        var start = balance.Window.Start > DateTimeOffset.MinValue ? balance.Window.Start : (DateTimeOffset?)null;
        return new Alert
        {
            Id = Alert.IdOf(kind, budget.Id, budget.Scope.IsEach ? balance.Instance.ToString() : "", start, crossing.Percent),
            Kind = kind,
            At = crossing.At,
            BudgetId = budget.Id,
            BudgetName = budget.Name,
            Scope = BudgetView.PathOf(control, balance.Instance),
            WindowStart = start,
            WindowEnd = balance.Window.End < DateTimeOffset.MaxValue ? balance.Window.End : null,
            ThresholdPercent = crossing.Kind == CrossingKind.Threshold ? crossing.Percent : null,
            Unit = BudgetNames.Of(budget.Unit),
            Limit = Budget.Format(budget.Unit, balance.Limit),
            Spent = Budget.Format(budget.Unit, balance.Posted),
            Pending = Budget.Format(budget.Unit, balance.Pending),
            Message = MessageOf(crossing),
            Action = $"purser budgets grant {budget.Id} --amount … --reason …",
        };
    }

    private static AlertKind KindOf(CrossingKind kind) =>
        kind switch
        {
            CrossingKind.Threshold => AlertKind.Threshold,
            CrossingKind.Forecast => AlertKind.Forecast,
            CrossingKind.Exhausted => AlertKind.Exhausted,
            _ => AlertKind.Overage,
        };

    private static string MessageOf(Crossing crossing)
    {
        var name = crossing.Balance.Budget.Name;
        return crossing.Kind switch
        {
            CrossingKind.Threshold => $"{crossing.Percent} % of '{name}' is spent.",
            CrossingKind.Forecast => $"At its pace so far, '{name}' will spend more than {crossing.Percent} % of its limit in this window.",
            CrossingKind.Exhausted => $"'{name}' had no room for a request, which was refused or cut off.",
            _ => $"'{name}' has spent more than its limit and grants: a provider billed more than it was allowed, "
                + "a cost was corrected, or the limit was lowered.",
        };
    }
}
