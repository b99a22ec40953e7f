using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Xunit;

namespace Purser.Core.Tests.Ledger;

public sealed class SubjectTests
{
    private readonly Subject subject = new()
    {
        KeyId = "pk-1",
        Accounts =
        [
            Account("acct_m", AccountKind.Member),
            Account("acct_t", AccountKind.Team),
            Account("acct_u", AccountKind.Team),
            Account("acct_o", AccountKind.Organization),
        ],
        Session = "s-1",
        Tags = [new("env", "prod"), new("team", "a")],
    };

    [Fact]
    public void A_request_counts_under_its_scopes_narrowest_first() =>
        Assert.Equal(
            [
                "key:pk-1",
                "run:pk-1/s-1",
                "tag:env=prod",
                "tag:team=a",
                "member:acct_m",
                "account:acct_m",
                "account:acct_t",
                "account:acct_u",
                "account:acct_o",
                "model:gpt-x",
                "provider:east",
            ],
            subject.Scopes("east", "gpt-x").Scopes.Select(scope => scope.ToString())
        );

    [Fact]
    public void Without_a_session_there_is_no_run() =>
        Assert.Equal(
            ["key:pk-1", "model:gpt-x", "provider:east"],
            new Subject { KeyId = "pk-1", Accounts = [] }
                .Scopes("east", "gpt-x")
                .Scopes.Select(scope => scope.ToString())
        );

    [Fact]
    public void The_scopes_of_a_route_are_made_once()
    {
        Assert.Same(subject.Scopes("east", "gpt-x"), subject.Scopes("east", "gpt-x"));
        Assert.NotSame(subject.Scopes("east", "gpt-x"), subject.Scopes("west", "gpt-x"));
    }

    [Fact]
    public void A_set_contains_its_scopes_and_no_others()
    {
        var scopes = subject.Scopes("east", "gpt-x");

        Assert.True(scopes.Contains(new Scope(ScopeKind.Key, "pk-1")));
        Assert.True(scopes.Contains(new Scope(ScopeKind.Provider, "east")));
        Assert.False(scopes.Contains(new Scope(ScopeKind.Key, "east")));
    }

    [Theory]
    [InlineData(AccountKind.Member, "acct_m")]
    [InlineData(AccountKind.Team, "acct_t")] // the nearest
    [InlineData(AccountKind.Organization, "acct_o")]
    [InlineData(AccountKind.Department, null)]
    public void The_nearest_account_of_a_kind_is_found(AccountKind kind, string? id) => Assert.Equal(id, subject.AccountOf(kind));

    [Fact]
    public void A_subject_is_placed_where_its_accounts_reach_the_organization()
    {
        Assert.True(subject.IsPlaced);
        Assert.False(new Subject { KeyId = "pk-1", Accounts = [Account("acct_m", AccountKind.Member)] }.IsPlaced);
    }

    [Fact]
    public void Under_its_own_accounts_a_subject_is_itself_and_under_others_it_is_the_same_but_for_them()
    {
        Assert.Same(subject, subject.Under(subject.Accounts));
        Assert.Same(subject, subject.Under([.. subject.Accounts]));

        var moved = subject.Under([Account("acct_o", AccountKind.Organization)]);
        Assert.Equal(
            ["key:pk-1", "run:pk-1/s-1", "tag:env=prod", "tag:team=a", "account:acct_o", "model:gpt-x", "provider:east"],
            moved.Scopes("east", "gpt-x").Scopes.Select(scope => scope.ToString())
        );
    }

    private static Account Account(string id, AccountKind kind) => new(id, null, kind, id, DateTimeOffset.UnixEpoch);
}
