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
    long Seed = 1,
    string? Latency = null,
    string? Fault = null,
    string? Record = null,
    bool BillAfterCancel = false
);

/// <summary>
/// A simulator that runs in this process. THE SEAM to <c>Purser.Simulator</c>: `simulate` and `demo` go through this type.
/// </summary>
internal sealed class LocalSimulator : IAsyncDisposable
{
    /// <summary>Where it listens.</summary>
    public required Uri Address { get; init; }

    /// <summary>Stops it.</summary>
    public required Func<Task> Stop { get; init; }

    /// <summary>Starts a simulator, and returns once it answers.</summary>
    /// <exception cref="CliException">An option is wrong, or the port is taken.</exception>
    public static Task<LocalSimulator> StartAsync(LocalSimulatorOptions options, CancellationToken cancellationToken) =>
        throw CliException.Failed($"this build has no simulator in it yet (for {options.Listen})");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Stop();
}
