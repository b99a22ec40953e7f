using Purser.Auditor;
using Purser.Core.Budgets;
using Purser.Core.Ledger;

namespace Purser.Simulation.Worlds;

/// <summary>Says in the auditor's words what the engine says in its own.</summary>
internal static class Neutral
{
    public static long Micros(DateTimeOffset at) =>
        at == DateTimeOffset.MinValue ? long.MinValue
        : at == DateTimeOffset.MaxValue ? long.MaxValue
        : (at.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / 10;

    public static string[] Of(ScopeSet scopes) => [.. scopes.Scopes.Select(scope => scope.ToString())];

    public static long[] Of(Amount amount) =>
        [
            amount.Cost.Nanos,
            amount.Tokens,
            amount.Requests,
            amount.Parts.Input,
            amount.Parts.CacheRead,
            amount.Parts.CacheWrite,
            amount.Parts.Output,
            amount.Parts.Reasoning,
            0,
        ];

    public static AuditBudget Of(Budget budget) =>
        new(budget.Id, budget.Scope.First.ToString(), budget.Scope.Second?.ToString(), UnitOf(budget), WindowOf(budget), budget.Limit)
        {
            Zone = budget.Window.TimeZone.Id,
            WeekStart = (int)budget.Window.WeekStart,
            YearStart = budget.Window.YearStart,
            Length = budget.Window.Length.Ticks / 10,
            IsHard = budget.IsHard,
            CarryPercent = budget.CarryOver?.Percent ?? 0,
            CarryCap = budget.CarryOver?.Cap ?? 0,
            Borrow = budget.Borrow ?? 0,
        };

    public static AuditGrant Of(Grant grant, Budget budget) =>
        new(
            grant.Id,
            grant.BudgetId,
            (grant.Instance ?? budget.Scope).ToString(),
            grant.Amount,
            Micros(grant.From),
            grant.Until is { } until ? Micros(until) : null,
            grant.Cause switch
            {
                GrantCause.CarriedOver => "carried",
                GrantCause.Borrowed => "borrowed",
                GrantCause.Lent => "lent",
                GrantCause.Gift => "gift",
                _ => "approved",
            }
        );

    public static AuditFigures Of(BalanceSnapshot balance) =>
        new(
            balance.Budget.Id,
            balance.Instance.ToString(),
            Micros(balance.Window.Start),
            Micros(balance.Window.End),
            balance.Posted,
            balance.Pending,
            balance.Limit
        );

    private static string UnitOf(Budget budget) =>
        budget.Unit switch
        {
            BudgetUnit.InputTokens => "input",
            BudgetUnit.CacheReadTokens => "cache_read",
            BudgetUnit.CacheWriteTokens => "cache_write",
            BudgetUnit.OutputTokens => "output",
            BudgetUnit.ReasoningTokens => "reasoning",
            _ => budget.Unit.ToString().ToLowerInvariant(),
        };

    private static string WindowOf(Budget budget) =>
        budget.Window.Kind == WindowKind.Lifetime ? "forever" : budget.Window.Kind.ToString().ToLowerInvariant();
}
