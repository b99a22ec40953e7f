namespace Purser.Auditor;

/// <summary>The units that amounts are told in: an amount is an array with one figure a unit, in this order.</summary>
public static class AuditUnits
{
    /// <summary>Held by an attempt under way, never spent.</summary>
    public const string Concurrency = "concurrency";

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } =
    ["usd", "tokens", "requests", "input", "cache_read", "cache_write", "output", "reasoning", Concurrency];

    /// <summary>A unit's place in an amount.</summary>
    internal static int Place(string unit)
    {
        for (var i = 0; i < Names.Count; i++)
        {
            if (Names[i] == unit)
            {
                return i;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(unit), unit, "no such unit");
    }
}
