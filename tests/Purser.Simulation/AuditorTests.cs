using Purser.Auditor;
using Xunit;

namespace Purser.Simulation;

public sealed class AuditorTests
{
    [Fact]
    public void The_auditor_shares_no_code_with_what_it_audits()
    {
        var references = typeof(BudgetAuditor).Assembly.GetReferencedAssemblies().Select(name => name.Name!);
        Assert.DoesNotContain(references, name => name.StartsWith("Purser", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_admissions_that_only_fit_alone_are_found()
    {
        var auditor = Auditor();
        auditor.Reserved("a", ["key:k"], Usd(60), 1);
        var found = Assert.Throws<AuditException>(() => auditor.Reserved("b", ["key:k"], Usd(41), 2));
        Assert.Equal("I1: the admission of b: bud (key:k) has 0 posted and 60 pending of 100; 41 more don't fit", found.Message);
    }

    [Fact]
    public void An_attempt_that_ends_twice_is_found()
    {
        var auditor = Auditor();
        auditor.Reserved("a", ["key:k"], Usd(60), 1);
        auditor.Posted("a", Usd(10), 2);
        Assert.Equal("I3: a was voided, and isn't under way", Assert.Throws<AuditException>(() => auditor.Voided("a", 3)).Message);
    }

    [Fact]
    public void A_figure_that_differs_is_found()
    {
        var auditor = Auditor();
        auditor.Reserved("a", ["key:k"], Usd(60), 1);
        var figures = new AuditFigures("bud", "key:k", long.MinValue, long.MaxValue, 0, 59, 100);
        Assert.Equal("I4", Assert.Throws<AuditException>(() => auditor.Check([figures], ["a"], 1)).Invariant);
        auditor.Check([figures with { Pending = 60 }], ["a"], 1);
    }

    [Fact]
    public void An_attempt_that_a_crash_lost_is_found()
    {
        var auditor = Auditor();
        auditor.Reserved("a", ["key:k"], Usd(60), 1);
        Assert.Equal("I3", Assert.Throws<AuditException>(() => auditor.Recovered([])).Invariant);
    }

    private static BudgetAuditor Auditor()
    {
        var auditor = new BudgetAuditor();
        auditor.BudgetSet(new AuditBudget("bud", "key:k", null, "usd", "forever", 100) { IsHard = true }, 0);
        return auditor;
    }

    private static long[] Usd(long nanos) => [nanos, 0, 0, 0, 0, 0, 0, 0, 0];
}
