using Microsoft.AspNetCore.Http;
using Purser.Core.Ledger;
using Purser.Core.Routing;
using Purser.Providers.OpenAI.Realtime;

namespace Purser.Gateway.Pipeline.Realtime;

/// <summary>
/// The money of one realtime session. No response starts unreserved: before a client's event that starts one goes on, and as long as the provider
/// may start one by itself, a hold is there that covers the most that it can cost. A response takes a hold when it begins, and settles it when it's
/// done. Safe for parallel calls.
/// </summary>
internal sealed class SessionHolds(TurnMoney money, SessionBounds bounds, string asked, TimeProvider clock) : IDisposable
{
    private const int MostUnderWay = 16;
    private const int MostIds = 1 << 17;

    // Where a budget has no room, it isn't asked again for each piece of sound.
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim gate = new(1);
    private readonly Queue<Turn> spare = new();
    private readonly Dictionary<string, Turn> responses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Turn> transcriptions = new(StringComparer.Ordinal);

    // The client's events that start a response and that the provider hasn't answered: their ids, and the limits that they name.
    private readonly List<(string? EventId, long? Output)> started = [];

    // Hashes of the ids that the client gave its events.
    private readonly HashSet<int> ids = [];
    private int committed;
    private bool isClosed;
    private Refusal? starved;
    private long starvedAt;

    /// <summary>The provider's ids of the responses under way.</summary>
    public IReadOnlyList<string> UnderWay
    {
        get
        {
            lock (responses)
            {
                return [.. responses.Keys];
            }
        }
    }

    /// <summary>The name of the latest request.</summary>
    public string LatestRequest => money.LatestRequest;

    /// <summary>Holds the first response's money, before anything is sent to the provider.</summary>
    public Task<Refusal?> OpenAsync() => LockedAsync(() => EnsureAsync(1));

    /// <summary>Takes a client's event before it goes on. Says why it mustn't.</summary>
    public Task<Refusal?> BeforeAsync(RealtimeClientEvent said) =>
        LockedAsync(() => isClosed ? Task.FromResult<Refusal?>(Over) : TakeAsync(said));

    /// <summary>Takes a provider's event. Says why the session has to end, where a response may start that nothing is held for.</summary>
    /// <param name="answer">What it says.</param>
    /// <param name="message">The event itself.</param>
    public Task<Refusal?> AfterAsync(RealtimeServerEvent answer, ReadOnlyMemory<byte> message) =>
        answer.News == RealtimeNews.Other
            ? Task.FromResult<Refusal?>(null)
            : LockedAsync(() => isClosed ? Task.FromResult<Refusal?>(null) : TakeAsync(answer, message));

    /// <summary>The session has ended: what is under way is settled on the safe side, and what nothing was started for is given back.</summary>
    public Task CloseAsync(Outcome outcome) =>
        LockedAsync(() =>
        {
            isClosed = true;
            lock (responses)
            {
                foreach (var turn in responses.Values)
                {
                    turn.End(outcome);
                    money.Settle(turn);
                }

                responses.Clear();
            }

            foreach (var turn in transcriptions.Values)
            {
                turn.End(outcome);
                money.SettleUnsaid(turn);
            }

            transcriptions.Clear();
            var isAsked = started.Count + committed;
            while (spare.TryDequeue(out var unused))
            {
                // What the client asked for may have reached the provider: it is charged as if it had begun.
                if (isAsked-- > 0)
                {
                    unused.End(outcome);
                    money.Settle(unused);
                }
                else
                {
                    money.Void(unused);
                }
            }

            return Task.FromResult<Refusal?>(null);
        });

    public void Dispose() => gate.Dispose();

    private static Refusal Over { get; } = Refusal.BadRequest("session_closed", "The session has ended.");

    private async Task<Refusal?> LockedAsync(Func<Task<Refusal?>> act)
    {
        await gate.WaitAsync(CancellationToken.None);
        try
        {
            return await act();
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>How many holds there must be as long as the provider may go on by itself.</summary>
    private int Standing => (bounds.StartsByItself ? 1 : 0) + (bounds.TranscribedBy.Count > 0 ? 1 : 0);

    /// <summary>Why an event isn't served at all.</summary>
    private Refusal? NotServed(RealtimeClientEvent said)
    {
        if (said.Kept is { } kept)
        {
            return Refusal.BadRequest(
                "reference_not_served",
                $"What the provider keeps can't be named in a session ('{kept}'), for it may be somebody else's. Send its content."
            );
        }

        if (said is { Intent: RealtimeIntent.UpdateSession, Settings.Type: "transcription" })
        {
            return Refusal.BadRequest(
                "session_not_served",
                "Sessions that only transcribe aren't served here: use /v1/audio/transcriptions."
            );
        }

        if (said.Intent == RealtimeIntent.UpdateSession && said.Settings.TranscribedBy is { } transcriber)
        {
            if (money.Unpriced(Profile, transcriber) is { } unpriced)
            {
                return unpriced;
            }
        }

        return null;
    }

    private async Task<Refusal?> TakeAsync(RealtimeClientEvent said)
    {
        if (NotServed(said) is { } refused)
        {
            return refused;
        }

        var isNew = IsNew(said.EventId);
        if (said.Intent == RealtimeIntent.CreateResponse && started.Count >= MostUnderWay)
        {
            return new Refusal(429, "too_many_responses", $"The session has {MostUnderWay} responses under way that haven't begun.");
        }

        if (said is { Intent: RealtimeIntent.Other, InputTokens: 0, IsUnbounded: false })
        {
            // It adds nothing: a cancel must get through whatever the budgets say.
            return null;
        }

        bounds.Take(said);
        var isCommit = said.Intent == RealtimeIntent.CommitAudio && bounds.TranscribedBy.Count > 0;
        var isCreate = said.Intent == RealtimeIntent.CreateResponse;
        if (isCreate)
        {
            started.Add(
                (isNew ? said.EventId : null, said.IsUnlimited ? long.MaxValue : said.MaxOutputTokens ?? bounds.Output ?? long.MaxValue)
            );
        }

        committed += isCommit ? 1 : 0;
        var refusal =
            said.Intent is RealtimeIntent.AppendAudio or RealtimeIntent.Other && IsStarved
                ? starved
                : await EnsureAsync(Standing + started.Count + committed);
        if (refusal is null)
        {
            return null;
        }

        committed -= isCommit ? 1 : 0;
        if (isCreate)
        {
            started.RemoveAt(started.Count - 1);
        }
        else if (said.Intent == RealtimeIntent.UpdateSession)
        {
            bounds.Undo();
        }

        // Where the client alone starts responses, what is said before may go on: the response is what it costs, and is refused then.
        return said.Intent == RealtimeIntent.Other && !bounds.StartsByItself ? null : refusal;
    }

    private async Task<Refusal?> TakeAsync(RealtimeServerEvent answer, ReadOnlyMemory<byte> message)
    {
        switch (answer.News)
        {
            case RealtimeNews.Session:
                bounds.Take(answer);
                break;
            case RealtimeNews.ResponseCreated:
                return await BeginAsync(answer.Id);
            case RealtimeNews.Output:
                Show(answer);
                return null;
            case RealtimeNews.ResponseDone:
                await DoneAsync(answer.Id, message);
                break;
            case RealtimeNews.AudioCommitted when bounds.TranscribedBy.Count > 0:
                committed = Math.Max(0, committed - 1);
                if (await TakeSpareAsync() is { } turn)
                {
                    transcriptions[answer.Id] = turn;
                }

                break;
            case RealtimeNews.Transcribed or RealtimeNews.NotTranscribed:
                await TranscribedAsync(answer, message);
                break;
            case RealtimeNews.Error:
                Forget(answer);
                return null;
            default:
                return null;
        }

        return await EndsAsync();
    }

    /// <summary>Holds again what has to be there. Where it can't be, the session ends as soon as nothing is under way any more.</summary>
    private async Task<Refusal?> EndsAsync()
    {
        var refusal = await EnsureAsync(Standing + started.Count + committed);
        return refusal is not null && responses.Count + transcriptions.Count == 0 ? refusal : null;
    }

    private async Task<Refusal?> BeginAsync(string id)
    {
        if (started.Count > 0)
        {
            started.RemoveAt(0);
        }

        if (await TakeSpareAsync() is not { } turn)
        {
            return starved ?? Refusal.LedgerDown;
        }

        lock (responses)
        {
            responses[id] = turn;
        }

        return await EndsAsync();
    }

    private async Task<Turn?> TakeSpareAsync()
    {
        if (spare.TryDequeue(out var turn))
        {
            return turn.Begin();
        }

        (turn, _) = await money.ReserveAsync(Profile, starved, mayWait: responses.Count == 0);
        return turn?.Begin();
    }

    private void Show(RealtimeServerEvent answer)
    {
        if (responses.TryGetValue(answer.Id, out var turn))
        {
            turn.Shows();
            RealtimeUsage.Show(turn.Result.Reading, answer.OutputTokens);
        }
    }

    private async Task DoneAsync(string id, ReadOnlyMemory<byte> message)
    {
        Turn? turn;
        lock (responses)
        {
            responses.Remove(id, out turn);
        }

        // One that nothing was heard of before its end.
        turn ??= await TakeSpareAsync();
        if (turn is null)
        {
            return;
        }

        var reading = turn.Result.Reading;
        var status = RealtimeUsage.ReadResponse(message.Span, reading);
        turn.End(status == "failed" ? Outcome.ProviderError : Outcome.Completed);
        if (status == "failed" && !reading.HasUsage && reading.RelayedOutputBytes == 0)
        {
            // As an error in place of an answer, which isn't billed.
            turn.Result.Status = StatusCodes.Status500InternalServerError;
        }

        var metered = money.Settle(turn);
        starvedAt = 0;
        bounds.TakeOutput(metered.Usage.OutputTokens);
    }

    private async Task TranscribedAsync(RealtimeServerEvent answer, ReadOnlyMemory<byte> message)
    {
        if (!transcriptions.Remove(answer.Id, out var turn))
        {
            turn = await TakeSpareAsync();
        }

        if (turn is null)
        {
            return;
        }

        turn.End(Outcome.Completed);
        if (answer.News == RealtimeNews.NotTranscribed)
        {
            money.Void(turn);
        }
        else if (RealtimeUsage.ReadTranscription(message.Span, bounds.Transcriber ?? "", turn.Result.Reading))
        {
            money.Settle(turn);
        }
        else
        {
            money.SettleUnsaid(turn);
        }
    }

    /// <summary>
    /// Whether an id is one that no event of the client's had before. Where it isn't, an error that names it says of neither that it started nothing: it
    /// may be about the other one.
    /// </summary>
    private bool IsNew(string? eventId)
    {
        if (eventId is null || (ids.Count < MostIds && ids.Add(eventId.GetHashCode(StringComparison.Ordinal))))
        {
            return true;
        }

        for (var index = 0; index < started.Count; index++)
        {
            started[index] = started[index].EventId == eventId ? (null, started[index].Output) : started[index];
        }

        return false;
    }

    /// <summary>An error says of some events that they started nothing.</summary>
    private void Forget(RealtimeServerEvent error)
    {
        var index =
            error.EventId is { } id ? started.FindIndex(one => one.EventId == id)
            : error.Code == "conversation_already_has_active_response" ? started.Count - 1
            : -1;
        if (index >= 0)
        {
            started.RemoveAt(index);
        }

        committed = error.Code == "input_audio_buffer_commit_empty" ? Math.Max(0, committed - 1) : committed;
    }

    private bool IsStarved => starved is not null && clock.GetElapsedTime(starvedAt) < Again;

    private TaskProfile Profile => TurnCeiling.Profile(asked, Output);

    /// <summary>The most output of the responses that a hold may be for.</summary>
    private long? Output
    {
        get
        {
            var session = bounds.Output ?? long.MaxValue;
            var most = started.Select(one => one.Output ?? session).DefaultIfEmpty(session).Max();
            most = bounds.StartsByItself ? Math.Max(most, session) : most;
            return most == long.MaxValue ? null : most;
        }
    }

    /// <summary>Sees to it that so many holds are there, each large enough for what was said by now.</summary>
    private async Task<Refusal?> EnsureAsync(int count)
    {
        foreach (var turn in spare)
        {
            if (await money.RaiseAsync(turn, Profile, starved) is { } refusal)
            {
                return Starve(refusal);
            }
        }

        while (spare.Count < count)
        {
            var (turn, refusal) = await money.ReserveAsync(Profile, starved, mayWait: responses.Count == 0);
            if (turn is null)
            {
                return Starve(refusal!);
            }

            spare.Enqueue(turn);
        }

        starved = null;
        return null;
    }

    private Refusal Starve(Refusal refusal)
    {
        (starved, starvedAt) = (refusal, clock.GetTimestamp());
        return refusal;
    }
}
