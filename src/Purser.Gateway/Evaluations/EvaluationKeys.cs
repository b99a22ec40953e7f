using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Evaluations;

/// <summary>
/// The keys that calls of the gateway's own are charged to, each with its budget. They are made like anyone's, in the account that the configuration names;
/// but nobody knows their secrets.
/// </summary>
/// <param name="Shadow">The id of the key for calls in shadow.</param>
/// <param name="Judge">The id of the judge's; null where there is no judge.</param>
internal sealed record EvaluationKeys(string Shadow, string? Judge)
{
    private const string ShadowName = "purser shadow";
    private const string JudgeName = "purser judge";

    /// <summary>Makes what isn't there yet, and sets the budgets as the configuration has them.</summary>
    /// <exception cref="RefusedChangeException">The account can't be made, or has no dollar limit above it.</exception>
    public static async Task<EvaluationKeys> EnsureAsync(LedgerStore store, ShadowOptions shadow, JudgeOptions? judge)
    {
        return new EvaluationKeys(
            await EnsureAsync(ShadowName, shadow.Budget),
            judge is null ? null : await EnsureAsync(JudgeName, judge.Budget)
        );

        async Task<string> EnsureAsync(string name, EvaluationBudget budget) =>
            Find(store.Control, name, budget)?.Id ?? await store.ChangeAsync(change => Make(change, name, budget));
    }

    /// <summary>The key, where all is as it should be.</summary>
    private static VirtualKey? Find(ControlSnapshot control, string name, EvaluationBudget budget) =>
        control.Accounts.Resolve(budget.Account) is { } account
        && KeyOf(control, account, name) is { } key
        && Limits(control, key) is [var only]
        && only.Limit == budget.Amount.Nanos
        && only.Window.Kind == budget.Period
            ? key
            : null;

    private static string Make(ControlTransaction change, string name, EvaluationBudget budget)
    {
        var account = AccountOf(change, budget.Account, AccountKind.Team);
        var key = KeyOf(change.Current, account, name) ?? change.CreateKey(account.Id, name, expiresAt: null).Key;
        var limit = change.SetBudget(
            new NewBudget(
                new Scope(ScopeKind.Key, key.Id),
                BudgetUnit.Usd,
                new BudgetWindow(budget.Period, TimeZoneInfo.Utc),
                budget.Amount.Nanos,
                name
            )
        );
        foreach (var other in Limits(change.Current, key).Where(other => other.Id != limit.Id))
        {
            change.RemoveBudget(other.Id);
        }

        return key.Id;
    }

    private static List<Budget> Limits(ControlSnapshot control, VirtualKey key) =>
        [.. control.Budgets.Where(budget => budget.Unit == BudgetUnit.Usd && budget.Scope == new Scope(ScopeKind.Key, key.Id))];

    // A disabled one stays: an operator has switched these calls off.
    private static VirtualKey? KeyOf(ControlSnapshot control, Account account, string name) =>
        control.Keys.FirstOrDefault(key => key.Name == name && key.AccountId == account.Id);

    /// <summary>The account of a path; where there is none, a new one of a kind, under departments.</summary>
    private static Account AccountOf(ControlTransaction change, string path, AccountKind kind)
    {
        if (change.Current.Accounts.Resolve(path) is { } there)
        {
            return there;
        }

        var slash = path.LastIndexOf('/');
        var above = slash < 0 ? change.Current.Accounts.Root : AccountOf(change, path[..slash], AccountKind.Department);
        return change.CreateAccount(path[(slash + 1)..], kind, above.Id);
    }
}
