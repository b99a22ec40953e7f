using Microsoft.AspNetCore.Http;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Faults;
using Purser.Simulator.Models;
using Purser.Simulator.Record;
using Purser.Simulator.Requests;
using Purser.Simulator.Skills;
using Purser.Simulator.Stored;

namespace Purser.Simulator.Http;

/// <summary>What all requests of one running simulator share.</summary>
internal sealed class SimulatorState : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly long[] faultCounts;
    private long refusals;
    private SkillPlan? skills;

    /// <summary>Prepares a simulator.</summary>
    /// <exception cref="IOException">The record's file can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The record's file can't be opened.</exception>
    public SimulatorState(SimulatorOptions options)
    {
        Options = options;
        Models = new ModelTable(options.Seed);
        Cache = new PromptCache(options.Time);
        Record = new RecordLog(options.RecordPath, options.Time, Models);
        skills = options.Skills;
        faultCounts = new long[options.Fault.Rules.Count];
    }

    /// <summary>The options.</summary>
    public SimulatorOptions Options { get; }

    /// <summary>The time.</summary>
    public TimeProvider Time => Options.Time;

    /// <summary>How well models answer, with the drops of now; null for no skills.</summary>
    public SkillPlan? Skills
    {
        get => Volatile.Read(ref skills);
        set => Volatile.Write(ref skills, value);
    }

    /// <summary>The models seen so far.</summary>
    public ModelTable Models { get; }

    /// <summary>The prompt caches.</summary>
    public PromptCache Cache { get; }

    /// <summary>The responses that are kept.</summary>
    public KeptResponses Responses { get; } = new();

    /// <summary>OpenAI's files.</summary>
    public StoredFiles OpenAIFiles { get; } = new();

    /// <summary>Anthropic's files.</summary>
    public StoredFiles AnthropicFiles { get; } = new();

    /// <summary>The record.</summary>
    public RecordLog Record { get; }

    /// <summary>How often each request was seen.</summary>
    public RequestOccurrences Occurrences { get; } = new();

    /// <summary>Is cancelled when the simulator stops.</summary>
    public CancellationToken Stopping => stopping.Token;

    /// <summary>Whether the simulator stops, so that what still runs must end.</summary>
    public bool IsStopping => stopping.IsCancellationRequested;

    /// <summary>What goes wrong with a request, by the plan.</summary>
    public FaultKind Decide(string api, ChatRequest request, ReadOnlySpan<char> key, double draw) =>
        Options.Fault.Decide(api, request.Model.Name, request.Stream, draw, faultCounts, key);

    /// <summary>The id of a request that was refused before its body was read: by the order of such requests.</summary>
    public string NewRequestId(Wire wire)
    {
        var random = new SeededRandom(NextRefusal());
        return wire.NewRequestId(ref random);
    }

    /// <summary>A seed for what has no body to be drawn from: by the order of such requests.</summary>
    public ulong NextRefusal() => SeededRandom.Mix(Options.Seed) ^ (ulong)Interlocked.Increment(ref refusals);

    /// <summary>Is cancelled when the client leaves or the simulator stops.</summary>
    public CancellationTokenSource UntilLeft(HttpContext http) =>
        CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping.Token);

    /// <summary>Ends what still runs.</summary>
    public void Stop() => stopping.Cancel();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Record.DisposeAsync();
        stopping.Dispose();
    }
}
