using CsCheck;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Xunit;

namespace Purser.Core.Tests.Ledger;

/// <summary>The ledger against a naive model that keeps every transfer in a list and adds up the list for each question.</summary>
public sealed class LedgerStateModelTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 28, 20, 0, 0, TimeSpan.Zero);
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly string[] Keys = ["pk-a", "pk-b"];

    private static readonly Gen<Step> Steps = Gen.Select(
            Gen.Frequency((8, Gen.Const(0)), (5, Gen.Const(1)), (2, Gen.Const(2)), (1, Gen.Const(3)), (1, Gen.Const(4)), (1, Gen.Const(5))),
            Gen.Int[0, 14],
            Gen.Long[0, 60],
            Gen.Int[-300, 900]
        )
        .Select((kind, number, amount, minutes) => new Step(kind, number, amount, minutes));

    [Fact]
    public void Whatever_is_interleaved_the_ledger_agrees_with_a_list_of_transfers() =>
        Steps.Array[1, 60].Sample(Agrees, iter: Sampling.Times(1_500));

    private static void Agrees(Step[] steps)
    {
        var state = new LedgerState();
        // The ledger keeps in each set which budgets it has, so a set belongs to one ledger.
        ScopeSet[] routes = [.. Keys.Select(key => new ScopeSet([new Scope(ScopeKind.Key, key), Everyone]))];
        state.Advance(Start);
        var model = new Model();
        Add(state, model, new Budget("bud_0", "", Everyone, BudgetUnit.Usd, new BudgetWindow(WindowKind.Day, Berlin), 100));
        var clock = Start;
        foreach (var step in steps)
        {
            clock = clock.AddMinutes(step.Minutes);
            var id = new AttemptId(new Guid(step.Number, 0, 0, new byte[8]), 1);
            var amount = new Amount(new Money(step.Amount), step.Amount * 2, 1);
            switch (step.Kind)
            {
                case 0:
                    var scopes = routes[step.Number % 2];
                    Assert.Equal(model.Reserve(id, scopes, amount, clock), state.Reserve(id, scopes, amount, clock).Status);
                    break;
                case 1:
                    Assert.Equal(model.End(id, amount), state.Post(id, amount).Status == SettleStatus.Settled);
                    break;
                case 2:
                    Assert.Equal(model.End(id, null), state.Void(id).Status == SettleStatus.Settled);
                    break;
                case 3:
                    Add(state, model, NewBudget(model, step));
                    break;
                case 4 when model.Budgets.Count > 1:
                    var gone = model.Budgets[^1];
                    model.Budgets.Remove(gone);
                    state.RemoveBudget(gone);
                    break;
                case 5:
                    var changed = model.Budgets[step.Number % model.Budgets.Count] with { Limit = step.Amount + 1 };
                    model.Budgets[step.Number % model.Budgets.Count] = changed;
                    Assert.True(state.ChangeBudget(changed));
                    break;
                default:
                    break;
            }

            Compare(state, model);
        }
    }

    private static void Compare(LedgerState state, Model model)
    {
        foreach (var balance in state.Balances(state.HighWater))
        {
            var (posted, pending) = model.Sums(balance.Budget, state.HighWater);
            Assert.Equal((balance.Budget.Id, posted, pending), (balance.Budget.Id, balance.Posted, balance.Pending));
        }

        Assert.Equal(model.OpenCount, state.Open.Count);
    }

    private static Budget NewBudget(Model model, Step step)
    {
        var scope = step.Number % 3 == 2 ? Everyone : new Scope(ScopeKind.Key, Keys[step.Number % 3]);
        var window = new BudgetWindow((WindowKind)(step.Number % 7), Berlin);
        return new Budget($"bud_{++model.Made}", "", scope, (BudgetUnit)(step.Amount % 3), window, step.Amount + 1);
    }

    private static void Add(LedgerState state, Model model, Budget budget)
    {
        model.Budgets.Add(budget);
        state.AddBudget(budget, model.Settled);
    }

    private static Scope Everyone => new(ScopeKind.Account, "acct_all");

    private readonly record struct Step(int Kind, int Number, long Amount, int Minutes);

    private sealed class Model
    {
        private readonly List<Transfer> transfers = [];
        private DateTimeOffset latest = Start;

        public List<Budget> Budgets { get; } = [];

        public int Made { get; set; }

        public IEnumerable<PastCharge> Settled =>
            transfers.Where(transfer => !transfer.IsOpen).Select(transfer => new PastCharge(transfer.Scopes, transfer.At, transfer.Posted));

        public int OpenCount => transfers.Count(transfer => transfer.IsOpen);

        public ReserveStatus Reserve(AttemptId id, ScopeSet scopes, Amount amount, DateTimeOffset now)
        {
            if (transfers.Find(transfer => transfer.IsOpen && transfer.Id == id) is { } same)
            {
                return same.Held == amount ? ReserveStatus.AlreadyReserved : ReserveStatus.AttemptIdReused;
            }

            latest = now > latest ? now : latest;
            var covering = Budgets.Where(budget => scopes.Contains(budget.Scope.First)).ToList();
            foreach (var budget in covering)
            {
                var (posted, pending) = Sums(budget, latest);
                // Nothing asked is nothing refused, also where the limit is exceeded.
                if (amount.In(budget.Unit) > 0 && posted + pending + amount.In(budget.Unit) > budget.Limit)
                {
                    return ReserveStatus.BudgetExceeded;
                }
            }

            if (covering.TrueForAll(budget => budget.Unit != BudgetUnit.Usd))
            {
                return ReserveStatus.NoHardLimit;
            }

            transfers.Add(new Transfer(id, scopes, amount, latest) { IsOpen = true });
            return ReserveStatus.Reserved;
        }

        public bool End(AttemptId id, Amount? posted)
        {
            if (transfers.Find(transfer => transfer.IsOpen && transfer.Id == id) is not { } transfer)
            {
                return false;
            }

            transfer.IsOpen = false;
            transfer.Posted = posted ?? Amount.Zero;
            return true;
        }

        public (long Posted, long Pending) Sums(Budget budget, DateTimeOffset at)
        {
            var window = budget.Window.At(at);
            var counted = transfers.FindAll(transfer => transfer.Scopes.Contains(budget.Scope.First) && window.Contains(transfer.At));
            return (
                counted.Where(transfer => !transfer.IsOpen).Sum(transfer => transfer.Posted.In(budget.Unit)),
                counted.Where(transfer => transfer.IsOpen).Sum(transfer => transfer.Held.In(budget.Unit))
            );
        }

        private sealed class Transfer(AttemptId id, ScopeSet scopes, Amount held, DateTimeOffset at)
        {
            public AttemptId Id => id;

            public ScopeSet Scopes => scopes;

            public Amount Held => held;

            public DateTimeOffset At => at;

            public bool IsOpen { get; set; }

            public Amount Posted { get; set; }
        }
    }
}
