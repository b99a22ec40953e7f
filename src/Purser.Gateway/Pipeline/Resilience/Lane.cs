using Polly;
using Polly.CircuitBreaker;
using Purser.Gateway.Configuration;

namespace Purser.Gateway.Pipeline.Resilience;

/// <summary>One way to a model: through a provider, with one of its credentials. Each fails, is left alone and is measured by itself.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Credential">The id of the credential, never the credential itself.</param>
/// <param name="Model">The model as the provider knows it.</param>
internal readonly record struct LaneId(string Provider, string Credential, string Model)
{
    /// <summary>The credential that is in the configuration.</summary>
    public const string Configured = "config";
}

/// <summary>Whether a lane can be used.</summary>
internal enum LaneState
{
    /// <summary>It can.</summary>
    Ready,

    /// <summary>The provider asked for a pause.</summary>
    Cooling,

    /// <summary>It has failed too often lately, and is left alone.</summary>
    Broken,

    /// <summary>It was broken, and one request tries it out.</summary>
    Trying,
}

/// <summary>Whether a lane can be used, and when it can be looked at again where it can't.</summary>
/// <param name="State">Whether it can.</param>
/// <param name="Until">Until when not, by <see cref="Lane.Now"/>.</param>
/// <param name="IsDoubtful">
/// Whether a pause may be for one request alone, such as one with more tokens than a minute has: then others are only sent elsewhere, not refused.
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
    private long brokenUntil;
    private int underWay;

    public Lane(LaneId id, ResilienceOptions options, TimeProvider clock)
    {
        (Id, Options, this.clock) = (id, options, clock);
        breaker = options.BreakAfter == 0 ? ResiliencePipeline<CallResult>.Empty : Breaker(options);
    }

    /// <summary>Which it is.</summary>
    public LaneId Id { get; }

    /// <summary>Its provider's options.</summary>
    public ResilienceOptions Options { get; }

    /// <summary>How many attempts are under way.</summary>
    public int UnderWay => Volatile.Read(ref underWay);

    /// <summary>How long its answers take to begin at the moment; zero where that isn't known.</summary>
    public TimeSpan Latency => latency.At(Now(clock));

    /// <summary>What one more request would wait for, as far as that can be known: the quickest has the least.</summary>
    public double Load => (1 + Latency.TotalMilliseconds) * (UnderWay + 1);

    /// <summary>The monotonic time that lanes and journeys reckon in.</summary>
    public static TimeSpan Now(TimeProvider clock) => clock.GetElapsedTime(0);

    /// <summary>Whether it can be used.</summary>
    public LaneBlock Look()
    {
        var now = Now(clock);
        var (paused, broken) = (new TimeSpan(Volatile.Read(ref pausedUntil)), new TimeSpan(Volatile.Read(ref brokenUntil)));
        return circuit.CircuitState switch
        {
            CircuitState.Open when broken > now => new LaneBlock(LaneState.Broken, broken),
            CircuitState.HalfOpen => new LaneBlock(LaneState.Trying, now + Moment),
            _ when paused > now => new LaneBlock(LaneState.Cooling, paused, Volatile.Read(ref pausesInARow) < SurePauses),
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
        var context = ResilienceContextPool.Shared.Get();
        try
        {
            result = await breaker.ExecuteAsync(static async (_, attempt) => await attempt.begin(attempt.call), context, (call, begin));
        }
        catch (BrokenCircuitException)
        {
            return null;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }

        if (result.RetryAfter is { } pause && FailureRules.IsPassing(result.Status))
        {
            var until = Now(clock) + (pause < LongestPause ? pause : LongestPause);
            Interlocked.Increment(ref pausesInARow);
            Volatile.Write(ref pausedUntil, Math.Max(Volatile.Read(ref pausedUntil), until.Ticks));
        }

        if (result is { Outcome: Core.Ledger.Outcome.Completed, Status: < 400 })
        {
            Volatile.Write(ref pausesInARow, 0);
            latency.Add(clock.GetElapsedTime(sentAt), Now(clock));
        }

        return result;
    }

    /// <summary>Counts how the rest of a stream went, where that was a failure.</summary>
    public async Task CountAsync(CallResult result)
    {
        if (!FailureRules.IsProvidersFault(result))
        {
            return;
        }

        try
        {
            await breaker.ExecuteAsync(static (result, _) => ValueTask.FromResult(result), result, CancellationToken.None);
        }
        catch (BrokenCircuitException)
        {
            // It's left alone already.
        }
    }

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
