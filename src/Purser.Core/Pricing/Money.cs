using System.Globalization;

namespace Purser.Core.Pricing;

/// <summary>
/// An exact amount in nano-dollars (10⁻⁹ USD), the ledger's only unit of money. Costs are summed as <see cref="decimal"/> and
/// rounded once, up, when they become <see cref="Money"/>. The range is ± 9.2 billion dollars; arithmetic outside it throws.
/// </summary>
/// <param name="Nanos">The amount in nano-dollars.</param>
public readonly record struct Money(long Nanos) : IComparable<Money>
{
    /// <summary>Nano-dollars in a dollar.</summary>
    public const long NanosPerDollar = 1_000_000_000;

    /// <summary>Nothing.</summary>
    public static Money Zero => default;

    /// <summary>The largest amount.</summary>
    public static Money MaxValue => new(long.MaxValue);

    /// <summary>The amount in dollars, exactly.</summary>
    public decimal Usd => (decimal)Nanos / NanosPerDollar;

    /// <summary>Rounds a dollar amount up (towards positive infinity) to the next nano-dollar.</summary>
    /// <exception cref="OverflowException">The amount is outside the range.</exception>
    public static Money FromUsdRoundedUp(decimal usd) => new(decimal.ToInt64(decimal.Ceiling(usd * NanosPerDollar)));

    /// <inheritdoc/>
    public int CompareTo(Money other) => Nanos.CompareTo(other.Nanos);

    /// <summary>Nine decimals, invariant, no currency sign: <c>0.000123456</c>.</summary>
    public override string ToString() => Usd.ToString("0.000000000", CultureInfo.InvariantCulture);

    /// <summary>The same without zeros at its end, for texts: <c>0.5</c>.</summary>
    public string ToText() => Usd.ToString("0.#########", CultureInfo.InvariantCulture);

    /// <summary>A sum that may be beyond the range of one amount, in the same form; not negative.</summary>
    public static string Format(Int128 nanos) => $"{nanos / NanosPerDollar}.{nanos % NanosPerDollar:D9}";

    /// <summary>The sum, checked.</summary>
    public static Money operator +(Money left, Money right) => new(checked(left.Nanos + right.Nanos));

    /// <summary>The difference, checked.</summary>
    public static Money operator -(Money left, Money right) => new(checked(left.Nanos - right.Nanos));

    /// <summary>Whether left is less.</summary>
    public static bool operator <(Money left, Money right) => left.Nanos < right.Nanos;

    /// <summary>Whether left is more.</summary>
    public static bool operator >(Money left, Money right) => left.Nanos > right.Nanos;

    /// <summary>Whether left is less or equal.</summary>
    public static bool operator <=(Money left, Money right) => left.Nanos <= right.Nanos;

    /// <summary>Whether left is more or equal.</summary>
    public static bool operator >=(Money left, Money right) => left.Nanos >= right.Nanos;
}
