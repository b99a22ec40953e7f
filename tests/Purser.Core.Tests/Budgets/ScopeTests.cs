using Purser.Core.Budgets;
using Xunit;

namespace Purser.Core.Tests.Budgets;

public sealed class ScopeTests
{
    [Theory]
    [InlineData(ScopeKind.Key, "pk-1", ScopeKind.Key, "pk-1", true)]
    [InlineData(ScopeKind.Key, "pk-1", ScopeKind.Key, "pk-2", false)]
    [InlineData(ScopeKind.Key, "pk-1", ScopeKind.Run, "pk-1", false)]
    [InlineData(ScopeKind.Key, "*", ScopeKind.Key, "pk-1", true)]
    [InlineData(ScopeKind.Key, "*", ScopeKind.Run, "pk-1", false)]
    [InlineData(ScopeKind.Tag, "team=*", ScopeKind.Tag, "team=a", true)]
    [InlineData(ScopeKind.Tag, "team=*", ScopeKind.Tag, "team=", true)]
    [InlineData(ScopeKind.Tag, "team=*", ScopeKind.Tag, "teams=a", false)]
    [InlineData(ScopeKind.Tag, "team=a", ScopeKind.Tag, "team=ab", false)]
    [InlineData(ScopeKind.Tag, "*", ScopeKind.Tag, "team=a", true)]
    [InlineData(ScopeKind.Run, "a=*", ScopeKind.Run, "a=b", false)] // of tags alone
    public void A_scope_covers_what_it_names(ScopeKind kind, string id, ScopeKind otherKind, string otherId, bool covers) =>
        Assert.Equal(covers, new Scope(kind, id).Covers(new Scope(otherKind, otherId)));

    [Theory]
    [InlineData("key:*", true)]
    [InlineData("key:pk-1", false)]
    [InlineData("tag:team=*", true)]
    [InlineData("tag:team=a", false)]
    [InlineData("tag:*=team", false)]
    [InlineData("run:a=*", false)]
    [InlineData("key:pk-1+model:gpt-x", false)]
    [InlineData("key:pk-1+model:*", true)]
    [InlineData("key:*+model:gpt-x", true)]
    public void A_budget_is_for_each_of_a_kind_where_a_part_says_so(string scope, bool each) =>
        Assert.Equal(each, BudgetScope.Parse(scope).IsEach);

    [Fact]
    public void A_pair_has_both_parts_in_order()
    {
        var (first, second) = (new Scope(ScopeKind.Key, "pk-1"), new Scope(ScopeKind.Model, "gpt-x"));
        var pair = new BudgetScope(first, second);

        Assert.Equal([first, second], pair.Parts());
        Assert.Equal([first], new BudgetScope(first).Parts());
        Assert.True(pair.Has(ScopeKind.Key) && pair.Has(ScopeKind.Model));
        Assert.False(pair.Has(ScopeKind.Run) || new BudgetScope(first).Has(ScopeKind.Model));
    }

    public static TheoryData<string, BudgetScope> Texts =>
        new()
        {
            { "account:acct_1", new Scope(ScopeKind.Account, "acct_1") },
            { "tag:team=*", new Scope(ScopeKind.Tag, "team=*") },
            { "model:a:b", new Scope(ScopeKind.Model, "a:b") },
            { "model:a+b", new Scope(ScopeKind.Model, "a+b") },
            { "account:acct_1+model:a+b:c", new BudgetScope(new Scope(ScopeKind.Account, "acct_1"), new Scope(ScopeKind.Model, "a+b:c")) },
            { "run:a+b+provider:east", new BudgetScope(new Scope(ScopeKind.Run, "a+b"), new Scope(ScopeKind.Provider, "east")) },
            { "key:", new Scope(ScopeKind.Key, "") },
        };

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_scope_reads_as_it_is_written(string text, BudgetScope scope)
    {
        Assert.Equal(scope, BudgetScope.Parse(text));
        Assert.Equal(text, scope.ToString());
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("acct_1", "acct_1")]
    [InlineData(":acct_1", ":acct_1")]
    [InlineData("planet:mars", "planet:mars")]
    [InlineData("+model:gpt-x", "+model:gpt-x")]
    [InlineData("planet:mars+model:gpt-x", "planet:mars")]
    public void What_names_no_kind_is_no_scope(string text, string part)
    {
        var error = Assert.Throws<FormatException>(() => BudgetScope.Parse(text));
        Assert.Equal($"'{part}' isn't a scope.", error.Message);
    }
}
