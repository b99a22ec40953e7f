using Purser.Core.Pricing;

namespace Purser.Cli.Contracts;

/// <summary>An invoice: what a month of a contract comes to, from its first instant to the first one after it.</summary>
internal sealed record ContractMonth(DateTimeOffset Start, DateTimeOffset End, ContractStatement Statement);

/// <summary>How far a contract has got, and the month that is open then; null where nothing is in it yet.</summary>
internal sealed record ContractProgress(ContractState State, ContractMonth? Open);

/// <summary>Carries a contract from request to request, and keeps its invoices: one a month, counted from the contract's first day.</summary>
internal sealed class ContractMonths
{
    private readonly Contract contract;
    private readonly SortedDictionary<DateTimeOffset, ContractMonth> months = [];

    public ContractMonths(Contract contract, ContractProgress? from)
    {
        this.contract = contract;
        State = from?.State ?? ContractState.Begin(contract);
        if (from?.Open is { } open)
        {
            months[open.Start] = open;
        }
    }

    /// <summary>What has been used.</summary>
    public ContractState State { get; private set; }

    /// <summary>The invoices, by month; the last one may be open.</summary>
    public IEnumerable<ContractMonth> Invoices => months.Values;

    /// <summary>Where to go on from later.</summary>
    public ContractProgress Progress => new(State, months.Values.LastOrDefault(IsOpen));

    /// <summary>Whether the month isn't over.</summary>
    public bool IsOpen(ContractMonth month) => month.End > State.At;

    /// <summary>Prices a request. One from before counts in the present month.</summary>
    /// <returns>The request, and the charges of periods that ended before it.</returns>
    public (ContractCharge Charge, IReadOnlyList<PeriodCharge> Ended) Price(string model, Charge list, DateTimeOffset at)
    {
        var ended = Advance(at);
        var before = State;
        (var charge, State, _) = ContractPricer.Price(contract, before, model, list, at);
        var month = MonthOf(State.At);
        months[month.Start] = month with { Statement = month.Statement.With(charge, before, State) };
        return (charge, ended);
    }

    /// <summary>Ends the periods that are over at an instant.</summary>
    public IReadOnlyList<PeriodCharge> Advance(DateTimeOffset at)
    {
        (State, var ended) = ContractPricer.Advance(contract, State, at);
        foreach (var period in ended)
        {
            var month = MonthOf(period.PeriodEnd.AddTicks(-1));
            months[month.Start] = month with { Statement = month.Statement.With(period) };
        }
        return ended;
    }

    private ContractMonth MonthOf(DateTimeOffset at)
    {
        var start = contract.PeriodStart(ContractPeriod.Month, at);
        return months.GetValueOrDefault(start)
            ?? new(start, contract.PeriodEnd(ContractPeriod.Month, start)!.Value, ContractStatement.Empty(contract));
    }
}
