using System.Collections.Concurrent;
using System.Globalization;
using Purser.Core.Budgets;
using Purser.Gateway.Configuration;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// What people read of their budgets in an answer's text. Before a budget is at its end they read it once a window and key, as far as this process
/// remembers.
/// </summary>
internal sealed class BudgetNotices(BudgetNotice where)
{
    private const int SoonPercent = 90;

    // Past this, people may read it once more.
    private const int MostRemembered = 10_000;

    private readonly ConcurrentDictionary<(string Key, string Budget, BudgetScope Instance), DateTimeOffset> told = new();

    /// <summary>Whether a cut-off is explained in the answer.</summary>
    public bool AtCutOff => where != BudgetNotice.Off;

    /// <summary>
    /// What to write at the end of a streamed text, and what to call once it's written. Null where there is nothing to say, or it was said before.
    /// </summary>
    public (string Text, Action Told)? Soon(Reservation reservation)
    {
        if (where != BudgetNotice.Stream || reservation.Fullest(SoonPercent, IsWorthIt) is not { } balance)
        {
            return null;
        }

        var name = (reservation.Subject.KeyId, balance.Budget.Id, balance.Instance);
        if (told.TryGetValue(name, out var at) && at >= balance.Window.Start)
        {
            return null;
        }

        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"\n\n[Purser: {Reservation.UsedPercent(balance)}% of the budget '{balance.Budget.Name}' is used.{Resets(balance)} {HowToAsk(reservation.Attempt.RequestName)}]"
        );
        return (text, () => Remember(name, reservation.AdmittedAt));
    }

    private void Remember((string Key, string Budget, BudgetScope Instance) name, DateTimeOffset at)
    {
        if (told.Count >= MostRemembered)
        {
            told.Clear();
        }

        told[name] = at;
    }

    /// <summary>Why a stream ends before its answer does.</summary>
    /// <param name="reservation">The attempt that was cut off.</param>
    /// <param name="refusing">The budget that has no room; null where the ledger can't be written.</param>
    public static string CutOff(Reservation reservation, BalanceSnapshot? refusing)
    {
        var whose =
            refusing is null ? "The ledger can't be written, so the answer ends here."
            : Visibility.IsVisible(refusing.Budget.Scope, reservation.Subject)
                ? $"The budget '{refusing.Budget.Name}' has no room for more of this answer.{Resets(refusing)}"
            : $"A budget above yours has no room for more of this answer.{Resets(refusing)}";
        return refusing is null ? whose : $"{whose} {HowToAsk(reservation.Attempt.RequestName)}";
    }

    /// <summary>The refusal of an answer of which nothing has reached the client yet.</summary>
    /// <inheritdoc cref="CutOff"/>
    public static Refusal Refused(Reservation reservation, BalanceSnapshot? refusing) =>
        refusing is null ? Refusal.LedgerDown : new Refusal(402, "budget_exceeded", CutOff(reservation, refusing));

    // A rate comes back in a moment, and calls at once are nobody's to spend.
    private static bool IsWorthIt(BalanceSnapshot balance) =>
        balance.Budget is { IsHard: true, Window.Kind: not WindowKind.Minute } && balance.Budget.Unit != BudgetUnit.Concurrency;

    private static string Resets(BalanceSnapshot balance) =>
        balance.Window.End < DateTimeOffset.MaxValue ? $" It resets at {balance.Window.End.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}." : "";

    private static string HowToAsk(string request) => $"Ask for more with: purser asks create {request} --amount … --reason …";
}
