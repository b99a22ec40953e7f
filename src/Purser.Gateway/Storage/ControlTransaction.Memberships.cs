using System.Globalization;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>Where accounts hang, and from when on. What was is never changed: it's what history was counted under.</summary>
internal sealed partial class ControlTransaction
{
    /// <summary>Puts an account below another from an instant on; what is planned for later stays.</summary>
    /// <param name="account">The account's id or path.</param>
    /// <param name="parent">The id or path of the account that shall be above it.</param>
    /// <param name="from">From when on; null for now.</param>
    public Account MoveAccount(string account, string parent, DateTimeOffset? from)
    {
        var (moved, above) = (ResolveAccount(account), ResolveAccount(parent));
        SetMembership(moved, above, from);
        return Current.Accounts.Find(moved.Id)!;
    }

    /// <summary>Ends a member's membership at an instant: its keys are refused from then on, until it's moved below an account again.</summary>
    /// <param name="account">The member's id or path.</param>
    /// <param name="at">When it ends; null for now.</param>
    public Account EndMembership(string account, DateTimeOffset? at)
    {
        var member = ResolveAccount(account);
        if (member.Kind != AccountKind.Member)
        {
            throw new RefusedChangeException(
                "not_a_member",
                $"'{member.Name}' is a {BudgetNames.Of(member.Kind)}; only the membership of a member can end.",
                "Move it instead, or disable its keys: purser keys disable KEY"
            );
        }

        SetMembership(member, null, at);
        return Current.Accounts.Find(member.Id)!;
    }

    /// <summary>Takes back what is planned for an account.</summary>
    /// <param name="account">The account's id or path.</param>
    /// <param name="from">The instant of the plan that is taken back; null for all of them.</param>
    public Account CancelPlans(string account, DateTimeOffset? from)
    {
        var found = ResolveAccount(account);
        var instant = from is { } at ? Whole(at) : (DateTimeOffset?)null;
        var planned = Current
            .History.Of(found.Id)
            .Where(membership => membership.From > Now && (instant is null || membership.From == instant))
            .ToList();
        if (planned.Count == 0)
        {
            throw new RefusedChangeException(
                "nothing_planned",
                $"Nothing is planned for '{found.Name}'{(instant is { } then ? $" from {Text(then)} on" : "")}.",
                $"purser accounts history {found.Id}"
            );
        }

        planned.ForEach(RemoveMembership);
        RemoveRepeated(found);
        CheckWhatFollows(found);
        return Current.Accounts.Find(found.Id)!;
    }

    private void SetMembership(Account account, Account? above, DateTimeOffset? from)
    {
        if (account.Kind == AccountKind.Organization)
        {
            throw new RefusedChangeException("organization_fixed", "The organization is above all accounts; it can't be moved.");
        }

        if (from < Now)
        {
            throw new RefusedChangeException(
                "in_the_past",
                $"{Text(from.Value)} has passed. What was spent till now counted under the accounts of its time, and stays there: "
                    + "a membership changes from now on, or from a time to come.",
                "Leave the time out for now."
            );
        }

        var at = from is { } planned ? Whole(planned) : Now;
        if (Current.History.InForce(account.Id, at)?.ParentId == above?.Id)
        {
            throw above is null
                ? new RefusedChangeException("no_membership", $"'{account.Name}' has no membership then that could end.")
                : new RefusedChangeException("already_there", $"'{account.Name}' is below {above.Name} then already.");
        }

        Write(new Membership(account.Id, above?.Id, at));
        RemoveRepeated(account);
        CheckWhatFollows(account);
    }

    /// <summary>Takes out what changes nothing: memberships to come below the account that it's below already.</summary>
    private void RemoveRepeated(Account account)
    {
        var memberships = History.Of(account.Id);
        for (var i = 1; i < memberships.Count; i++)
        {
            if (memberships[i].From >= Now && memberships[i].ParentId == memberships[i - 1].ParentId)
            {
                RemoveMembership(memberships[i]);
            }
        }
    }

    /// <summary>Refuses a change after which the accounts would be no tree, or a key without a dollar limit, at any time from now on.</summary>
    private void CheckWhatFollows(Account changed)
    {
        CheckTree();
        if (HardLimits.Missing(Current) is var (key, from))
        {
            throw new RefusedChangeException(
                "no_hard_limit",
                $"With '{changed.Name}' there, the key '{key.Name}' has no dollar limit at or above its account{When(from)}: "
                    + "it could spend without end.",
                "Set one first: purser budgets set --account PATH --usd 50 --window month"
            );
        }
    }

    private void CheckTree()
    {
        if (History.FirstFault(Now) is { } fault)
        {
            throw new RefusedChangeException(
                fault.Rule == AccountRule.Name ? "name_taken" : "wrong_parent",
                fault.Rule switch
                {
                    AccountRule.Kind =>
                        $"A {BudgetNames.Of(fault.Account.Kind)} can't be below a {BudgetNames.Of(fault.Above.Kind)} ({fault.Above.Name})",
                    AccountRule.Cycle => $"'{fault.Account.Name}' would be above itself",
                    _ => $"There already is '{fault.Account.Name}' below {fault.Above.Name}",
                } + $"{When(fault.At)}."
            );
        }
    }

    private void Write(Membership membership)
    {
        Run(
            "INSERT OR REPLACE INTO memberships VALUES($account, $from, $parent)",
            ("$account", membership.AccountId),
            ("$from", JournalWriter.Microseconds(membership.From)),
            ("$parent", (object?)membership.ParentId ?? DBNull.Value)
        );
        Note(
            new
            {
                account = "move",
                id = membership.AccountId,
                parent = membership.ParentId,
                from = membership.From,
            }
        );
    }

    private void RemoveMembership(Membership planned)
    {
        Run(
            "DELETE FROM memberships WHERE account_id = $account AND from_at = $from",
            ("$account", planned.AccountId),
            ("$from", JournalWriter.Microseconds(planned.From))
        );
        Note(
            new
            {
                account = "cancel",
                id = planned.AccountId,
                from = planned.From,
            }
        );
    }

    /// <summary>The accounts with their memberships, changes of this transaction included, whether or not they are a tree.</summary>
    private AccountHistory History => history ??= ControlTables.History(journal.Connection);

    private string When(DateTimeOffset from) => from > Now ? $" from {Text(from)} on" : "";

    private static DateTimeOffset Whole(DateTimeOffset at) => JournalWriter.FromMicroseconds(JournalWriter.Microseconds(at));

    private static string Text(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
}
