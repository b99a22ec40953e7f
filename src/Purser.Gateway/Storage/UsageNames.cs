using System.Globalization;
using Purser.Core.Ledger;
using Purser.Core.Usage;

namespace Purser.Gateway.Storage;

/// <summary>The stable snake_case names of what reports and exports say.</summary>
public static class UsageNames
{
    /// <summary>The member of an event's detail that has what an attempt on the caller's own subscription would cost, in nano-dollars.</summary>
    public const string ListCost = "list_cost_nanos";

    /// <summary>An outcome, as in <c>client_closed</c>.</summary>
    public static string Of(Outcome outcome) =>
        outcome switch
        {
            Outcome.Completed => "completed",
            Outcome.ProviderError => "provider_error",
            Outcome.ClientClosed => "client_closed",
            Outcome.Cut => "cut",
            Outcome.Timeout => "timeout",
            Outcome.Refused => "refused",
            Outcome.Unconfirmed => "unconfirmed",
            Outcome.Void => "void",
            Outcome.CutOff => "cut_off",
            _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
        };

    /// <summary>The columns of all classes, in their order, for SQL.</summary>
    /// <param name="before">What stands before each name: an alias and a point.</param>
    /// <param name="after">What stands after each name: a type.</param>
    internal static string Columns(string before = "", string after = "") =>
        string.Join(", ", UsageClassNames.All.Select(name => before + name + after));

    /// <summary>An instant as reports print it, with microseconds: <c>2026-11-24T13:00:00.000000Z</c>.</summary>
    /// <param name="microseconds">Microseconds since 1970 UTC.</param>
    public static string Time(long microseconds) =>
        JournalWriter.FromMicroseconds(microseconds).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
