using System.Globalization;
using Purser.Simulation.Worlds;
using Xunit;

namespace Purser.Simulation;

/// <summary>Random worlds, each determined by its seed, in which the auditor finds nothing wrong.</summary>
public sealed class WorldTests(ITestOutputHelper output)
{
    private const int Default = 1_000;

    [Fact]
    public void Worlds_pass()
    {
        if (Number("PURSER_SEED") is { } only)
        {
            Passes(only, always: true);
            return;
        }

        var worlds = Number("PURSER_WORLDS") ?? Default;
        for (var seed = 1L; seed <= worlds; seed++)
        {
            Passes(seed, always: false);
            if (seed % 10_000 == 0)
            {
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seed:N0} of {worlds:N0} worlds passed"));
            }
        }
    }

    private void Passes(long seed, bool always)
    {
        var wrong = World.Run(seed);
        if (wrong is null && !always)
        {
            return;
        }

        var steps = new List<string>();
        World.Run(seed, steps);
        output.WriteLine(string.Join('\n', steps));
        Assert.True(
            wrong is null,
            $"World {seed}: {wrong}\nAgain, alone: PURSER_SEED={seed} dotnet run --project tests/Purser.Simulation\n"
                + string.Join('\n', steps.TakeLast(40))
        );
    }

    private static long? Number(string variable) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
