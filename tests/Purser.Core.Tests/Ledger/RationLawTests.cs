using CsCheck;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Xunit;

namespace Purser.Core.Tests.Ledger;

/// <summary>What holds of limits, grants and rations whatever is spent.</summary>
public sealed class RationLawTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);
    private static readonly Scope Key = new(ScopeKind.Key, "pk-1");

    [Fact]
    public void Over_all_windows_no_more_is_spent_than_their_limits_and_what_the_last_one_borrowed() =>
        Gen.Select(Gen.Int[1, 100], Gen.Long[1, 300], Gen.Long[1, 200], Gen.Select(Gen.Int[0, 30], Gen.Long[0, 250]).Array[1, 40])
            .Sample(
                (percent, cap, borrow, steps) =>
                {
                    var budget = Budget(WindowKind.Day, 100) with { CarryOver = new CarryOver(percent, cap), Borrow = borrow };
                    var (state, scopes) = State(budget);
                    var (clock, spent) = (Start, 0L);
                    for (var i = 0; i < steps.Length; i++)
                    {
                        clock = clock.AddHours(steps[i].Item1);
                        if (state.Reserve(Attempt(i), scopes, Usd(steps[i].Item2), clock).IsReserved)
                        {
                            state.Post(Attempt(i), Usd(steps[i].Item2));
                            spent += steps[i].Item2;
                        }
                    }

                    var windows = (clock - Start).Days + 1;
                    Assert.InRange(spent, 0, (windows * 100) + Math.Min(100, borrow));
                    var rations = state.Rationed.Where(grant => grant.Cause is GrantCause.Borrowed or GrantCause.Lent);
                    Assert.Equal(0, rations.Sum(grant => grant.Amount));
                },
                iter: Sampling.Times(3_000)
            );

    [Fact]
    public void A_rolling_window_never_forgets_early_nor_more_than_its_granularity_late() =>
        Gen.Select(Gen.Long[1, 3_000_000], Gen.Long[0, 10_000_000], Gen.Long[0, 4_000_000])
            .Sample(
                (seconds, offset, after) =>
                {
                    var length = TimeSpan.FromSeconds(seconds);
                    var budget = Budget(WindowKind.Rolling, 100);
                    budget = budget with { Window = budget.Window with { Length = length } };
                    var (state, scopes) = State(budget);
                    var admitted = Start.AddMilliseconds(offset);
                    state.Reserve(Attempt(1), scopes, Usd(60), admitted);
                    state.Post(Attempt(1), Usd(60));

                    Assert.Equal(60, Balance(state, admitted + length).Posted);
                    Assert.Equal(0, Balance(state, admitted + length + budget.Window.Granularity.Add(TimeSpan.FromSeconds(after))).Posted);
                },
                iter: Sampling.Times(3_000)
            );

    [Fact]
    public void Ended_grants_leave_no_room_that_is_not_spent() =>
        Gen.Select(Gen.Select(Gen.Long[1, 100], Gen.Int[1, 20]).Array[1, 6], Gen.Long[0, 500], Gen.Long[0, 500])
            .Sample(
                (grants, held, posted) =>
                {
                    var (state, scopes) = State(Budget(WindowKind.Lifetime, 100));
                    foreach (var (grant, i) in grants.Select((grant, i) => (grant, i)))
                    {
                        var until = Start.AddHours(grant.Item2);
                        state.AddGrant(
                            new Grant($"grant_{i}", "bud_1", null, grant.Item1, Start, until, GrantCause.Approved, "", ""),
                            Start
                        );
                    }

                    var all = 100 + grants.Sum(grant => grant.Item1);
                    Assert.Equal(held <= all, state.Reserve(Attempt(1), scopes, Usd(held), Start).IsReserved);
                    var counted = held <= all ? held : 0;
                    Assert.Equal(Math.Max(100, counted), Balance(state, Start.AddHours(21)).Limit);

                    var spent = Math.Min(posted, counted);
                    state.Post(Attempt(1), Usd(spent));
                    Assert.Equal(Math.Max(100, spent), Balance(state, Start.AddHours(22)).Limit);
                },
                iter: Sampling.Times(3_000)
            );

    [Fact]
    public void The_sum_of_amounts_less_a_part_has_no_excess_over_the_other() =>
        Gen.Select(Amounts, Amounts)
            .Sample(
                (left, right) =>
                {
                    Assert.Equal(left + right, right + left);
                    Assert.Equal(left, left + Amount.Zero);
                    Assert.Equal(right, Amount.Excess(left + right, left));
                    Assert.Equal(Amount.Zero, Amount.Excess(left, left + right));
                }
            );

    private static Gen<Amount> Amounts =>
        Gen.Long[0, 1L << 60]
            .Array[8]
            .Select(of => new Amount(new Money(of[0]), of[1], of[2]) { Parts = new TokenParts(of[3], of[4], of[5], of[6], of[7]) });

    private static (LedgerState State, ScopeSet Scopes) State(Budget budget)
    {
        var state = new LedgerState();
        state.Advance(Start);
        state.AddBudget(budget, []);
        return (state, new ScopeSet([Key]));
    }

    private static Budget Budget(WindowKind kind, long limit) =>
        new("bud_1", "", Key, BudgetUnit.Usd, new BudgetWindow(kind, TimeZoneInfo.Utc), limit);

    private static BalanceSnapshot Balance(LedgerState state, DateTimeOffset at) => Assert.Single(state.Balances(at));

    private static Amount Usd(long nanos) => new(new Money(nanos), 0, 0);

    private static AttemptId Attempt(int number) => new(new Guid(number, 0, 0, new byte[8]), 1);
}
