namespace Purser.Core.Ledger;

/// <summary>
/// Every account with its memberships, past and planned. A membership holds until the account's next one, so at each instant an account
/// has at most one parent.
/// </summary>
public sealed class AccountHistory
{
    private readonly IReadOnlyCollection<Account> accounts;
    private readonly Dictionary<string, Membership[]> memberships;
    private readonly DateTimeOffset[] changes;

    /// <summary>Takes accounts, whatever their parents, and the memberships that say what these are.</summary>
    public AccountHistory(IReadOnlyCollection<Account> accounts, IReadOnlyCollection<Membership> memberships)
    {
        this.accounts = accounts;
        this.memberships = memberships
            .GroupBy(membership => membership.AccountId, StringComparer.Ordinal)
            .ToDictionary(of => of.Key, of => of.OrderBy(membership => membership.From).ToArray(), StringComparer.Ordinal);
        changes = [.. memberships.Select(membership => membership.From).Distinct().Order()];
    }

    /// <summary>An account's memberships, the first one first.</summary>
    public IReadOnlyList<Membership> Of(string id) => memberships.GetValueOrDefault(id) ?? [];

    /// <summary>An account's membership at an instant, or null where it had none yet.</summary>
    public Membership? InForce(string id, DateTimeOffset at) => Of(id).LastOrDefault(membership => membership.From <= at);

    /// <summary>When the first membership after an instant begins; <see cref="DateTimeOffset.MaxValue"/> where none does.</summary>
    public DateTimeOffset NextChange(DateTimeOffset after)
    {
        var found = Array.BinarySearch(changes, after);
        var next = found < 0 ? ~found : found + 1;
        return next < changes.Length ? changes[next] : DateTimeOffset.MaxValue;
    }

    /// <summary>The tree at an instant.</summary>
    /// <exception cref="ArgumentException">It is none then: see <see cref="FirstFault"/>.</exception>
    public AccountTree At(DateTimeOffset at) => new(PlacedAt(at));

    /// <summary>The first thing that breaks the rules of the tree at an instant or at any after it, or null.</summary>
    public AccountFault? FirstFault(DateTimeOffset from)
    {
        for (var at = from; at < DateTimeOffset.MaxValue; at = NextChange(at))
        {
            if (FaultAt(at) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    /// <summary>Whether an account of one kind can be below one of another.</summary>
    public static bool CanBeBelow(AccountKind kind, AccountKind above) =>
        above != AccountKind.Member && (kind > above || kind == AccountKind.Department && above == AccountKind.Department);

    private AccountFault? FaultAt(DateTimeOffset at)
    {
        var placed = PlacedAt(at);
        var byId = placed.ToDictionary(account => account.Id, StringComparer.Ordinal);
        var names = new HashSet<(string Parent, string Name)>();
        foreach (var account in placed)
        {
            if (account.ParentId is not { } parent)
            {
                continue;
            }

            var above = byId[parent];
            AccountRule? broken =
                !CanBeBelow(account.Kind, above.Kind) ? AccountRule.Kind
                : IsAboveItself(account, byId) ? AccountRule.Cycle
                : !names.Add((parent, account.Name.ToUpperInvariant())) ? AccountRule.Name
                : null;
            if (broken is { } rule)
            {
                return new AccountFault(rule, account, above, at);
            }
        }

        return null;
    }

    private static bool IsAboveItself(Account account, Dictionary<string, Account> byId)
    {
        var steps = 0;
        for (var above = account.ParentId; above is not null; above = byId[above].ParentId)
        {
            // The way up from an account below a circle never comes to it, nor to an end.
            if (above == account.Id || ++steps > byId.Count)
            {
                return true;
            }
        }

        return false;
    }

    private List<Account> PlacedAt(DateTimeOffset at) =>
        [.. accounts.Select(account => account with { ParentId = InForce(account.Id, at)?.ParentId })];
}
