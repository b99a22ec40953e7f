using System.Globalization;
using Purser.Core.Pricing;
using Purser.Gateway.Storage;
using Purser.Routing.Evidence;

namespace Purser.Gateway.Evaluations;

/// <summary>What routing saved, by the sessions that were held out. Amounts are dollars, and of one request where they are a unit's.</summary>
/// <param name="HeldOutSessions">How many sessions were served as asked.</param>
/// <param name="RoutedSessions">How many were routed.</param>
/// <param name="RoutedRequests">How many requests they had.</param>
/// <param name="HeldOutUnitUsd">What a request of the former cost; null where there are none.</param>
/// <param name="RoutedUnitUsd">What one of the latter cost; null where there are none.</param>
/// <param name="SavingUnitUsd">The difference; null where a side has no session.</param>
/// <param name="SavingUnitLowUsd">The lower end of its interval; null where a side has too few sessions for one.</param>
/// <param name="SavingUnitHighUsd">The upper end.</param>
/// <param name="SavingUsd">The difference, for all routed requests.</param>
/// <param name="SavingLowUsd">The lower end.</param>
/// <param name="SavingHighUsd">The upper end.</param>
/// <param name="Confidence">How often such an interval has the true saving in it.</param>
/// <param name="NaiveUnitUsd">What the routed requests' own tokens would have cost more at the models that were asked for.</param>
/// <param name="UnpricedAnswers">How many of them can't be priced there, and count for nothing saved.</param>
/// <param name="TopShare">Which share of the held-out cost is of its costliest hundredth of sessions.</param>
/// <param name="Note">What is to be known of the figures; null where nothing is.</param>
internal sealed record SavingsView(
    int HeldOutSessions,
    int RoutedSessions,
    long RoutedRequests,
    string? HeldOutUnitUsd,
    string? RoutedUnitUsd,
    string? SavingUnitUsd,
    string? SavingUnitLowUsd,
    string? SavingUnitHighUsd,
    string? SavingUsd,
    string? SavingLowUsd,
    string? SavingHighUsd,
    double Confidence,
    string? NaiveUnitUsd,
    long UnpricedAnswers,
    double? TopShare,
    string? Note
)
{
    private const double UsualConfidence = 0.95;

    // Intervals are the same for the same sessions.
    private const int Seed = 1;

    /// <summary>Makes it of what sessions cost.</summary>
    public static SavingsView Of(RoutedAttempts attempts)
    {
        var sessions = attempts.Sessions;
        var heldOut = sessions.Count(session => session.IsHeldOut);
        if (heldOut == 0 || heldOut == sessions.Count)
        {
            return new SavingsView(
                heldOut,
                sessions.Count - heldOut,
                attempts.TreatedRequests,
                UnitOf(sessions, true),
                UnitOf(sessions, false),
                null,
                null,
                null,
                null,
                null,
                null,
                UsualConfidence,
                null,
                attempts.Unpriced,
                null,
                sessions.Count == 0
                    ? "Nothing was routed in this time."
                    : "A saving is measured between sessions that were routed and such that were held out, and one of the two is missing."
            );
        }

        var saving = SavingEstimate.Make(sessions, UsualConfidence, Seed);
        var requests = attempts.TreatedRequests;
        return new SavingsView(
            saving.HeldOutSessions,
            saving.TreatedSessions,
            requests,
            Usd(saving.HeldOutUnitCost),
            Usd(saving.TreatedUnitCost),
            Usd(saving.UnitSaving),
            Usd(saving.Low),
            Usd(saving.High),
            Usd(saving.UnitSaving * requests),
            Usd(saving.Low * requests),
            Usd(saving.High * requests),
            saving.Confidence,
            Usd(saving.Naive),
            attempts.Unpriced,
            Math.Round(saving.TopShare, 4),
            NoteOf(saving)
        );
    }

    private static string? NoteOf(Saving saving) =>
        saving.Low is null ? $"Under {SavingEstimate.FewestSessions} sessions on a side there is no interval: the figure may be chance."
        : saving.TopShare > 0.5 ? "Few sessions decide the cost of those held out: the interval is too narrow more often than it says."
        : null;

    private static string? UnitOf(IReadOnlyList<SessionCost> sessions, bool isHeldOut)
    {
        var side = sessions.Where(session => session.IsHeldOut == isHeldOut).ToList();
        return side.Count == 0 ? null : Usd(side.Sum(session => (decimal)session.Nanos) / side.Sum(session => session.Units));
    }

    private static string? Usd(decimal? nanos) =>
        nanos is { } amount ? (amount / Money.NanosPerDollar).ToString("0.000000000", CultureInfo.InvariantCulture) : null;
}
