using System.Threading.RateLimiting;
using Polly;
using Polly.CircuitBreaker;
using Purser.Gateway.Configuration;

namespace Purser.Gateway.Pipeline.Resilience;

/// <summary>One way to a model: through a provider, with one of its credentials. Each fails, is left alone and is measured by itself.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Credential">The id of the credential, never the credential itself.</param>
/// <param name="Model">The model as the provider knows it.</param>
internal readonly record struct LaneId(string Provider, string Credential, string Model);

/// <summary>Whether a lane can be used.</summary>
internal enum LaneState
{
    /// <summary>It can.</summary>
    Ready,

    /// <summary>The provider asked for a pause, or has answered 429.</summary>
    Cooling,

    /// <summary>It has failed too often lately, and is left alone.</summary>
    Broken,

    /// <summary>It was broken, and one request tries it out.</summary>
    Trying,

    /// <summary>The provider refused the credential.</summary>
    Refused,
}

/// <summary>Whether a lane can be used, and when it can be looked at again where it can't.</summary>
/// <param name="State">Whether it can.</param>
/// <param name="Until">Until when not, by <see cref="Lane.Now"/>.</param>
/// <param name="IsDoubtful">
/// Whether it may be for one request alone, such as one with more tokens than a minute has: then others are only sent elsewhere, not refused.
/// </param>
internal readonly record struct LaneBlock(LaneState State, TimeSpan Until, bool IsDoubtful = false);

/// <summary>
/// What is known of a <see cref="LaneId"/>: its circuit breaker, the pause that its provider asked for, and how quick it is. Safe for
/// parallel calls.
/// </summary>
internal sealed class Lane
{
    /// <summary>No pause is longer, whatever a provider asks for: then one request finds out.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <summary>How long one that was answered 429 is avoided where the provider doesn't say. Limits are mostly by the minute, and move.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    /// <summary>How long one whose key is unknown to the provider is avoided. Rotating it is quicker.</summary>
    public static readonly TimeSpan RefusedRest = TimeSpan.FromMinutes(5);

    private const double BreakingRatio = 0.75;
    private const int MostDoublings = 3;

    // One refusal may be for one request's sake; two with no answer between are for everyone.
    private const int SurePauses = 2;
    private static readonly TimeSpan Sampling = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private readonly TimeProvider clock;
    private readonly CircuitBreakerStateProvider circuit = new();
    private readonly ResiliencePipeline<CallResult> breaker;
    private readonly PeakEwma latency = new();
    private long pausedUntil;
    private int pausesInARow;
    private long restsUntil;
    private long refusedUntil;
    private long brokenUntil;
    private int underWay;

    public Lane(LaneId id, ResilienceOptions options, TimeProvider clock)
    {
        (Id, Options, this.clock) = (id, options, clock);
        Places = Provider.PlacesFor(options.MaxConcurrencyPerKey);
        breaker = options.BreakAfter == 0 ? ResiliencePipeline<CallResult>.Empty : Breaker(options);
    }

    /// <summary>Which it is.</summary>
    public LaneId Id { get; }

    /// <summary>Its provider's options.</summary>
    public ResilienceOptions Options { get; }

    /// <summary>The places for requests under way over it; null where their number isn't limited.</summary>
    public ConcurrencyLimiter? Places { get; }

    /// <summary>Whether all of those are taken.</summary>
    public bool IsFull => Places?.GetStatistics() is { CurrentAvailablePermits: 0 };

    /// <summary>How many attempts are under way.</summary>
    public int UnderWay => Volatile.Read(ref underWay);

    /// <summary>How long its answers take to begin at the moment; zero where that isn't known.</summary>
    public TimeSpan Latency => latency.At(Now(clock));

    /// <summary>What one more request would wait for, as far as that can be known: the quickest has the least.</summary>
    public double Load => (1 + Latency.TotalMilliseconds) * (UnderWay + 1);

    /// <summary>Whether the provider refused the credential lately, and hasn't answered since.</summary>
    public bool IsRefused => Volatile.Read(ref refusedUntil) is not 0 and var until && until > Now(clock).Ticks;

    /// <summary>The monotonic time that lanes and journeys reckon in.</summary>
    public static TimeSpan Now(TimeProvider clock) => clock.GetElapsedTime(0);

    /// <summary>Whether it can be used.</summary>
    public LaneBlock Look()
    {
        var now = Now(clock);
        var (paused, rests, refused) = (Until(ref pausedUntil), Until(ref restsUntil), Until(ref refusedUntil));
        var isSure = Volatile.Read(ref pausesInARow) >= SurePauses;
        return circuit.CircuitState switch
        {
            CircuitState.Open when Until(ref brokenUntil) is var broken && broken > now => new LaneBlock(LaneState.Broken, broken),
            CircuitState.HalfOpen => new LaneBlock(LaneState.Trying, now + Moment),
            _ when paused > now && isSure => new LaneBlock(LaneState.Cooling, paused),
            _ when refused > now => new LaneBlock(LaneState.Refused, refused, IsDoubtful: true),
            _ when paused > now || rests > now => new LaneBlock(LaneState.Cooling, paused > rests ? paused : rests, IsDoubtful: true),
            _ => default,
        };
    }

    /// <summary>An attempt is under way, until <see cref="Leave"/>.</summary>
    public void Enter() => Interlocked.Increment(ref underWay);

    /// <summary>An attempt has ended.</summary>
    public void Leave() => Interlocked.Decrement(ref underWay);

    /// <summary>Makes an attempt up to its answer's beginning, and learns from how it went. Null where the breaker has opened meanwhile: nothing is sent then.</summary>
    /// <param name="call">The attempt.</param>
    /// <param name="begin">Begins it.</param>
    public async Task<CallResult?> BeginAsync<TCall>(TCall call, Func<TCall, Task<CallResult>> begin)
    {
        var sentAt = clock.GetTimestamp();
        CallResult result;
        if (circuit.CircuitState == CircuitState.Closed)
        {
            // Told afterwards: the breaker around every call would be the dearest part of most.
            result = await begin(call);
            await CountAsync(result);
        }
        else if (await TryOutAsync(call, begin) is { } tried)
        {
            result = tried;
        }
        else
        {
            return null;
        }

        Learn(result);
        if (result is { Outcome: Core.Ledger.Outcome.Completed, Status: < 400 })
        {
            Volatile.Write(ref pausesInARow, 0);
            Volatile.Write(ref refusedUntil, 0);
            latency.Add(clock.GetElapsedTime(sentAt), Now(clock));
        }

        return result;
    }

    /// <summary>Learns from a refusal for how long the lane is better left alone.</summary>
    public void Learn(CallResult result)
    {
        if (result.Status < 400)
        {
            return;
        }

        var now = Now(clock);
        if (FailureRules.RefusesCredential(result))
        {
            // An unknown key is no request's fault; what a key has no money or right for may be.
            Extend(ref refusedUntil, now + (result.Status is 402 or 403 ? Rest : RefusedRest));
        }
        else if (FailureRules.IsPassing(result.Status) && result.RetryAfter is { } pause)
        {
            Interlocked.Increment(ref pausesInARow);
            Extend(ref pausedUntil, now + (pause < LongestPause ? pause : LongestPause));
        }
        else if (result.Status == 429)
        {
            Extend(ref restsUntil, now + Rest);
        }
    }

    /// <summary>Counts how the rest of a stream went, where that was a failure.</summary>
    public ValueTask CountRestAsync(CallResult result) => FailureRules.IsProvidersFault(result) ? CountAsync(result) : default;

    /// <summary>
    /// Tells the breaker how a call went. Where it has opened meanwhile that changes nothing: it would take the call for the trial after its break.
    /// </summary>
    private async ValueTask CountAsync(CallResult result)
    {
        if (circuit.CircuitState == CircuitState.Closed)
        {
            await AskAsync(static (_, result) => Outcome.FromResultAsValueTask(result), result);
        }
    }

    /// <summary>Makes a call that the breaker may refuse to make. Null where it does.</summary>
    private async Task<CallResult?> TryOutAsync<TCall>(TCall call, Func<TCall, Task<CallResult>> begin)
    {
        var outcome = await AskAsync(static async (_, attempt) => Outcome.FromResult(await attempt.begin(attempt.call)), (call, begin));
        if (outcome.Exception is not BrokenCircuitException)
        {
            outcome.ThrowIfException();
        }

        return outcome.Result;
    }

    private async ValueTask<Outcome<CallResult>> AskAsync<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<CallResult>>> attempt,
        TState state
    )
    {
        var context = ResilienceContextPool.Shared.Get();
        try
        {
            return await breaker.ExecuteOutcomeAsync(attempt, context, state);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static TimeSpan Until(ref long ticks) => new(Volatile.Read(ref ticks));

    private static void Extend(ref long until, TimeSpan to) => Volatile.Write(ref until, Math.Max(Volatile.Read(ref until), to.Ticks));

    private ResiliencePipeline<CallResult> Breaker(ResilienceOptions options) =>
        new ResiliencePipelineBuilder<CallResult> { TimeProvider = clock }
            .AddCircuitBreaker(
                new CircuitBreakerStrategyOptions<CallResult>
                {
                    FailureRatio = BreakingRatio,
                    MinimumThroughput = options.BreakAfter,
                    SamplingDuration = Sampling,
                    StateProvider = circuit,
                    BreakDurationGenerator = broken =>
                        ValueTask.FromResult(options.BreakTime * (1 << Math.Min(broken.HalfOpenAttempts, MostDoublings))),
                    ShouldHandle = ended => ValueTask.FromResult(ended.Outcome.Result is { } result && Counts(result)),
                    OnOpened = opened =>
                    {
                        Volatile.Write(ref brokenUntil, (Now(clock) + opened.BreakDuration).Ticks);
                        return default;
                    },
                }
            )
            .Build();

    // What says nothing of the provider doesn't break a lane, but doesn't mend one either.
    private bool Counts(CallResult result) =>
        FailureRules.IsProvidersFault(result) || (circuit.CircuitState == CircuitState.HalfOpen && FailureRules.SaysNothing(result));
}
