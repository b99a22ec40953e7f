using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Routing;
using Purser.Providers;

namespace Purser.Gateway.Pipeline.Realtime;

/// <summary>Holds money for the turns of one session, and settles them. What it's asked one after another.</summary>
internal sealed class TurnMoney(
    PipelineParts parts,
    SessionCaller caller,
    CatalogModel model,
    string credential,
    HttpContext http,
    SessionBounds bounds,
    Guid first
)
{
    private Guid? next = first;
    private Route? route;

    /// <summary>The name of the latest request.</summary>
    public string LatestRequest { get; private set; } = AttemptId.NameOf(first);

    /// <summary>Whether a model that may transcribe has a price; else why not.</summary>
    public Refusal? Unpriced(TaskProfile profile, string transcriber) =>
        TurnCeiling.Of(parts, model, profile, bounds.InputAhead, [transcriber]).Refusal;

    /// <summary>Makes a hold larger where more may be used than it is for.</summary>
    /// <param name="turn">What it's for.</param>
    /// <param name="profile">The dearest response that it may be for.</param>
    /// <param name="known">What the client was refused with already, and is recorded.</param>
    public async Task<Refusal?> RaiseAsync(Turn turn, TaskProfile profile, Refusal? known)
    {
        var held = turn.Reservation.Candidate;
        var (least, refusal) = Larger(held, profile, bounds.Input);
        if (least is null || Covers(held, least))
        {
            return refusal;
        }

        var (ahead, _) = Larger(held, profile, bounds.InputAhead);
        var (raised, refused) = await parts.Admitter.RaiseAsync(turn.Reservation, turn.Profile, ahead!);
        if (raised is null && ahead!.Ceiling > least.Ceiling)
        {
            (raised, refused) = await parts.Admitter.RaiseAsync(turn.Reservation, turn.Profile, least);
        }

        turn.Reservation = raised ?? turn.Reservation;
        return refused is null ? null : Recorded(refused, turn.Exchange, turn.Reservation.Subject, profile, known);
    }

    private static bool Covers(Candidate held, Candidate wanted) =>
        held.MaxInputTokens >= wanted.MaxInputTokens && held.MaxOutputTokens >= wanted.MaxOutputTokens && held.Besides >= wanted.Besides;

    /// <summary>What a response can be by now, and by no measure less than what is held.</summary>
    private (Candidate? Candidate, Refusal? Refusal) Larger(Candidate held, TaskProfile profile, long? input)
    {
        profile = profile with { MaxOutputTokens = profile.MaxOutputTokens is { } most ? Math.Max(most, held.MaxOutputTokens) : null };
        return TurnCeiling.Of(
            parts,
            model,
            profile,
            input is { } tokens ? Math.Max(tokens, held.MaxInputTokens) : null,
            bounds.TranscribedBy
        );
    }

    /// <summary>Holds the most that a response can cost, or says why that isn't possible.</summary>
    /// <param name="profile">The dearest response that it may be for.</param>
    /// <param name="known">What the client was refused with already, and is recorded.</param>
    /// <param name="mayWait">Whether it may be waited for room: not while a response is under way, whose end is what makes some.</param>
    public async Task<(Turn? Turn, Refusal? Refusal)> ReserveAsync(TaskProfile profile, Refusal? known, bool mayWait)
    {
        var now = parts.Clock.GetUtcNow();
        if (parts.Authenticator.StillInForce(caller.Key) is not { } key)
        {
            return (null, Refusal.InvalidKey);
        }

        var request = next ?? Guid.CreateVersion7(now);
        var exchange = new Exchange(http, ProviderCatalog.Chat, request, now, Stopwatch.GetTimestamp()) { Api = ProviderApi.Realtime };
        (next, LatestRequest) = (null, AttemptId.NameOf(request));
        var subject = caller.SubjectOf(key, parts.Repositories);
        var (candidate, refusal) = TurnCeiling.Of(parts, model, profile, bounds.InputAhead, bounds.TranscribedBy);
        if (candidate is null)
        {
            return (null, Recorded(refusal!, exchange, subject, profile, known));
        }

        // The time may have another price, and the client another name for it.
        route =
            route?.PriceEntry == candidate.Price.Entry
                ? route
                : new Route(ProviderApi.Realtime, caller.Asked, model.Provider, model.Model, candidate.Price.Entry, parts.PriceBookVersion);
        (var reservation, refusal) = await HoldAsync(null);
        if (refusal?.StoppedBy is { } by && (mayWait || by.Budget.OnExhausted is not (OnExhausted.Throttle or OnExhausted.Queue)))
        {
            (reservation, refusal) = await parts.Exhaustion.ActAsync(refusal, key, request, HoldAsync, http.RequestAborted);
        }

        if (reservation is null)
        {
            return (null, Recorded(refusal!, exchange, subject, profile, known));
        }

        return (new Turn(exchange, profile, reservation, credential), null);

        // A session stays with its model, whatever else would be cheaper.
        Task<(Reservation? Reservation, Refusal? Refusal)> HoldAsync(Candidate? cheaper) =>
            cheaper is not null
                ? Task.FromResult<(Reservation?, Refusal?)>((null, refusal))
                : parts.Admitter.HoldAsync(new AttemptId(request, 1), subject, profile, candidate, route);
    }

    private Refusal Recorded(Refusal refusal, Exchange exchange, Subject subject, TaskProfile profile, Refusal? known)
    {
        if (known?.Code == refusal.Code)
        {
            // It was said already, and is tried again and again.
            return known;
        }

        refusal = refusal.Of(AttemptId.NameOf(exchange.RequestId));
        _ = parts.Settler.RefuseAsync(exchange, subject, profile, refusal);
        parts.Metrics?.Refused(ProviderApi.Realtime, refusal.Code);
        return refusal;
    }

    /// <summary>Posts what a turn cost, by what it said, or on the safe side of what was seen of it.</summary>
    public Metered Settle(Turn turn)
    {
        var metered = UsageMeter.Read(turn.Result, turn.Reservation, turn.Profile);
        metered = parts.Pricer.Completed(turn.Reservation, metered, turn.Profile);
        Post(turn, metered, parts.Pricer.Price(turn.Reservation, metered));
        return metered;
    }

    /// <summary>Charges a transcription that doesn't say what it used at the most that it can be.</summary>
    public void SettleUnsaid(Turn turn) =>
        Post(
            turn,
            new Metered(default, new() { At = turn.Reservation.AdmittedAt }, true, [], null),
            new AttemptCharge(turn.Reservation.Candidate.Besides, "the transcription doesn't say what it used")
        );

    /// <summary>Gives back what nothing was started for.</summary>
    public void Void(Turn turn)
    {
        turn.End(Outcome.Void);
        (turn.Result.Dispatched, turn.Result.Because) = (false, "held for a response that didn't start");
        Post(turn, UsageMeter.Read(turn.Result, turn.Reservation, turn.Profile), default);
    }

    private void Post(Turn turn, Metered metered, AttemptCharge charge)
    {
        _ = parts.Settler.SettleAsync(turn.Exchange, turn.Reservation, turn.Profile, turn.Result, metered, charge);
        if (turn.Result.Dispatched)
        {
            parts.Metrics?.Settled(turn.Reservation.Route, turn.Result, metered, charge);
        }
    }
}
