using Purser.Core.Budgets;
using Purser.Gateway.Admin;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Alerts;

/// <summary>Where more is asked for: the ask is kept, and whoever approves is told.</summary>
internal sealed class ApprovalDesk(LedgerStore store, AlertCenter alerts)
{
    /// <summary>Opens an ask, or finds the one of this key and budget that still waits.</summary>
    /// <param name="budget">The budget that had no room.</param>
    /// <param name="instance">Which one, where it's for each of a kind.</param>
    /// <param name="key">Who asks.</param>
    /// <param name="request">For which request.</param>
    /// <param name="amount">How much more, in the budget's unit; at least 1.</param>
    /// <param name="reason">What for.</param>
    /// <returns>The ask, and whether it waited already: then it stands as it was, with its own amount and reason.</returns>
    public async Task<(Ask Ask, bool WaitedAlready)> OpenAsync(
        Budget budget,
        BudgetScope? instance,
        VirtualKey key,
        Guid request,
        long amount,
        string reason
    )
    {
        var (ask, waitedAlready) = await store.ChangeAsync(change =>
        {
            var which = budget.Scope.IsEach ? instance : null;
            if (Asks.Waiting(change.Connection, key.Id, budget.Id, which) is { } waiting)
            {
                return (waiting, true);
            }

            var made = new Ask(Ids.New("ask"), budget.Id, which, key.Id, request, amount, reason, change.Now, AskState.Pending, null);
            Asks.Insert(change.Connection, made);
            return (made, false);
        });
        alerts.Raise(
            new Alert
            {
                Id = Alert.IdOf(AlertKind.Asked, ask.Id),
                Kind = AlertKind.Asked,
                At = ask.At,
                BudgetId = budget.Id,
                BudgetName = budget.Name,
                Scope = BudgetView.PathOf(store.Control, instance ?? budget.Scope),
                Unit = BudgetNames.Of(budget.Unit),
                Limit = Budget.Format(budget.Unit, budget.Limit),
                Message =
                    $"The key '{key.Name}' asks for {Budget.Format(budget.Unit, ask.Amount)} {BudgetNames.Of(budget.Unit)} more: {ask.Reason}",
                Action = $"purser asks approve {ask.Id}",
            }
        );
        return (ask, waitedAlready);
    }
}
