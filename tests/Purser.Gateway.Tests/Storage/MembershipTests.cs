using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Storage;

/// <summary>Alice is a member of research/search, with a key; research/search and support have limits of 500 a month.</summary>
public sealed class MembershipTests
{
    private const string Alice = "research/search/alice";
    private static readonly TimeSpan TwoDays = TimeSpan.FromDays(2);

    [Fact]
    public async Task After_a_move_the_new_team_pays_and_the_old_one_keeps_what_it_paid()
    {
        await using var fixture = await CreateAsync();
        await fixture.SpendAsync(100, Key(fixture).Subject);
        fixture.Clock.Advance(TimeSpan.FromSeconds(1));

        await fixture.Store.ChangeAsync(change => change.MoveAccount(Alice, "support", null));
        await fixture.SpendAsync(30, Key(fixture).Subject);

        Assert.Equal((100, 30), await TeamsAsync(fixture));
        Assert.Equal((130, 0), await fixture.BalanceAsync());
        Assert.Equal("support/alice", fixture.Store.Control.Accounts.PathOf(Key(fixture).AccountId));
        await IsCleanAsync(fixture);
    }

    [Fact]
    public async Task A_planned_move_happens_by_itself_at_its_first_instant()
    {
        await using var fixture = await CreateAsync();
        var subject = Key(fixture).Subject;
        await fixture.Store.ChangeAsync(change => change.MoveAccount(Alice, "support", fixture.Clock.GetUtcNow() + TwoDays));
        Assert.Same(fixture.Store.Control, fixture.Store.Control);
        await fixture.SpendAsync(100, Key(fixture).Subject);

        fixture.Clock.Advance(TwoDays - TimeSpan.FromMilliseconds(1));
        await fixture.SpendAsync(10, Key(fixture).Subject);
        Assert.Equal((110, 0), await TeamsAsync(fixture));

        fixture.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await fixture.SpendAsync(7, Key(fixture).Subject);
        Assert.Equal((110, 7), await TeamsAsync(fixture));
        Assert.NotSame(subject, Key(fixture).Subject);
        Assert.Same(Key(fixture).Subject, Key(fixture).Subject);
        await IsCleanAsync(fixture);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_planned_move_survives_a_restart_before_its_date_and_one_that_lasts_beyond_it(bool beyond)
    {
        await using var fixture = await CreateAsync();
        await fixture.Store.ChangeAsync(change => change.MoveAccount(Alice, "support", fixture.Clock.GetUtcNow() + TwoDays));
        await fixture.SpendAsync(100, Key(fixture).Subject);

        if (beyond)
        {
            fixture.Clock.Advance(TwoDays);
        }

        await fixture.ReopenAsync();
        await fixture.SpendAsync(10, Key(fixture).Subject);
        Assert.Equal(beyond ? (100, 10) : (110, 0), await TeamsAsync(fixture));

        fixture.Clock.Advance(TwoDays);
        await fixture.SpendAsync(1, Key(fixture).Subject);
        Assert.Equal(beyond ? (100, 11) : (110, 1), await TeamsAsync(fixture));
        await IsCleanAsync(fixture);
        await fixture.ReopenAsync();
        Assert.Equal(beyond ? (100, 11) : (110, 1), await TeamsAsync(fixture));
    }

    [Fact]
    public async Task A_request_that_waited_since_before_the_move_counts_where_its_account_is_when_it_is_admitted()
    {
        await using var fixture = await CreateAsync();
        var read = new Subject
        {
            KeyId = Key(fixture).Id,
            Accounts = Key(fixture).Subject.Accounts,
            Session = "run 1",
            Tags = [new("env", "prod")],
        };
        await fixture.Store.ChangeAsync(change => change.MoveAccount(Alice, "support", fixture.Clock.GetUtcNow() + TwoDays));

        fixture.Clock.Advance(TwoDays);
        var attempt = await fixture.SpendAsync(40, read);

        Assert.Equal((0, 40), await TeamsAsync(fixture));
        Assert.Equal(
            1,
            fixture.Number("SELECT COUNT(*) FROM subjects WHERE session = 'run 1' AND tags = 'env=prod' AND department IS NULL")
        );
        Assert.NotEqual(default, attempt);
        await IsCleanAsync(fixture);
    }

    [Fact]
    public async Task What_is_under_way_stays_where_it_was_admitted()
    {
        await using var fixture = await CreateAsync();
        var attempt = fixture.NextAttempt();
        await fixture.ReserveAsync(attempt, 200, Key(fixture).Subject);

        await fixture.Store.ChangeAsync(change => change.MoveAccount(Alice, "support", null));
        Assert.True((await fixture.Store.ExtendAsync(attempt, new Amount(new(50), 50, 0), fixture.Clock.GetUtcNow())).IsReserved);
        await fixture.PostAsync(attempt, 240);

        Assert.Equal((240, 0), await TeamsAsync(fixture));
        await IsCleanAsync(fixture);
    }

    [Fact]
    public async Task A_clock_that_steps_back_does_not_undo_a_move()
    {
        await using var fixture = await CreateAsync();
        var start = fixture.Clock.GetUtcNow();
        await fixture.Store.ChangeAsync(change => change.MoveAccount(Alice, "support", start + TwoDays));
        fixture.Clock.Advance(TwoDays);
        await fixture.SpendAsync(5, Key(fixture).Subject);

        fixture.Clock.AdjustTime(start);
        await fixture.SpendAsync(6, Key(fixture).Subject);
        Assert.Equal((0, 11), await TeamsAsync(fixture));
        await fixture.ReopenAsync();
        await fixture.SpendAsync(7, Key(fixture).Subject);

        Assert.Equal((0, 18), await TeamsAsync(fixture));
        Assert.Equal("in_the_past", await RefusalAsync(fixture, change => change.MoveAccount("support/alice", "research", start)));
        await IsCleanAsync(fixture);
    }

    [Fact]
    public async Task Whoever_has_seen_a_move_sees_it_still_when_the_clock_steps_back_and_something_else_changes()
    {
        await using var fixture = await CreateAsync();
        var start = fixture.Clock.GetUtcNow();
        await fixture.Store.ChangeAsync(change => change.MoveAccount(Alice, "support", start + TwoDays));
        fixture.Clock.Advance(TwoDays);
        Assert.True(Key(fixture).Subject.IsPlaced);

        fixture.Clock.AdjustTime(start);
        await fixture.Store.ChangeAsync(change => change.CreateAccount("carol", AccountKind.Member, "support"));

        var accounts = fixture.Store.Control.Accounts;
        Assert.Equal("support/alice", accounts.PathOf(Key(fixture).AccountId));
        Assert.NotNull(accounts.Resolve("support/carol"));
    }

    [Fact]
    public async Task Whose_membership_ended_spends_nothing_until_there_is_another()
    {
        await using var fixture = await CreateAsync();
        var subject = Key(fixture).Subject;
        await fixture.Store.ChangeAsync(change => change.EndMembership(Alice, fixture.Clock.GetUtcNow() + TwoDays));
        Assert.True((await fixture.ReserveAsync(fixture.NextAttempt(), 1, subject)).Result.IsReserved);

        fixture.Clock.Advance(TwoDays);
        var head = fixture.Store.HeadSeq;
        Assert.Equal(ReserveStatus.NoMembership, (await fixture.ReserveAsync(fixture.NextAttempt(), 1, subject)).Result.Status);
        Assert.False(Key(fixture).Subject.IsPlaced);
        Assert.Equal(head, fixture.Store.HeadSeq);
        Assert.Equal("no_membership", await RefusalAsync(fixture, change => change.CreateKey(Key(fixture).AccountId, "more", null)));
        Assert.Equal("no_membership", await RefusalAsync(fixture, change => change.EndMembership(Key(fixture).AccountId, null)));

        await fixture.Store.ChangeAsync(change => change.MoveAccount(Key(fixture).AccountId, "support", null));
        Assert.True((await fixture.ReserveAsync(fixture.NextAttempt(), 1, subject)).Result.IsReserved);
        await IsCleanAsync(fixture);
    }

    [Fact]
    public async Task A_team_takes_everyone_below_it_along()
    {
        await using var fixture = await CreateAsync();

        await fixture.Store.ChangeAsync(change => change.MoveAccount("research/search", "", fixture.Clock.GetUtcNow() + TwoDays));
        fixture.Clock.Advance(TwoDays);
        await fixture.SpendAsync(9, Key(fixture).Subject);

        Assert.Equal("search/alice", fixture.Store.Control.Accounts.PathOf(Key(fixture).AccountId));
        Assert.Equal((9, 0), await TeamsAsync(fixture));
        await IsCleanAsync(fixture);
    }

    [Theory]
    [InlineData(Alice, "support/bob", "wrong_parent")]
    [InlineData("research", "research", "wrong_parent")]
    [InlineData("research/search", "support", "wrong_parent")]
    [InlineData(Alice, "support/alice", "unknown_account")]
    [InlineData(Alice, "research/search", "already_there")]
    [InlineData("", "research", "organization_fixed")]
    public async Task A_move_that_breaks_the_tree_is_refused(string account, string parent, string code)
    {
        await using var fixture = await CreateAsync();

        Assert.Equal(code, await RefusalAsync(fixture, change => change.MoveAccount(account, parent, null)));
        Assert.Equal(code, await RefusalAsync(fixture, change => change.MoveAccount(account, parent, fixture.Clock.GetUtcNow() + TwoDays)));
    }

    [Fact]
    public async Task A_name_stays_unique_at_every_time_to_come()
    {
        await using var fixture = await CreateAsync();
        await fixture.Store.ChangeAsync(change => change.MoveAccount(Alice, "support", fixture.Clock.GetUtcNow() + TwoDays));

        Assert.Equal("name_taken", await RefusalAsync(fixture, change => change.CreateAccount("Alice", AccountKind.Member, "support")));
        await fixture.Store.ChangeAsync(change => change.CancelPlans(Alice, null));
        await fixture.Store.ChangeAsync(change => change.CreateAccount("Alice", AccountKind.Member, "support"));
        Assert.Equal("name_taken", await RefusalAsync(fixture, change => change.MoveAccount(Alice, "support", null)));
    }

    [Fact]
    public async Task No_key_comes_below_no_hard_limit_at_any_time()
    {
        await using var fixture = await CreateAsync();
        var later = fixture.Clock.GetUtcNow() + TwoDays;
        var acme = fixture.Store.Control.Budgets.Single(budget => budget.Name == "acme").Id;
        var support = fixture.Store.Control.Budgets.Single(budget => budget.Name == "support").Id;
        await fixture.Store.ChangeAsync(change =>
        {
            change.RemoveBudget(acme);
            return true;
        });

        Assert.Equal("no_hard_limit", await RefusalAsync(fixture, change => change.MoveAccount(Alice, "research", null)));
        Assert.Equal("no_hard_limit", await RefusalAsync(fixture, change => change.MoveAccount(Alice, "research", later)));
        await fixture.Store.ChangeAsync(change => change.MoveAccount(Alice, "support", later));
        Assert.Equal(
            "last_hard_limit",
            await RefusalAsync(
                fixture,
                change =>
                {
                    change.RemoveBudget(support);
                    return true;
                }
            )
        );
        Assert.Equal("no_hard_limit", await RefusalAsync(fixture, change => change.MoveAccount(Alice, "research", later.AddDays(1))));
        // Without a membership there's nothing to bound.
        await fixture.Store.ChangeAsync(change => change.EndMembership(Alice, null));
    }

    [Fact]
    public async Task A_key_is_not_made_for_who_will_be_without_a_limit()
    {
        await using var fixture = await CreateAsync();
        await fixture.Store.ChangeAsync(change => change.CreateAccount("carol", AccountKind.Member, "support"));
        var acme = fixture.Store.Control.Budgets.Single(budget => budget.Name == "acme").Id;
        await fixture.Store.ChangeAsync(change =>
        {
            change.RemoveBudget(acme);
            return change.MoveAccount("support/carol", "research", fixture.Clock.GetUtcNow() + TwoDays);
        });

        Assert.Equal("no_hard_limit", await RefusalAsync(fixture, change => change.CreateKey("support/carol", "carol", null)));
    }

    [Fact]
    public async Task Plans_can_be_replaced_taken_back_and_made_superfluous()
    {
        await using var fixture = await CreateAsync();
        var now = fixture.Clock.GetUtcNow();
        var id = Key(fixture).AccountId;
        await fixture.Store.ChangeAsync(change => change.MoveAccount(id, "support", now.AddDays(2)));
        await fixture.Store.ChangeAsync(change => change.EndMembership(id, now.AddDays(9)));
        Assert.Equal(["support@2", "@9"], Planned());

        // Back to where it is anyway: the plan is over.
        await fixture.Store.ChangeAsync(change => change.MoveAccount(id, "research/search", now.AddDays(2)));
        Assert.Equal(["@9"], Planned());
        await fixture.Store.ChangeAsync(change => change.MoveAccount(id, "support", now.AddDays(4)));
        await fixture.Store.ChangeAsync(change => change.MoveAccount(id, "support", now.AddDays(3)));
        Assert.Equal(["support@3", "@9"], Planned());
        await fixture.Store.ChangeAsync(change => change.CancelPlans(id, now.AddDays(3)));
        Assert.Equal(["@9"], Planned());
        await fixture.Store.ChangeAsync(change => change.MoveAccount(id, "support", now.AddDays(1)));
        await fixture.Store.ChangeAsync(change => change.MoveAccount(id, "research/search", now.AddDays(2)));
        await fixture.Store.ChangeAsync(change => change.CancelPlans(id, now.AddDays(1)));
        Assert.Equal(["@9"], Planned());
        await fixture.Store.ChangeAsync(change => change.CancelPlans(id, null));
        Assert.Empty(Planned());
        Assert.Equal("nothing_planned", await RefusalAsync(fixture, change => change.CancelPlans(id, null)));
        await IsCleanAsync(fixture);

        IEnumerable<string> Planned() =>
            fixture
                .Store.Control.History.Of(id)
                .Where(membership => membership.From > now)
                .Select(membership =>
                    $"{fixture.Store.Control.Accounts.Find(membership.ParentId ?? "")?.Name}@{(membership.From - now).TotalDays}"
                );
    }

    [Fact]
    public async Task Only_a_membership_of_a_member_ends()
    {
        await using var fixture = await CreateAsync();

        Assert.Equal("not_a_member", await RefusalAsync(fixture, change => change.EndMembership("research/search", null)));
    }

    [Theory]
    [InlineData("UPDATE memberships SET parent_id = (SELECT id FROM accounts WHERE name = 'research') WHERE from_at > 1795528800000000")]
    [InlineData("DELETE FROM memberships WHERE from_at > 1795528800000000")]
    [InlineData("UPDATE memberships SET from_at = from_at + 1 WHERE from_at > 1795528800000000")]
    public async Task Memberships_that_were_altered_are_found(string tampering)
    {
        await using var fixture = await CreateAsync();
        await fixture.Store.ChangeAsync(change => change.MoveAccount(Alice, "support", fixture.Clock.GetUtcNow() + TwoDays));
        await IsCleanAsync(fixture);

        fixture.Tamper(tampering);

        var problem = Assert.Single(LedgerVerifier.Verify(fixture.Directory).Problems);
        Assert.Contains("the table of memberships differs from what the journal recorded", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reservation_under_other_accounts_than_the_keys_own_is_found()
    {
        await using var fixture = await CreateAsync();
        await fixture.Store.ChangeAsync(change => change.MoveAccount(Alice, "support", null));
        fixture.Clock.Advance(TwoDays);
        fixture.Tamper(
            "DELETE FROM memberships WHERE parent_id = (SELECT id FROM accounts WHERE name = 'support') "
                + "AND account_id = (SELECT id FROM accounts WHERE name = 'alice'); "
                + "INSERT INTO memberships SELECT a.id, 1, b.id FROM accounts a, accounts b WHERE a.name = 'alice' AND b.name = 'search'"
        );
        await fixture.ReopenAsync();

        await fixture.SpendAsync(5, Key(fixture).Subject);

        var problems = LedgerVerifier.Verify(fixture.Directory).Problems;
        Assert.Contains(problems, problem => problem.Contains("but its key was under", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requests_at_every_moment_around_moves_count_where_their_key_is()
    {
        await using var fixture = await CreateAsync();
        var start = fixture.Clock.GetUtcNow();
        await fixture.Store.ChangeAsync(change =>
        {
            for (var second = 1; second < 40; second += 3)
            {
                change.MoveAccount(Alice, "support", start.AddSeconds(second));
                change.MoveAccount(Alice, "research/search", start.AddSeconds(second + 1));
            }

            return change.EndMembership(Alice, start.AddSeconds(40));
        });
        var clients = Enumerable
            .Range(0, 4)
            .Select(_ =>
                Task.Run(async () =>
                {
                    var old = Key(fixture).Subject;
                    while (fixture.Clock.GetUtcNow() < start.AddSeconds(40))
                    {
                        foreach (var subject in (Subject[])[old, Key(fixture).Subject])
                        {
                            var attempt = fixture.NextAttempt();
                            if ((await fixture.ReserveAsync(attempt, 1, subject)).Result.IsReserved)
                            {
                                await fixture.Store.VoidAsync(fixture.Event(attempt, Outcome.Void));
                            }
                        }

                        fixture.Clock.Advance(TimeSpan.FromMilliseconds(90));
                    }
                })
            )
            .ToList();
        await Task.WhenAll(clients);

        Assert.Equal(
            ReserveStatus.NoMembership,
            (await fixture.ReserveAsync(fixture.NextAttempt(), 1, Key(fixture).Subject)).Result.Status
        );
        var report = LedgerVerifier.Verify(fixture.Directory);
        Assert.Empty(report.Problems);
        Assert.True(report.Reserves > 400);
        Assert.Equal(2, fixture.Number("SELECT COUNT(*) FROM subjects"));
    }

    private static async Task<StoreFixture> CreateAsync()
    {
        var fixture = await StoreFixture.CreateAsync();
        await fixture.Store.ChangeAsync(change =>
        {
            change.CreateAccount("support", AccountKind.Team, "");
            change.CreateAccount("bob", AccountKind.Member, "support");
            change.CreateAccount("alice", AccountKind.Member, "research/search");
            foreach (var path in (string[])["research/search", "support"])
            {
                var scope = new Scope(ScopeKind.Account, change.ResolveAccount(path).Id);
                var month = new BudgetWindow(WindowKind.Month, TimeZoneInfo.Utc);
                change.SetBudget(new NewBudget(scope, BudgetUnit.Usd, month, 500, path.Split('/')[^1]));
            }

            return change.CreateKey(Alice, "alice", null);
        });
        // A clock that stands still would make everything of one instant.
        fixture.Clock.Advance(TimeSpan.FromHours(1));
        return fixture;
    }

    private static VirtualKey Key(StoreFixture fixture) => fixture.Store.Control.Keys.Single(key => key.Name == "alice");

    private static async Task<(long Search, long Support)> TeamsAsync(StoreFixture fixture)
    {
        var balances = await fixture.Store.BalancesAsync();
        return (
            balances.Single(balance => balance.Budget.Name == "search").Posted,
            balances.Single(balance => balance.Budget.Name == "support").Posted
        );
    }

    private static async Task<string> RefusalAsync<T>(StoreFixture fixture, Func<ControlTransaction, T> change) =>
        (await Assert.ThrowsAsync<RefusedChangeException>(() => fixture.Store.ChangeAsync(change))).Code;

    private static async Task IsCleanAsync(StoreFixture fixture)
    {
        await fixture.Store.BalancesAsync();
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }
}
