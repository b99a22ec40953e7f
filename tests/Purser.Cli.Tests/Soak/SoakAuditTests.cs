using Purser.Cli.Api;
using Purser.Cli.Hosting;
using Purser.Cli.Soak;
using Purser.Cli.Upstream;
using Purser.Core.Pricing;

namespace Purser.Cli.Tests.Soak;

/// <summary>Rates: a dollar a million tokens in, ten a million out, so 100 in and 10 out are 200,000 nano-dollars.</summary>
public sealed class SoakAuditTests
{
    private const string Line =
        """{"seq":2,"request":1,"at":"2026-01-01T00:00:00Z","phase":"completed","api":"openai","model":"m","client_request_id":"ID","outcome":"ok","billed":{"input":100,"cache_read":0,"cache_write_5m":0,"cache_write_1h":0,"output":7,"reasoning":3}}""";

    [Fact]
    public void Equal_books_have_nothing_to_say()
    {
        var audit = Audit([Entry("r1.1", 200_000), Entry("r2.1", 0)], ["r1.1"]);

        Assert.Empty(audit.Lost);
        Assert.Empty(audit.Wrong);
        Assert.Equal((2, 200_000, 200_000), (audit.Kinds[0].Entries, audit.Kinds[0].Posted.Nanos, audit.Kinds[0].Billed.Nanos));
        Assert.All(audit.Budgets, budget => Assert.Equal(Money.Zero, budget.Overspend));
    }

    [Fact]
    public void What_the_ledger_does_not_have_is_lost()
    {
        var audit = Audit([Entry("r1.1", 200_000)], ["r1.1", "r1.2"]);

        Assert.Equal(("r1.2", 200_000), (Assert.Single(audit.Lost).Call.ClientRequestId, audit.Lost[0].Cost.Nanos));
    }

    [Theory]
    // A confirmed entry is exact.
    [InlineData(false, false, 200_000, true)]
    [InlineData(false, false, 200_001, false)]
    [InlineData(false, false, 199_999, false)]
    // An uncertain one is never below.
    [InlineData(true, false, 200_000, true)]
    [InlineData(true, false, 900_000, true)]
    [InlineData(true, false, 199_999, false)]
    [InlineData(false, true, 900_000, true)]
    [InlineData(false, true, 199_999, false)]
    public void An_entry_is_held_against_its_bill(bool estimated, bool unconfirmed, long posted, bool right)
    {
        var audit = Audit([Entry("r1.1", posted) with { Estimated = estimated, Unconfirmed = unconfirmed }], ["r1.1"]);

        Assert.Equal(right, audit.Wrong.Count == 0);
        var kind = Assert.Single(audit.Kinds, kind => kind.Entries == 1);
        Assert.Equal(
            unconfirmed ? "unconfirmed"
                : estimated ? "estimated"
                : "confirmed",
            kind.Kind
        );
        Assert.Equal(posted - 200_000, kind.Above.Nanos - kind.Below.Nanos);
        Assert.Equal(posted < 200_000 ? 1 : 0, kind.EntriesBelow);
    }

    [Fact]
    public void A_confirmed_cost_that_nobody_billed_is_a_difference()
    {
        Assert.Equal(Money.Zero, Assert.Single(Audit([Entry("r1.1", 5)], []).Wrong).Billed);
    }

    [Fact]
    public void An_attempt_that_is_there_twice_is_counted()
    {
        Assert.Equal(1, Audit([Entry("r1.1", 200_000), Entry("r1.1", 200_000)], ["r1.1"]).Twice);
    }

    [Theory]
    // In its budget: the team's own entries and those below it, but not those of a team with a longer name.
    [InlineData("0.000400000", "0.000000000", 0)]
    [InlineData("0.000399999", "0.000000000", 1)]
    // What was posted counts as what was billed does.
    [InlineData("0.000400000", "0.000400002", 2)]
    public void A_budget_is_overspent_by_what_was_billed_or_posted(string limit, string posted, long overspend)
    {
        var audit = Audit(
            [
                Entry("r1.1", 200_000) with
                {
                    AccountPath = "team",
                },
                Entry("r2.1", 200_000) with
                {
                    AccountPath = "team/inner",
                },
                Entry("r3.1", 200_000) with
                {
                    AccountPath = "teamwork",
                },
            ],
            ["r1.1", "r2.1", "r3.1"],
            limit,
            posted
        );

        Assert.Equal(400_000, audit.Budgets[0].Entries?.Nanos);
        Assert.Equal(
            ("team", 400_000, overspend),
            (audit.Budgets[0].Scope, audit.Budgets[0].Billed.Nanos, audit.Budgets[0].Overspend.Nanos)
        );
    }

    [Theory]
    [InlineData("soak --minutes 0", "--minutes is 0.05 to 100000, not '0'")]
    [InlineData("soak --kill-every 0.5", "--kill-every is 1 to 1000000, not '0.5'")]
    [InlineData("soak --connections 0", "--connections is 1 to 100000")]
    [InlineData("soak --disconnects 101", "--disconnects is 0 to 100")]
    public async Task A_wrong_command_line_is_a_usage_error(string line, string message)
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Usage, await run.RunAsync(line.Split(' ')));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    private static SoakAudit Audit(
        IReadOnlyList<SoakEntry> entries,
        IEnumerable<string> billed,
        string limit = "1.000000000",
        string posted = "0.000000000"
    )
    {
        var calls = billed.Select(id => UpstreamRecord.Read(Line.Replace("ID", id, StringComparison.Ordinal))).ToList();
        var scope = new ScopeView("account", "acct_1", "team");
        var budget = new BudgetView(
            "b",
            null,
            scope,
            "usd",
            "lifetime",
            null,
            limit,
            limit,
            true,
            null,
            null,
            null,
            posted,
            null,
            null,
            null,
            null
        );
        return new SoakAudit(entries, calls, [budget], new UpstreamPrices(PriceFiles.Load(PriceFiles.BuiltIn), new FlatRates(1m, 10m)));
    }

    private static SoakEntry Entry(string id, long nanos) => new(id, "team", "key", "completed", false, false, new Money(nanos));
}
