using Purser.Core.Ledger;
using Purser.Gateway.Routing.Escalation;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

// Checks of the answer before the client has it, or where it's a stream that isn't held, as it goes by.
internal sealed partial class UpstreamCall
{
    /// <summary>Watches the answer; null where nobody does.</summary>
    public AnswerWatch? Watch { get; init; }

    /// <summary>Whether nothing more comes of the answer.</summary>
    public bool IsWhole => rest is null;

    /// <summary>Checks an answer that is whole. Where it isn't one, or has been checked, nothing is done.</summary>
    public void CheckAnswer()
    {
        if (Watch is not { HasChecked: false } || result is not { Outcome: Outcome.Completed, Status: >= 200 and < 300 })
        {
            return;
        }

        if (result.Streamed)
        {
            Watch.CheckStream();
        }
        else if (!IsTranslated)
        {
            Watch.Check(held!.Written);
        }
        else
        {
            using var translated = new PooledBuffer(held!.Length + 1024);
            if (format.WriteAnswer(held.Written, result.Status, translated) is not null)
            {
                Watch.Check(translated.Written);
            }
        }

        result.Checked = Watch.HasChecked ? Watch : null;
    }

    private StreamRelay Watched(StreamRelay relay) => Watch?.Over(relay) ?? relay;

    /// <summary>Whether a stream has said enough, or is silent for so long, that the client gets what has come. One that is to be checked first is held for longer.</summary>
    private bool HasBegun(long openedAt)
    {
        if (Watch is { HoldsStream: true })
        {
            return clock.GetElapsedTime(openedAt) > AnswerWatch.LongestHold;
        }

        return !metering
            || result.Reading is { OutputEvents: > 0 } or { RelayedOutputBytes: > 0 }
            || clock.GetElapsedTime(openedAt) > LongestHold;
    }
}
