using CsCheck;
using Purser.Core.Ledger;
using Xunit;

namespace Purser.Core.Tests.Ledger;

public sealed class AccountHistoryTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private static readonly Account[] Accounts =
    [
        new("org", null, AccountKind.Organization, "Acme", Start),
        new("research", null, AccountKind.Department, "research", Start),
        new("labs", null, AccountKind.Department, "labs", Start),
        new("search", null, AccountKind.Team, "search", Start),
        new("support", null, AccountKind.Team, "support", Start),
        new("web", null, AccountKind.Project, "web", Start),
        new("alice", null, AccountKind.Member, "alice", Start),
        new("other alice", null, AccountKind.Member, "Alice", Start),
    ];

    private static readonly Membership[] First =
    [
        At(0, "research", "org"),
        At(0, "labs", "org"),
        At(0, "search", "research"),
        At(0, "support", "labs"),
        At(0, "web", "search"),
        At(0, "alice", "search"),
        At(0, "other alice", "support"),
    ];

    [Fact]
    public void A_membership_holds_from_its_first_instant_until_the_next_one()
    {
        var history = With(At(5, "alice", "web"), At(7, "alice", null));

        Assert.Equal("research/search/alice", history.At(Start.AddDays(5).AddTicks(-1)).PathOf("alice"));
        Assert.Equal("research/search/web/alice", history.At(Start.AddDays(5)).PathOf("alice"));
        Assert.True(history.At(Start.AddDays(7).AddTicks(-1)).IsPlaced("alice"));
        Assert.False(history.At(Start.AddDays(7)).IsPlaced("alice"));
    }

    [Fact]
    public void Who_has_no_membership_is_found_by_id_alone_and_below_nobody()
    {
        var tree = With(At(1, "alice", null)).At(Start.AddDays(1));

        Assert.Null(tree.Resolve("research/search/alice"));
        Assert.Equal("alice", tree.Resolve("alice")!.Id);
        Assert.Equal(["alice"], tree.WithAncestors("alice").Select(account => account.Id));
        Assert.Equal("alice", tree.PathOf("alice"));
        Assert.True(tree.IsPlaced("org"));
    }

    [Fact]
    public void The_whole_subtree_moves_with_its_account()
    {
        var tree = With(At(1, "search", "labs")).At(Start.AddDays(1));

        Assert.Equal("labs/search/web", tree.PathOf("web"));
        Assert.Equal(["alice", "search", "labs", "org"], tree.WithAncestors("alice").Select(account => account.Id));
    }

    [Fact]
    public void The_next_change_is_the_first_one_after_an_instant()
    {
        var history = With(At(5, "alice", "support"), At(3, "web", "support"), At(5, "web", "search"));

        Assert.Equal(Start.AddDays(3), history.NextChange(Start));
        Assert.Equal(Start.AddDays(5), history.NextChange(Start.AddDays(3)));
        Assert.Equal(Start.AddDays(5), history.NextChange(Start.AddDays(4)));
        Assert.Equal(DateTimeOffset.MaxValue, history.NextChange(Start.AddDays(5)));
    }

    [Theory]
    [InlineData("alice", "other alice", AccountRule.Kind)]
    [InlineData("support", "search", AccountRule.Kind)]
    [InlineData("research", "search", AccountRule.Kind)]
    [InlineData("alice", "support", AccountRule.Name)]
    public void What_breaks_a_rule_at_a_time_to_come_is_found_with_that_time(string account, string parent, AccountRule rule)
    {
        var fault = With(At(9, account, parent)).FirstFault(Start);

        Assert.Equal((rule, parent, Start.AddDays(9)), (fault!.Rule, fault.Above.Id, fault.At));
    }

    [Fact]
    public void Departments_cannot_be_in_each_other_at_any_time()
    {
        var history = With(At(2, "labs", "research"), At(4, "labs", "org"), At(4, "research", "labs"), At(6, "labs", "research"));

        var fault = history.FirstFault(Start);

        Assert.Equal((AccountRule.Cycle, Start.AddDays(6)), (fault!.Rule, fault.At));
        Assert.Null(With(At(2, "labs", "research"), At(4, "labs", "org"), At(4, "research", "labs")).FirstFault(Start));
    }

    [Fact]
    public void What_is_over_is_not_judged()
    {
        var history = With(At(1, "alice", "support"), At(2, "alice", "search"));

        Assert.Equal(Start.AddDays(1), history.FirstFault(Start)!.At);
        Assert.Null(history.FirstFault(Start.AddDays(2)));
    }

    [Fact]
    public void Where_no_fault_is_found_the_accounts_are_a_tree_at_every_instant() =>
        Gen.Select(Gen.Int[1, 6], Gen.Int[1, Accounts.Length - 1], Gen.Int[-1, Accounts.Length - 1])
            .Array[0, 12]
            .Sample(
                changes =>
                {
                    var accepted = new List<Membership>();
                    foreach (var (day, account, parent) in changes)
                    {
                        var change = At(day, Accounts[account].Id, parent < 0 ? null : Accounts[parent].Id);
                        if (change.ParentId is null && Accounts[account].Kind != AccountKind.Member)
                        {
                            continue;
                        }

                        var tried = accepted
                            .Where(other => (other.AccountId, other.From) != (change.AccountId, change.From))
                            .Append(change)
                            .ToList();
                        var isTree = Enumerable.Range(0, 8).All(instant => IsTree(ParentsAt(tried, instant)));
                        Assert.Equal(isTree, With([.. tried]).FirstFault(Start) is null);
                        accepted = isTree ? tried : accepted;
                    }

                    var history = With([.. accepted]);
                    for (var day = 0; day < 8; day++)
                    {
                        Agrees(history.At(Start.AddDays(day)), ParentsAt(accepted, day));
                    }
                },
                iter: 3_000
            );

    /// <summary>The tree has each account where the memberships say.</summary>
    private static void Agrees(AccountTree tree, Dictionary<string, string?> parents)
    {
        foreach (var account in tree.All)
        {
            Assert.Equal(parents[account.Id], account.ParentId);
            Assert.Equal(account, tree.Resolve(tree.PathOf(account.Id)));
            var top = tree.WithAncestors(account.Id).Last();
            Assert.Equal(tree.IsPlaced(account.Id), top.Kind == AccountKind.Organization);
        }
    }

    /// <summary>Everyone's last membership by a day.</summary>
    private static Dictionary<string, string?> ParentsAt(IEnumerable<Membership> changes, int day)
    {
        var parents = Accounts.ToDictionary(account => account.Id, _ => (string?)null);
        foreach (var change in First.Concat(changes.OrderBy(change => change.From)).Where(change => change.From <= Start.AddDays(day)))
        {
            parents[change.AccountId] = change.ParentId;
        }

        return parents;
    }

    /// <summary>What a tree of accounts is, said again in other words.</summary>
    private static bool IsTree(Dictionary<string, string?> parents)
    {
        var rank = Accounts.ToDictionary(account => account.Id, account => (int)account.Kind);
        var siblings = Accounts.GroupBy(account => (parents[account.Id], account.Name.ToLowerInvariant()));
        if (siblings.Any(same => same.Key.Item1 is not null && same.Count() > 1))
        {
            return false;
        }

        foreach (var (account, parent) in parents)
        {
            var nested = parent is not null && rank[account] == 1 && rank[parent] == 1;
            if (parent is not null && (rank[parent] == 4 || rank[parent] >= rank[account]) && !nested)
            {
                return false;
            }

            var (above, steps) = (parent, 0);
            while (above is not null)
            {
                above = parents[above];
                if (++steps > Accounts.Length)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static AccountHistory With(params Membership[] more) => new(Accounts, [.. First, .. more]);

    private static Membership At(int day, string account, string? parent) => new(account, parent, Start.AddDays(day));
}
