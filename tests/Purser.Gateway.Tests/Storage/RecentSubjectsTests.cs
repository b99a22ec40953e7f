using Purser.Core.Ledger;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Storage;

public sealed class RecentSubjectsTests
{
    private static readonly Account[] Accounts = Organization();

    private readonly RecentSubjects recent = new();

    [Fact]
    public void An_equal_subject_is_the_one_that_was_made_before()
    {
        var first = recent.Like(Of());

        Assert.Same(first, recent.Like(Of()));
    }

    public static TheoryData<string, Func<Subject>> Others =>
        new()
        {
            { "agent", () => Of(agent: "codex") },
            { "session", () => Of(session: "s2") },
            { "run", () => Of(run: "r2") },
            { "end user", () => Of(endUser: "u2") },
            { "repository", () => Of(repository: "example.com/other") },
            { "branch", () => Of(branch: "b2") },
            { "key", () => Of(key: "pk-2") },
            { "accounts", () => Of(accounts: Organization()) },
            { "tags", () => Of(tags: [new("team", "search")]) },
        };

    [Theory]
    [MemberData(nameof(Others))]
    public void One_that_differs_in_anything_is_its_own(string what, Func<Subject> made)
    {
        Assert.NotEmpty(what);
        // Whatever place each has: the first is looked up again before and after.
        recent.Like(Of());
        var other = made();

        Assert.Same(other, recent.Like(other));
        Assert.NotSame(other, recent.Like(Of()));
    }

    [Fact]
    public void What_was_pushed_out_is_made_again()
    {
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal($"s{i}", recent.Like(Of(session: $"s{i}")).Session);
        }
    }

    private static Account[] Organization() => [new("acct_1", null, AccountKind.Organization, "org", DateTimeOffset.UnixEpoch)];

    private static Subject Of(
        string agent = "claude-code",
        string session = "s1",
        string run = "r1",
        string endUser = "u1",
        string repository = "example.com/one",
        string branch = "b1",
        string key = "pk-1",
        Account[]? accounts = null,
        KeyValuePair<string, string>[]? tags = null
    ) =>
        new()
        {
            KeyId = key,
            Accounts = accounts ?? Accounts,
            Agent = agent,
            Session = session,
            Run = run,
            EndUser = endUser,
            Repository = repository,
            Branch = branch,
            Tags = tags ?? [],
        };
}
