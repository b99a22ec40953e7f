using Xunit;

namespace Purser.Simulation;

/// <summary>An auditor that finds nothing may be blind: each planted bug must be found, within so many worlds.</summary>
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    private const int Worlds = 1_000;

    public static TheoryData<string> Names => [.. PlantedBug.All.Select(bug => bug.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_planted_bug_is_caught(string name)
    {
        var bug = PlantedBug.All.Single(bug => bug.Name == name);
        Assert.True(PlantedEngine.Occurrences(bug) == 1, $"'{bug.Text}' stands {PlantedEngine.Occurrences(bug)} times in {bug.File}");
        var world = PlantedEngine.WorldsWith(bug);
        for (var seed = 1L; seed <= Worlds; seed++)
        {
            if (world(seed) is { } words)
            {
                output.WriteLine($"{name}: caught in world {seed}: {words}");
                return;
            }
        }

        Assert.Fail($"{Worlds} worlds passed with '{name}'");
    }
}
