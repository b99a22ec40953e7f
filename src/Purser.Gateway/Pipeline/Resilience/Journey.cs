using System.Globalization;

namespace Purser.Gateway.Pipeline.Resilience;

/// <summary>
/// One request's way over its candidates: which is tried next, when, and why. The next attempt goes wherever it can go soonest, in the
/// candidates' order where several can go at once:
/// <list type="number">
/// <item>at once to a candidate that hasn't been tried, and isn't left alone;</item>
/// <item>after a pause to one that failed in a way that may pass, or that asked for the pause;</item>
/// <item>nowhere: then the last attempt's failure is the answer, or that no provider can be called.</item>
/// </list>
/// </summary>
internal sealed class Journey : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OneTick = TimeSpan.FromTicks(1);

    private readonly Lanes lanes;
    private readonly Exchange exchange;
    private readonly Leg[] legs;
    private readonly LegRecord[] records;
    private readonly bool stream;
    private UpstreamCall? latest;
    private AttemptCharge charge;

    // Until when each that was passed over is left alone, and why the next attempt is made: written only where something went wrong.
    private TimeSpan? blockedUntil;
    private List<string>? reasons;

    /// <param name="lanes">The gateway's lanes.</param>
    /// <param name="exchange">The request.</param>
    /// <param name="legs">Its candidates, in the order in which they are tried.</param>
    /// <param name="stream">Whether a stream is asked for.</param>
    public Journey(Lanes lanes, Exchange exchange, Leg[] legs, bool stream)
    {
        (this.lanes, this.exchange, this.legs, this.stream) = (lanes, exchange, legs, stream);
        records = new LegRecord[legs.Length];
        var now = Now;
        for (var i = 0; i < records.Length; i++)
        {
            records[i] = new LegRecord { Since = now, Due = now };
        }

        AnswerBy = now + lanes.TotalTimeout;
    }

    /// <summary>Until when the client's answer has to begin, by <see cref="Lane.Now"/>.</summary>
    public TimeSpan AnswerBy { get; }

    private TimeSpan Now => Lane.Now(lanes.Clock);

    private CancellationToken Client => exchange.Http.RequestAborted;

    /// <summary>Waits for what can be tried next. Null where there is nothing any more.</summary>
    /// <exception cref="OperationCanceledException">The client has left.</exception>
    public async ValueTask<Pass?> NextAsync()
    {
        while (true)
        {
            Client.ThrowIfCancellationRequested();
            if (Soonest() is not ({ } index, var wait))
            {
                return null;
            }

            if (wait <= OneTick)
            {
                PassOverPaused(index);
                return new Pass(lanes, legs[index], index, Client);
            }

            // Others may use the lane meanwhile: it's looked at again afterwards.
            await Task.Delay(wait + TimeSpan.FromMilliseconds(1), lanes.Clock, Client);
        }
    }

    /// <summary>The request can't be sent there at all.</summary>
    public void Dismiss(Pass pass) => records[pass.Index].IsOut = true;

    /// <summary>An attempt begins: of the one before, nothing is needed any more.</summary>
    public async Task StartAsync(UpstreamCall call)
    {
        if (latest is not null)
        {
            exchange.SpentBefore += charge.Cost;
            await latest.DisposeAsync();
        }

        latest = call;
        call.Result.Because = reasons is null ? null : string.Join("; ", reasons);
        reasons = null;
    }

    /// <summary>Whether the request may be tried again after an attempt of which nothing has reached the client; notes why.</summary>
    public bool MayTryAgain(Pass pass, CallResult result)
    {
        var options = pass.Lane.Options;
        if (Client.IsCancellationRequested || !FailureRules.MayTryAgain(result, stream, options.RetryBroken))
        {
            return false;
        }

        ref var record = ref records[pass.Index];
        record.Tries++;
        record.IsOut = pass.IsBusy;
        record.Since = Now;
        record.Due = record.Since + Pause(record.Tries, result.RetryAfter, options.RetryWait);
        Note($"the attempt at {pass.Lane.Id.Provider} {FailureRules.Describe(result)}");
        return true;
    }

    /// <summary>Keeps an attempt's failure, which is the answer if no other attempt gives one.</summary>
    public void SetAside(UpstreamCall call, AttemptCharge cost)
    {
        charge = cost;
        call.SetAside();
    }

    /// <summary>Nothing more is tried: writes the last attempt's failure to the client. Where there was no attempt, says why.</summary>
    /// <param name="refusal">Why the next one wasn't admitted, or null.</param>
    public async Task<Refusal?> EndAsync(Refusal? refusal)
    {
        if (latest is null)
        {
            return refusal ?? Unavailable();
        }

        await latest.FinishAsync(charge);
        return null;
    }

    public ValueTask DisposeAsync() => latest?.DisposeAsync() ?? default;

    /// <summary>Which leg can be tried soonest, and in how long.</summary>
    private (int? Index, TimeSpan Wait) Soonest()
    {
        var now = Now;
        var (soonest, least) = ((int?)null, TimeSpan.MaxValue);
        for (var i = 0; i < legs.Length; i++)
        {
            ref var record = ref records[i];
            var (lane, block) = (legs[i].Lane, legs[i].Lane.Look());
            if (record.IsOut || record.Tries > lane.Options.Retries)
            {
                continue;
            }

            var isPaused = block is { State: LaneState.Cooling, IsDoubtful: false } && block.Until > record.Due;
            var until = isPaused ? block.Until + Jitter(FirstPause) : record.Due;
            var isLeft = block.State is LaneState.Broken or LaneState.Trying;
            if (isLeft || until - record.Since > lane.Options.RetryWait || (until > now && until >= AnswerBy))
            {
                Skip(i, block);
                continue;
            }

            var wait = until > now ? until - now : TimeSpan.Zero;
            // One that may be paused is left to the last of those that can be tried as soon.
            var rank = block.IsDoubtful ? wait + OneTick : wait;
            if (rank < least)
            {
                (soonest, least) = (i, rank);
            }
        }

        return now < AnswerBy ? (soonest, least) : (null, default);
    }

    /// <summary>Notes which would have come before, but may be paused.</summary>
    private void PassOverPaused(int chosen)
    {
        for (var i = 0; i < chosen; i++)
        {
            if (!records[i].IsOut && legs[i].Lane.Look() is { IsDoubtful: true } block)
            {
                Skip(i, block);
            }
        }
    }

    private void Skip(int index, LaneBlock block)
    {
        if (block.State == LaneState.Ready)
        {
            return;
        }

        blockedUntil = blockedUntil is { } other && other < block.Until ? other : block.Until;
        if (records[index].Skipped == block.State)
        {
            return;
        }

        records[index].Skipped = block.State;
        PassOver(
            index,
            block.State == LaneState.Cooling ? "cooling" : "broken",
            block.State == LaneState.Cooling
                ? $"{NameOf(index)} asked for a pause"
                : $"{NameOf(index)} fails too often now, and is left alone for a while"
        );
    }

    private void PassOver(int index, string why, string inWords)
    {
        lanes.Metrics?.PassedOver(legs[index].Lane.Id, why);
        Note(inWords);
    }

    private void Note(string reason) => (reasons ??= []).Add(reason);

    private string NameOf(int index) => legs[index].Lane.Id.Provider;

    /// <summary>The pause before a retry: what the provider asks for and a little more, or from half to the whole of a time that doubles.</summary>
    private TimeSpan Pause(int tries, TimeSpan? asked, TimeSpan most)
    {
        if (asked is { } pause)
        {
            return pause + Jitter(FirstPause);
        }

        var doubled = FirstPause * (1 << Math.Min(tries - 1, 10));
        return (doubled < most ? doubled : most) * ((1 + lanes.Random()) / 2);
    }

    private TimeSpan Jitter(TimeSpan most) => most * lanes.Random();

    private Refusal Unavailable()
    {
        var now = Now;
        var left = blockedUntil is { } until && until > now ? until - now : Moment;
        var why = reasons is null ? "" : $" ({string.Join("; ", reasons)})";
        return new Refusal(
            503,
            "provider_unavailable",
            string.Create(
                CultureInfo.InvariantCulture,
                $"No provider of '{legs[0].Candidate.Model.Model}' can be called now{why}. Nothing was sent and nothing is charged. Try again in {Math.Ceiling(left.TotalSeconds)} s."
            )
        )
        {
            RetryHelps = true,
            ResetsAt = lanes.Clock.GetUtcNow() + left,
        };
    }

    /// <summary>What has come of a leg.</summary>
    private struct LegRecord
    {
        /// <summary>How often it was tried.</summary>
        public int Tries;

        /// <summary>When the request could have gone there first, or when it failed there last.</summary>
        public TimeSpan Since;

        /// <summary>When it may be tried, as far as this request is concerned.</summary>
        public TimeSpan Due;

        /// <summary>Why it was passed over last, where it was.</summary>
        public LaneState Skipped;

        /// <summary>Whether it's out of the question.</summary>
        public bool IsOut;
    }
}
