using Purser.Core.Ledger;
using Xunit;

namespace Purser.Core.Tests.Ledger;

public sealed class AccountTreeTests
{
    private static readonly Account Org = Account("acct_o", null, AccountKind.Organization, "Acme");
    private static readonly Account Team = Account("acct_t", "acct_o", AccountKind.Team, "Search");
    private static readonly Account Member = Account("acct_m", "acct_t", AccountKind.Member, "Zoe");
    private readonly AccountTree tree = new([Member, Org, Team]);

    [Theory]
    [InlineData("acct_m", "acct_m")]
    [InlineData("Search", "acct_t")]
    [InlineData("search/zoe", "acct_m")]
    [InlineData("/Search/Zoe/", "acct_m")]
    [InlineData("", "acct_o")]
    [InlineData("/", "acct_o")]
    [InlineData("acme", "acct_o")]
    [InlineData("Zoe", null)]
    [InlineData("Acme/Search", null)]
    [InlineData("ACCT_M", null)] // ids are exact
    public void An_account_is_found_by_its_id_or_path(string idOrPath, string? id) => Assert.Equal(id, tree.Resolve(idOrPath)?.Id);

    [Fact]
    public void An_account_is_found_by_its_id_alone()
    {
        Assert.Same(Member, tree.Find("acct_m"));
        Assert.Null(tree.Find("Search"));
        Assert.Same(Org, tree.Root);
        Assert.Equal(3, tree.All.Count);
    }

    [Fact]
    public void A_path_begins_below_the_organization() =>
        Assert.Equal(("", "Search", "Search/Zoe"), (tree.PathOf("acct_o"), tree.PathOf("acct_t"), tree.PathOf("acct_m")));

    [Fact]
    public void Ancestors_go_up_to_the_organization()
    {
        Assert.Equal([Member, Team, Org], tree.WithAncestors("acct_m"));
        Assert.Empty(tree.WithAncestors("acct_x"));
    }

    public static TheoryData<string, Account[]> Broken =>
        new()
        {
            { "no organization", [Team with { ParentId = "acct_m" }, Member] },
            { "an account without its parent", [Org, Member] },
            { "a circle", [Org, Account("acct_1", "acct_2", AccountKind.Team, "1"), Account("acct_2", "acct_1", AccountKind.Team, "2")] },
            { "an account above itself", [Org, Account("acct_1", "acct_1", AccountKind.Team, "1")] },
        };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Accounts_that_make_no_tree_are_refused(string what, Account[] accounts)
    {
        var error = Assert.Throws<ArgumentException>(() => new AccountTree(accounts));
        Assert.True(error.Message.Contains("organization", StringComparison.Ordinal), what);
    }

    [Fact]
    public void Two_organizations_are_refused() => Assert.ThrowsAny<Exception>(() => new AccountTree([Org, Org with { Id = "acct_p" }]));

    [Fact]
    public void A_chain_of_all_accounts_is_a_tree()
    {
        var chain = new AccountTree([Org, .. Enumerable.Range(1, 50).Select(Link)]);

        Assert.Equal(51, chain.WithAncestors("acct_50").Count());

        static Account Link(int i) => Account($"acct_{i}", i == 1 ? "acct_o" : $"acct_{i - 1}", AccountKind.Team, $"{i}");
    }

    private static Account Account(string id, string? parent, AccountKind kind, string name) =>
        new(id, parent, kind, name, DateTimeOffset.UnixEpoch);
}
