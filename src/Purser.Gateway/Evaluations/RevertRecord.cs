using System.Text.Json;
using Purser.Gateway.Admin;
using Purser.Gateway.Storage;
using Purser.Routing.Evidence;

namespace Purser.Gateway.Evaluations;

/// <summary>Why a slice was reverted, as it's kept and shown.</summary>
/// <param name="At">When.</param>
/// <param name="Floor">The share of answers that shall be good enough.</param>
/// <param name="Since">When the first request came in of those that seem worse.</param>
/// <param name="Evaluations">n: how many evaluations there are from that one on.</param>
/// <param name="Quality">Their mean. They are picked for being bad, so it's rather too low than too high.</param>
/// <param name="AtMost">Quality was under this for a time, with the confidence.</param>
/// <param name="Confidence">From 0 to 1.</param>
/// <param name="Leaked">How many requests the model served from then on.</param>
/// <param name="Lost">How many answers' worth of quality that cost below the floor.</param>
internal sealed record RevertRecord(
    DateTimeOffset At,
    double Floor,
    DateTimeOffset Since,
    long Evaluations,
    double Quality,
    double AtMost,
    double Confidence,
    long Leaked,
    double Lost
)
{
    /// <summary>How records are written.</summary>
    public static JsonSerializerOptions Json => AdminEndpoints.Json;

    /// <summary>The record of a revert.</summary>
    public static RevertRecord Of(Revert revert) =>
        new(
            revert.At,
            Math.Round(revert.Floor, 4),
            JournalWriter.FromMicroseconds(revert.DropAt),
            revert.Count,
            Math.Round(revert.Estimate, 4),
            Math.Round(revert.Bound, 4),
            Math.Round(1 - revert.Alpha, 6),
            revert.Leaked,
            Math.Round(revert.Loss, 2)
        );
}
