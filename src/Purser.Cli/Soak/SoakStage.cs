using System.Text.RegularExpressions;
using Purser.Cli.Hosting;

namespace Purser.Cli.Soak;

/// <summary>A simulator that lives through the run, and a gateway before it that is killed and started again on the same data.</summary>
internal sealed partial class SoakStage : IAsyncDisposable
{
    private readonly string folder;
    private readonly TimeProvider time;
    private readonly ChildPurser simulator;
    private ChildPurser? gateway;
    private Uri address = new("http://127.0.0.1:1");

    private SoakStage(string folder, ChildPurser simulator, Uri simulatorAddress, TimeProvider time)
    {
        this.folder = folder;
        this.time = time;
        this.simulator = simulator;
        Simulator = simulatorAddress;
    }

    /// <summary>Where the simulator listens.</summary>
    public Uri Simulator { get; }

    /// <summary>Where the gateway listens, or did before it was killed. Each start takes another port.</summary>
    public Uri Gateway => Volatile.Read(ref address);

    /// <summary>The gateway's data folder.</summary>
    public string Data => Path.Combine(folder, "data");

    /// <summary>Its admin key, which the first start prints.</summary>
    public string AdminKey { get; private set; } = "";

    /// <summary>Starts both.</summary>
    /// <param name="folder">Where their files go.</param>
    /// <param name="simulate">Options of <c>purser simulate</c>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<SoakStage> StartAsync(string folder, string[] simulate, TimeProvider time, CancellationToken cancellationToken)
    {
        string[] fixedOptions = ["simulate", "--listen", "http://127.0.0.1:0", "--record", "simulator.ndjson"];
        var simulator = ChildPurser.Start(folder, [.. fixedOptions, .. simulate]);
        try
        {
            var listens = await simulator.WaitForAsync(Listens(), time, cancellationToken);
            var stage = new SoakStage(folder, simulator, new Uri(listens.Groups[1].Value), time);
            var configuration = LocalSimulator.Configuration(stage.Simulator);
            await File.WriteAllTextAsync(Path.Combine(folder, "purser.yml"), configuration, cancellationToken);
            await stage.StartGatewayAsync(cancellationToken);
            stage.AdminKey = (await stage.gateway!.WaitForAsync(AdminKeyLine(), time, cancellationToken)).Groups[1].Value;
            return stage;
        }
        catch
        {
            await simulator.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills the gateway with SIGKILL, and starts it again.</summary>
    public async Task KillAndRestartAsync(CancellationToken cancellationToken)
    {
        await gateway!.DisposeAsync();
        await StartGatewayAsync(cancellationToken);
    }

    /// <summary>Stops the gateway as an operator does.</summary>
    /// <returns>The exit code; null where it had to be killed.</returns>
    public Task<int?> StopGatewayAsync(CancellationToken cancellationToken) => gateway!.StopAsync(time, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (gateway is not null)
        {
            await gateway.DisposeAsync();
        }

        await simulator.DisposeAsync();
    }

    private async Task StartGatewayAsync(CancellationToken cancellationToken)
    {
        gateway = ChildPurser.Start(folder, "up", "--config", "purser.yml", "--data", "data", "--listen", "http://127.0.0.1:0");
        var listens = await gateway.WaitForAsync(Listens(), time, cancellationToken);
        Volatile.Write(ref address, new Uri(listens.Groups[1].Value));
    }

    [GeneratedRegex(@"admin key[^:\n]*: (\S+)", RegexOptions.IgnoreCase)]
    private static partial Regex AdminKeyLine();

    [GeneratedRegex(@"listens on (http://[\d.:]+\d)")]
    private static partial Regex Listens();
}
