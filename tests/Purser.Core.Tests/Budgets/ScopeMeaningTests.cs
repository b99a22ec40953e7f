using Purser.Core.Budgets;
using Xunit;

namespace Purser.Core.Tests.Budgets;

public sealed class ScopeMeaningTests
{
    [Theory]
    [InlineData("key:pk-1", "key:pk-1", true)]
    [InlineData("key:pk-1", "key:pk-2", false)]
    [InlineData("key:pk-1", "run:pk-1", false)]
    [InlineData("key:*", "key:pk-1", true)]
    [InlineData("key:*", "key:*", false)]
    [InlineData("key:*", "run:pk-1", false)]
    [InlineData("tag:team=*", "tag:team=a", true)]
    [InlineData("tag:team=*", "tag:team=", true)]
    [InlineData("tag:team=*", "tag:teams=a", false)]
    [InlineData("tag:team=*", "tag:team=*", false)]
    [InlineData("tag:team=a", "tag:team=ab", false)]
    [InlineData("key:pk-1+model:*", "key:pk-1+model:gpt-x", true)]
    [InlineData("key:pk-1+model:*", "key:pk-2+model:gpt-x", false)]
    [InlineData("key:*+model:gpt-x", "key:pk-1+model:gpt-y", false)]
    [InlineData("key:*", "key:pk-1+model:gpt-x", false)]
    [InlineData("key:*+model:*", "key:pk-1", false)]
    public void A_scope_covers_what_it_names(string scope, string concrete, bool covers) =>
        Assert.Equal(covers, BudgetScope.Parse(scope).Covers(BudgetScope.Parse(concrete)));

    [Theory]
    [InlineData("key:*", true)]
    [InlineData("key:pk-1", false)]
    [InlineData("tag:team=*", true)]
    [InlineData("tag:team=a", false)]
    [InlineData("tag:%2A=team", false)]
    [InlineData("run:a=%2A", false)]
    [InlineData("key:pk-1+model:gpt-x", false)]
    [InlineData("key:pk-1+model:*", true)]
    [InlineData("key:*+model:gpt-x", true)]
    public void A_budget_is_for_each_of_a_kind_where_a_part_says_so(string scope, bool each) =>
        Assert.Equal(each, BudgetScope.Parse(scope).IsEach);

    [Theory]
    [InlineData("key:pk-1", "key:*")]
    [InlineData("tag:team=a=b", "tag:team=*")]
    [InlineData("tag:team", "tag:=*")]
    public void Each_one_of_a_kind_has_the_scope_that_stands_for_all(string concrete, string each) =>
        Assert.Equal(each, BudgetScope.Parse(concrete).First.EachLike().ToString());

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
            { "tag:team=*", Scope.EachTag("team") },
            { "model:a:b", new Scope(ScopeKind.Model, "a:b") },
            { "model:a%2Bb", new Scope(ScopeKind.Model, "a+b") },
            {
                "account:acct_1+model:a%2Bb:c",
                new BudgetScope(new Scope(ScopeKind.Account, "acct_1"), new Scope(ScopeKind.Model, "a+b:c"))
            },
            { "run:a%2Bb+provider:east", new BudgetScope(new Scope(ScopeKind.Run, "a+b"), new Scope(ScopeKind.Provider, "east")) },
            { "key:*", Scope.EachOf(ScopeKind.Key) },
            { "key:%2A", new Scope(ScopeKind.Key, "*") },
            { "tag:team=%2A", new Scope(ScopeKind.Tag, "team=*") },
            { "key:%25%0A%1F%7F%9F", new Scope(ScopeKind.Key, "%\n\u001f\u007f\u009f") },
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
    [InlineData("key:a%2b", "a%2b")]
    [InlineData("+model:gpt-x", "")]
    [InlineData("planet:mars+model:gpt-x", "planet:mars")]
    public void What_names_no_kind_is_no_scope(string text, string part)
    {
        var error = Assert.Throws<FormatException>(() => BudgetScope.Parse(text));
        Assert.Equal($"'{part}' isn't a scope.", error.Message);
    }
}
