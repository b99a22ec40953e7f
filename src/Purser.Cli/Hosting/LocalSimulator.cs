using Purser.Simulator;
using Purser.Simulator.Faults;
using Purser.Simulator.Latency;

namespace Purser.Cli.Hosting;

/// <summary>What a simulator in this process is started with.</summary>
/// <param name="Listen">Where it listens; port 0 takes a free one.</param>
/// <param name="Seed">What its answers are drawn from.</param>
/// <param name="Latency">A latency profile; null for none.</param>
/// <param name="Fault">A plan of faults; null for none.</param>
/// <param name="Record">The file that it records in what it served and billed; null for memory only.</param>
/// <param name="BillAfterCancel">Whether a cut answer is billed to its end.</param>
internal sealed record LocalSimulatorOptions(
    Uri Listen,
    ulong Seed = 1,
    string? Latency = null,
    string? Fault = null,
    string? Record = null,
    bool BillAfterCancel = false
);

/// <summary>A simulator that runs in this process: `simulate` and `demo` go through this type.</summary>
internal sealed class LocalSimulator : IAsyncDisposable
{
    private readonly RunningSimulator running;

    private LocalSimulator(RunningSimulator running) => this.running = running;

    /// <summary>Where it listens.</summary>
    public Uri Address => running.Address;

    /// <summary>Starts a simulator, and returns once it answers.</summary>
    /// <exception cref="CliException">An option is wrong, or the port is taken.</exception>
    public static async Task<LocalSimulator> StartAsync(LocalSimulatorOptions options, CancellationToken cancellationToken)
    {
        if (!LatencyProfile.TryParse(options.Latency, out var latency, out var wrongLatency))
        {
            throw CliException.Usage($"--latency: {wrongLatency}");
        }

        if (!FaultPlan.TryParse(options.Fault, out var fault, out var wrongFault))
        {
            throw CliException.Usage($"--fault: {wrongFault}");
        }

        try
        {
            return new LocalSimulator(
                await Simulator.Simulator.StartAsync(
                    new SimulatorOptions
                    {
                        Listen = options.Listen,
                        Seed = options.Seed,
                        Latency = latency,
                        Fault = fault,
                        RecordPath = options.Record,
                        BillAfterCancel = options.BillAfterCancel ? BillAfterCancel.Full : BillAfterCancel.Generated,
                    },
                    cancellationToken
                )
            );
        }
        catch (ArgumentException error)
        {
            throw CliException.Usage(error.Message);
        }
        catch (IOException error)
        {
            throw CliException.Failed($"the simulator can't start: {error.Message}", "Another program may listen there: pass --listen http://127.0.0.1:PORT.");
        }
    }

    /// <summary>Waits until the token is cancelled.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => running.WaitForShutdownAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => running.DisposeAsync();
}
