using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Gateway.Storage;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// Keeps the hold of a stream ahead of what it has generated, from when it's asked for on. Output that isn't shown (thinking) is assumed to come as fast as the
/// provider is known to generate, for as long as it can be running.
/// </summary>
internal sealed class OutputWatch(
    LedgerStore store,
    Reservation reservation,
    UsageReading reading,
    long tokensPerSecond,
    TimeProvider clock
)
{
    /// <summary>How often a stream that shows nothing is looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly bool thinks = reservation.Candidate.Model.Priced!.Reasoning;
    private long lookedAt = clock.GetTimestamp();
    private bool couldThink = true;

    // A model thinks as soon as it has the request, and what it thought in the last moment may not have come yet: a second more.
    private TimeSpan thinking = reservation.Candidate.Model.Priced!.Reasoning ? TimeSpan.FromSeconds(1) : TimeSpan.Zero;

    /// <summary>Tokens that may have been generated unseen.</summary>
    public long HiddenTokens => (thinking.Ticks * tokensPerSecond / TimeSpan.TicksPerSecond) + 1;

    /// <summary>Bytes of an answer that came in one piece though a stream was asked for.</summary>
    public long BodyBytes { get; set; }

    /// <summary>The budget that refused to hold more, if one did.</summary>
    public BalanceSnapshot? Refusing { get; private set; }

    /// <summary>Whether tokens can run up while nothing comes.</summary>
    public bool RunsUnseen => thinks && reading.MayThinkUnseen;

    /// <summary>Counts what has been generated since the last look, and holds more where it's needed. False where there is no more to be had.</summary>
    public async ValueTask<bool> CoversAsync()
    {
        Look();
        var seen = Math.Max(
            reading.Usage.OutputTokens,
            Math.Max(BodyBytes, reading.RelayedOutputBytes + reading.StructureTokens) + HiddenTokens
        );
        var next = OutputSlices.Next(seen, reservation.OutputHeld, reservation.MaxOutput);
        if (next <= reservation.OutputHeld || reading.Terminated)
        {
            return true;
        }

        var wanted = reservation.Candidate.Reserve(next, reservation.Held.Requests);
        ReserveResult result;
        try
        {
            result = await store.ExtendAsync(reservation.Attempt, Amount.Excess(wanted, reservation.Held), clock.GetUtcNow());
        }
        catch (LedgerUnavailableException)
        {
            // What can't be accounted for isn't generated.
            return false;
        }

        if (!result.IsReserved)
        {
            Refusing = result.Refusing;
            return false;
        }

        reservation.Holding(wanted, next);
        return true;
    }

    /// <summary>Counts the time since the last look as thinking, where it could have been.</summary>
    public void Look()
    {
        var now = clock.GetTimestamp();
        if (thinks && couldThink)
        {
            thinking += clock.GetElapsedTime(lookedAt, now);
        }

        couldThink = reading.MayThinkUnseen;
        lookedAt = now;
    }
}
