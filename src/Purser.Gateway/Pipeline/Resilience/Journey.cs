using System.Globalization;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Providers;

namespace Purser.Gateway.Pipeline.Resilience;

/// <summary>
/// One request's way over its candidates, with each of their credentials: which is tried next, when, and why. The next attempt goes wherever it can
/// go soonest, in the legs' order where several can go at once:
/// <list type="number">
/// <item>at once to a leg that hasn't been tried, and isn't left alone;</item>
/// <item>after a pause to one that failed in a way that may pass, or that asked for the pause;</item>
/// <item>nowhere: then the last attempt's failure is the answer, or that no provider can be called.</item>
/// </list>
/// Where a provider refuses a credential, or it has had its share, the next one is tried at once. Where the provider itself fails, it's another
/// provider's turn, and the pause is for all of its credentials.
/// </summary>
internal sealed partial class Journey : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    // More than a leg is ever tried.
    private const int Doubt = 1 << 20;

    private readonly Lanes lanes;
    private readonly Exchange exchange;
    private readonly CatalogModel asked;
    private readonly Leg[] legs;
    private readonly LegRecord[] records;
    private readonly bool stream;

    // The attempt under way, and the failure that is the answer where nothing better comes.
    private UpstreamCall? latest;
    private UpstreamCall? beside;
    private bool isHedged;
    private UpstreamCall? answer;
    private AttemptCharge charge;
    private bool hasWaited;

    // Until when each that was passed over is left alone, and why the next attempt is made: written only where something went wrong.
    private TimeSpan? blockedUntil;
    private List<string>? reasons;

    /// <param name="lanes">The gateway's lanes.</param>
    /// <param name="exchange">The request.</param>
    /// <param name="asked">The model of the route's first candidate.</param>
    /// <param name="legs">The candidates with their credentials, in the order in which they are tried. Those of one candidate are together.</param>
    /// <param name="stream">Whether a stream is asked for.</param>
    public Journey(Lanes lanes, Exchange exchange, CatalogModel asked, Leg[] legs, bool stream)
    {
        (this.lanes, this.exchange, this.asked, this.legs, this.stream) = (lanes, exchange, asked, legs, stream);
        records = new LegRecord[legs.Length];
        var now = Now;
        for (var i = 0; i < records.Length; i++)
        {
            records[i] = new LegRecord
            {
                First = i > 0 && ReferenceEquals(legs[i].Candidate, legs[i - 1].Candidate) ? records[i - 1].First : i,
                Since = now,
                Due = now,
            };
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
            if (hasWaited)
            {
                // Credentials may have changed meanwhile.
                Renew();
            }

            if (Soonest() is not ({ } index, var wait))
            {
                return null;
            }

            if (wait <= TimeSpan.Zero)
            {
                PassOverPaused(index);
                return new Pass(lanes, legs[index], index, Client);
            }

            // Others may use the lane meanwhile: it's looked at again afterwards.
            await Task.Delay(wait + TimeSpan.FromMilliseconds(1), lanes.Clock, Client);
            hasWaited = true;
        }
    }

    /// <summary>The request can't be sent to this candidate at all, whatever the credential.</summary>
    public void Dismiss(Pass pass)
    {
        foreach (ref var record in OfOne(pass.Index))
        {
            record.IsOut = true;
        }
    }

    /// <summary>The credential is gone.</summary>
    public void Drop(Pass pass) => records[pass.Index].IsOut = true;

    /// <summary>An attempt begins.</summary>
    public void Start(UpstreamCall call)
    {
        latest = call;
        call.Result.Because = reasons is null ? null : string.Join("; ", reasons);
        reasons = null;
    }

    /// <summary>
    /// After how long an attempt gets another beside it, where its provider's options say so; null where it gets none. A request gets one at most; and
    /// none gets one that creates something at a provider, is paid by the caller, or may not be sent again where the provider had it.
    /// </summary>
    public TimeSpan? HedgeAfter(Pass pass, RequestFacts facts)
    {
        var options = pass.Lane.Options;
        return
            options.RetryBroken == RetryBroken.Never
            || (!stream && options.RetryBroken != RetryBroken.Always)
            || isHedged
            || pass.IsCallers
            || facts.IsStored
            || exchange.Pin is not null
            // Nobody waits for it.
            || exchange.Evaluation is not null
            ? null
            : options.HedgeAfter;
    }

    /// <summary>Where another attempt can go beside one: another provider's leg that can be used, else one with another credential. Null where there is none.</summary>
    public Pass? Beside(Pass pass)
    {
        var chosen = default(int?);
        for (var i = 0; i < legs.Length; i++)
        {
            ref var record = ref records[i];
            if (i != pass.Index && record is { IsOut: false, Tries: 0 } && legs[i].Among is not null && IsFree(legs[i].Lane))
            {
                var isOthers = record.First != records[pass.Index].First;
                chosen = isOthers && (chosen is not { } earlier || records[earlier].First == records[pass.Index].First) ? i : chosen ?? i;
            }
        }

        return chosen is { } index ? new Pass(lanes, legs[index], index, Client) : null;
    }

    /// <summary>An attempt begins beside another.</summary>
    public void StartBeside(UpstreamCall call, Pass first)
    {
        (beside, isHedged) = (call, true);
        call.Result.Because = string.Create(
            CultureInfo.InvariantCulture,
            $"the attempt at {NameOf(first.Lane)} hadn't begun its answer after {first.Lane.Options.HedgeAfter?.TotalSeconds} s"
        );
    }

    /// <summary>Of two attempts at once one goes on; the other has ended.</summary>
    public ValueTask KeepAsync(UpstreamCall winner)
    {
        var loser = ReferenceEquals(latest, winner) ? beside : latest;
        (latest, beside) = (winner, null);
        return loser?.DisposeAsync() ?? default;
    }

    /// <summary>Whether the request may be tried again after an attempt of which nothing has reached the client; notes why.</summary>
    public bool MayTryAgain(Pass pass, CallResult result)
    {
        var options = pass.Lane.Options;
        if (
            Client.IsCancellationRequested
            || !FailureRules.MayTryAgain(result, stream, options.RetryBroken)
            || (pass.IsCallers && (FailureRules.RefusesCredential(result) || result.ForbidsRetry))
        )
        {
            // What refuses a caller's own is the caller's to know.
            return false;
        }

        hasWaited = true;
        var now = Now;
        var isCredentials = FailureRules.IsCredentials(result) || pass.IsKeyBusy;
        ref var record = ref records[pass.Index];
        record.Tries++;
        record.IsOut = FailureRules.RefusesCredential(result) || result.ForbidsRetry || pass.IsKeyBusy;
        ref var tries = ref records[record.First].CandidateTries;
        if (!isCredentials || record.Tries > 1 || !HasUntried(pass.Index))
        {
            tries++;
        }

        var due = now + Pause(Math.Max(tries, 1), result.RetryAfter, options.RetryWait);
        (record.Since, record.Due) = (now, due);
        if (!isCredentials)
        {
            foreach (ref var other in OfOne(pass.Index))
            {
                (other.Since, other.Due) = (now, other.Due > due ? other.Due : due);
                other.IsOut |= pass.IsBusy;
            }
        }

        Note($"the attempt at {NameOf(pass.Lane)} {FailureRules.Describe(result)}");
        return true;
    }

    /// <summary>
    /// Keeps an attempt's failure, which is the answer if no other attempt gives a better one. That a credential was refused is a worse one: it's not
    /// the client's, and the client can do nothing about it.
    /// </summary>
    public ValueTask SetAsideAsync(UpstreamCall call, AttemptCharge cost)
    {
        exchange.SpentBefore += cost.Cost;
        latest = null;
        if (IsWorse(call.Result))
        {
            return call.DisposeAsync();
        }

        var worse = answer;
        (answer, charge) = (call, cost);
        call.SetAside();
        return worse?.DisposeAsync() ?? default;
    }

    /// <summary>Nothing more is tried: writes the failure that was kept to the client. Where there was no attempt, says why.</summary>
    /// <param name="refusal">Why the next one wasn't admitted, or null.</param>
    public async Task<Refusal?> EndAsync(Refusal? refusal)
    {
        if (answer is null)
        {
            return refusal ?? (legs.Length == 0 ? exchange.Pin?.Gone ?? Refusal.NoCredential(asked.Provider) : Unavailable());
        }

        // It's told by itself what the answer costs.
        exchange.SpentBefore -= charge.Cost;
        exchange.ForbidsRetry =
            FailureRules.RefusesCredential(answer.Result) || (exchange.Attempts > 1 && answer.Result.RetryAfter is null);
        await answer.FinishAsync(charge);
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        if (latest is not null)
        {
            await latest.DisposeAsync();
        }

        if (beside is not null)
        {
            await beside.DisposeAsync();
        }

        if (answer is not null)
        {
            await answer.DisposeAsync();
        }
    }

    /// <summary>
    /// Which leg can be tried soonest, and in how long. Of those that can go as soon, one that may be paused comes last, and before it the one that
    /// was tried least. One whose credential was refused is tried only where there is no other.
    /// </summary>
    private (int? Index, TimeSpan Wait) Soonest()
    {
        var now = Now;
        if (now >= AnswerBy)
        {
            return default;
        }

        var (soonest, lastResort) = (default((TimeSpan Wait, int Rank, int Index)?), default((TimeSpan Wait, int Rank, int Index)?));
        var hasOther = false;
        for (var i = 0; i < legs.Length; i++)
        {
            ref var record = ref records[i];
            var (lane, block) = (legs[i].Lane, legs[i].Lane.Look());
            var isRefused = block.State == LaneState.Refused;
            hasOther |= !isRefused && (!record.IsOut || record.Tries > 0);
            if (record.IsOut || records[record.First].CandidateTries > lane.Options.Retries)
            {
                continue;
            }

            if (WaitFor(record, block, lane.Options.RetryWait, now) is not { } wait)
            {
                Skip(i, block);
                continue;
            }

            var choice = (wait, record.Tries + (block.IsDoubtful ? Doubt : 0), i);
            ref var best = ref isRefused ? ref lastResort : ref soonest;
            best = best is { } other && other.CompareTo(choice) <= 0 ? best : choice;
        }

        soonest ??= hasOther ? null : lastResort;
        return soonest is { } chosen ? (chosen.Wait > TimeSpan.Zero ? chosen.Index : WithRoom(chosen.Index), chosen.Wait) : (null, default);
    }

    /// <summary>The same leg, or where its credential has as many requests under way as it may, another of the candidate's that has room now.</summary>
    private int WithRoom(int index)
    {
        if (!legs[index].Lane.IsFull)
        {
            return index;
        }

        for (var i = records[index].First; i < legs.Length && records[i].First == records[index].First; i++)
        {
            if (records[i] is { IsOut: false, Tries: 0 } && IsFree(legs[i].Lane))
            {
                return i;
            }
        }

        return index;
    }

    /// <summary>How long a leg has to be waited for; null where that is longer than anyone waits.</summary>
    private TimeSpan? WaitFor(in LegRecord record, LaneBlock block, TimeSpan most, TimeSpan now)
    {
        var isPaused = block is { State: LaneState.Cooling, IsDoubtful: false } && block.Until > record.Due;
        var until = isPaused ? block.Until + Jitter(FirstPause) : record.Due;
        var isLeft = block.State is LaneState.Broken or LaneState.Trying;
        return isLeft || until - record.Since > most || (until > now && until >= AnswerBy) ? null
            : until > now ? until - now
            : TimeSpan.Zero;
    }

    private void Renew()
    {
        for (var i = 0; i < legs.Length; i++)
        {
            if (lanes.Renewed(legs[i]) is { } leg)
            {
                legs[i] = leg;
            }
            else
            {
                records[i].IsOut = true;
            }
        }
    }

    private bool HasUntried(int index)
    {
        foreach (ref var other in OfOne(index))
        {
            if (other is { Tries: 0, IsOut: false })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The legs of one candidate.</summary>
    private Span<LegRecord> OfOne(int index)
    {
        var first = records[index].First;
        var end = index + 1;
        while (end < records.Length && records[end].First == first)
        {
            end++;
        }

        return records.AsSpan(first..end);
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

        if (block.State != LaneState.Refused)
        {
            blockedUntil = blockedUntil is { } other && other < block.Until ? other : block.Until;
        }

        if (records[index].Skipped == block.State)
        {
            return;
        }

        records[index].Skipped = block.State;
        var lane = legs[index].Lane;
        var (why, inWords) = block.State switch
        {
            LaneState.Cooling => ("cooling", "asked for a pause"),
            LaneState.Refused => ("refused", "refused a credential of the gateway's"),
            _ => ("broken", "fails too often now, and is left alone for a while"),
        };
        lanes.Metrics?.PassedOver(lane.Id, why);
        Note($"{NameOf(lane)} {inWords}");
    }

    // Two credentials of a provider say the same, and clients are told of neither.
    private void Note(string reason)
    {
        if (reasons?.Contains(reason) != true)
        {
            (reasons ??= []).Add(reason);
        }
    }

    private static bool IsFree(Lane lane) => !lane.IsFull && lane.Look().State == LaneState.Ready;

    private static string NameOf(Lane lane) => lane.Id.Provider;

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
                $"No provider of '{asked.Model}' can be called now{why}. Nothing was sent and nothing is charged. Try again in {Math.Ceiling(left.TotalSeconds)} s."
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
        /// <summary>The first leg of the same candidate.</summary>
        public int First;

        /// <summary>How often it was tried.</summary>
        public int Tries;

        /// <summary>In a candidate's first leg: how often that was tried, but for credentials that were only passed on from to the next.</summary>
        public int CandidateTries;

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
