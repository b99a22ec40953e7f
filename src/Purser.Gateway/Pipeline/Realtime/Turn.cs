using System.Diagnostics;
using Purser.Core.Routing;

namespace Purser.Gateway.Pipeline.Realtime;

/// <summary>One response of a realtime session, or one transcription of its input: a request of its own, with the money that is held for it.</summary>
internal sealed class Turn(Exchange exchange, TaskProfile profile, Reservation reservation, string credential)
{
    private long beganAt = Stopwatch.GetTimestamp();

    /// <summary>The request.</summary>
    public Exchange Exchange => exchange;

    /// <summary>What is asked.</summary>
    public TaskProfile Profile { get; set; } = profile;

    /// <summary>What is held.</summary>
    public Reservation Reservation { get; set; } = reservation;

    /// <summary>How it goes.</summary>
    public CallResult Result { get; } =
        new()
        {
            Credential = credential,
            Status = 200,
            Streamed = true,
        };

    /// <summary>The provider has begun it.</summary>
    public Turn Begin()
    {
        beganAt = Stopwatch.GetTimestamp();
        return this;
    }

    /// <summary>Something of its output has come.</summary>
    public void Shows() => Result.FirstByteUs = Result.FirstByteUs == 0 ? Elapsed : Result.FirstByteUs;

    /// <summary>It has ended.</summary>
    public void End(Purser.Core.Ledger.Outcome outcome)
    {
        (Result.Outcome, Result.DurationUs) = (outcome, Elapsed);
        Result.ProviderUs = Math.Max(1, Elapsed);
    }

    private long Elapsed => (long)Stopwatch.GetElapsedTime(beganAt).TotalMicroseconds;
}
