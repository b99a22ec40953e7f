using Purser.Clients.Tests;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(RunningPurser))]
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace Purser.Clients.Tests;

/// <summary>
/// One gateway in front of one simulator, both as processes, for all client tests. The tests run one after the other, so that what the
/// simulator records during a test is that test's.
/// </summary>
public sealed class RunningPurser : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("purser-clients-");
    private SimulatorProcess simulator = null!;
    private PurserProcess purser = null!;
    private int sessions;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        simulator = await SimulatorProcess.StartAsync(folder.FullName);
        purser = await PurserProcess.StartAsync(folder.FullName, simulator);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (purser is not null)
        {
            await purser.DisposeAsync();
        }

        if (simulator is not null)
        {
            await simulator.DisposeAsync();
        }

        folder.Delete(recursive: true);
    }

    /// <summary>A team of its own for one client, with a key.</summary>
    internal Task<ClientSession> SessionAsync(string client, string limitUsd = "10") => SessionAsync(client, null, limitUsd);

    /// <summary>The same, at another gateway than the one for all tests.</summary>
    internal async Task<ClientSession> SessionAsync(string client, PurserProcess? apart, string limitUsd = "10")
    {
        var team = $"{client}-{++sessions}";
        var key = await (apart ?? purser).CreateKeyAsync(team, limitUsd);
        var home = folder.CreateSubdirectory($"home-{team}").FullName;
        return new ClientSession(apart ?? purser, simulator, team, key, home, await simulator.LastSeqAsync());
    }

    /// <summary>Another gateway in front of the same simulator; the caller ends it.</summary>
    internal Task<PurserProcess> ApartAsync() =>
        PurserProcess.StartAsync(folder.CreateSubdirectory($"apart-{++sessions}").FullName, simulator);
}
