namespace Purser.Core.Pricing;

/// <summary>How long a commitment, a bundle or a volume tier counts before it begins anew.</summary>
public enum ContractPeriod
{
    /// <summary>A month from the contract's first day on.</summary>
    Month,

    /// <summary>Three months.</summary>
    Quarter,

    /// <summary>Twelve months.</summary>
    Year,

    /// <summary>All of the contract.</summary>
    Term,
}

/// <summary>
/// What was agreed with a provider over its list price. It's pure data: what has been used of it is a <see cref="ContractState"/>.
/// Amounts have at most 15 decimals.
/// </summary>
/// <remarks>
/// In this order a request's list cost becomes what is paid: bundles take the usage that they include; discounts lower the rates of the
/// rest; tiers lower the sum, by how much was spent before; the commitment is drawn from; what is above it costs the overage; credits pay.
/// </remarks>
public sealed record Contract
{
    // A time beyond it is a slip, and would end thousands of periods.
    private const int MostYears = 100;

    /// <summary>A stable name.</summary>
    public required string Id { get; init; }

    /// <summary>The provider, as the price book has it.</summary>
    public required string Provider { get; init; }

    /// <summary>The first instant. Its offset from UTC is the clock that periods begin by.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>The first instant after it; null where it goes on until it's ended. It cuts the last periods short.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>The first instant at which it isn't in force any more: its end, or a hundred years after its start where it has none.</summary>
    public DateTimeOffset Over => End ?? Start.AddYears(MostYears);

    /// <summary>Discounts on rates; the first that covers a model and a class is the one given.</summary>
    public IReadOnlyList<ContractDiscount> Discounts { get; init; } = [];

    /// <summary>Discounts by volume, or null.</summary>
    public VolumeTiers? Tiers { get; init; }

    /// <summary>What is to be spent at least, or null.</summary>
    public ContractCommitment? Commitment { get; init; }

    /// <summary>Credits.</summary>
    public IReadOnlyList<ContractCredit> Credits { get; init; } = [];

    /// <summary>Usage that is included for a fee; the first that has some left of a model and a class is the one that's taken.</summary>
    public IReadOnlyList<ContractBundle> Bundles { get; init; } = [];

    /// <summary>Whether it's in force at an instant.</summary>
    public bool HoldsAt(DateTimeOffset at) => at >= Start && at < Over;

    /// <summary>The first instant of the period that an instant is in.</summary>
    public DateTimeOffset PeriodStart(ContractPeriod period, DateTimeOffset at)
    {
        var months = Months(period);
        if (months == 0)
        {
            return Start;
        }
        // Counted from the first day each time, by the clock that it's written in: from 31 January on, months begin on 28 February and 31 March.
        var local = at.ToOffset(Start.Offset);
        var count = Math.Max(0, (((local.Year - Start.Year) * 12) + local.Month - Start.Month) / months);
        return Start.AddMonths(count * months) <= at ? Start.AddMonths(count * months) : Start.AddMonths(Math.Max(0, count - 1) * months);
    }

    /// <summary>The first instant after a period; null where the contract has no end.</summary>
    public DateTimeOffset? PeriodEnd(ContractPeriod period, DateTimeOffset start)
    {
        if (Months(period) is not (> 0 and var months))
        {
            return End;
        }
        var local = start.ToOffset(Start.Offset);
        var elapsed = ((local.Year - Start.Year) * 12) + local.Month - Start.Month;
        var next = Start.AddMonths(elapsed + months);
        return End is { } end && end < next ? end : next;
    }

    private static int Months(ContractPeriod period) =>
        period switch
        {
            ContractPeriod.Month => 1,
            ContractPeriod.Quarter => 3,
            ContractPeriod.Year => 12,
            _ => 0,
        };
}

/// <summary>Which requests something is for.</summary>
/// <param name="Models">The models' ids; empty for all.</param>
/// <param name="Classes">The classes of usage; empty for all.</param>
public sealed record ContractScope(IReadOnlySet<string> Models, IReadOnlySet<Usage.UsageClass> Classes)
{
    /// <summary>Everything.</summary>
    public static ContractScope All { get; } = new(new HashSet<string>(), new HashSet<Usage.UsageClass>());

    /// <summary>Whether a class of a model's usage is among them.</summary>
    public bool Covers(string model, Usage.UsageClass usageClass) =>
        (Models.Count == 0 || Models.Contains(model)) && (Classes.Count == 0 || Classes.Contains(usageClass));
}

/// <summary>A discount on rates: a percentage, or an amount off each unit.</summary>
/// <param name="Scope">What it is for.</param>
/// <param name="Percent">How much of the list rate is taken off, 0 to 100.</param>
/// <param name="UsdOffPerUnit">
/// How much is taken off the rate (with its uplift, where it has one) after the percentage, in USD; at most what is left of it.
/// </param>
/// <param name="Unit">What the amount is for one of. Where there is an amount, nothing of another unit is covered.</param>
public sealed record ContractDiscount(
    ContractScope Scope,
    decimal Percent = 0m,
    decimal UsdOffPerUnit = 0m,
    PriceUnit Unit = PriceUnit.MillionTokens
)
{
    /// <summary>Whether it's for a line of a model's charge.</summary>
    public bool Covers(string model, in ChargeLine line) => Scope.Covers(model, line.Class) && (UsdOffPerUnit == 0m || Unit == line.Unit);
}

/// <summary>
/// Discounts by what was spent before in a period, after discounts on rates. They are marginal: a step's percentage is for the spend between
/// its beginning and the next one's.
/// </summary>
/// <param name="Period">When the volume begins anew.</param>
/// <param name="Steps">By rising beginning; below the first there is no discount.</param>
public sealed record VolumeTiers(ContractPeriod Period, IReadOnlyList<VolumeStep> Steps);

/// <summary>A step of <see cref="VolumeTiers"/>.</summary>
/// <param name="FromUsd">The spend from which on it holds.</param>
/// <param name="Percent">How much is taken off, 0 to 100.</param>
public sealed record VolumeStep(decimal FromUsd, decimal Percent);

/// <summary>What is paid in each period, used or not.</summary>
/// <param name="Period">The period.</param>
/// <param name="Usd">How much, also in a period that the contract's end cuts short.</param>
/// <param name="OveragePercent">What is added to the spend above it; negative where that is cheaper.</param>
public sealed record ContractCommitment(ContractPeriod Period, decimal Usd, decimal OveragePercent = 0m);

/// <summary>A sum that pays for usage until it's used up or expires; it doesn't pay commitments or fees.</summary>
/// <param name="Id">A stable name.</param>
/// <param name="Usd">How much.</param>
/// <param name="Priority">Lower ones pay first; of the same, the one that expires first.</param>
/// <param name="Start">The first instant.</param>
/// <param name="Expires">The first instant at which it's gone; null for never.</param>
/// <param name="Scope">Which models' usage it pays; its classes are not looked at.</param>
public sealed record ContractCredit(
    string Id,
    decimal Usd,
    int Priority,
    DateTimeOffset Start,
    DateTimeOffset? Expires,
    ContractScope Scope
);

/// <summary>Usage that is included in each period for a fee.</summary>
/// <param name="Id">A stable name.</param>
/// <param name="Period">The period.</param>
/// <param name="FeeUsd">What it costs, used or not.</param>
/// <param name="Quantity">How many tokens, or calls, are included, of all classes in scope together.</param>
/// <param name="Scope">Which.</param>
/// <param name="Unit">Whether it includes tokens or calls: what is counted in another unit isn't in it.</param>
public sealed record ContractBundle(
    string Id,
    ContractPeriod Period,
    decimal FeeUsd,
    long Quantity,
    ContractScope Scope,
    PriceUnit Unit = PriceUnit.MillionTokens
)
{
    /// <summary>Whether a line of a model's charge can be in it.</summary>
    public bool Covers(string model, in ChargeLine line) => Unit == line.Unit && Scope.Covers(model, line.Class);
}
