using System.Text.RegularExpressions;
using Purser.Simulator.Faults;
using Purser.Simulator.Latency;

namespace Purser.Simulator.Tests;

/// <summary>What <c>docs/simulator.md</c> says is so.</summary>
public partial class GuideTests
{
    private static readonly string Guide = File.ReadAllText(Path.Combine(Root(), "docs", "simulator.md"));

    [Fact]
    public void Its_fault_plans_are_right()
    {
        var plans = FaultOption().Matches(Guide).Select(match => match.Groups[1].Value.Trim('"')).Where(plan => plan != "SPEC").ToList();
        Assert.Equal(3, plans.Count);
        Assert.All(plans, plan => FaultPlan.Parse(plan));
    }

    [Fact]
    public void Its_table_has_every_fault() =>
        Assert.Equal(
            Enum.GetValues<FaultKind>().Where(kind => kind != FaultKind.None).Select(FaultPlan.NameOf).Order(StringComparer.Ordinal),
            FaultRow()
                .Matches(
                    Guide[
                        Guide.IndexOf("| kind |", StringComparison.Ordinal)..Guide.IndexOf("**A single request**", StringComparison.Ordinal)
                    ]
                )
                .Select(match => match.Groups[1].Value)
                .Order(StringComparer.Ordinal)
        );

    [Theory]
    [InlineData("fast")]
    [InlineData("realistic")]
    public void Its_named_latencies_are_what_it_says(string name)
    {
        var written = Regex.Match(Guide, $"`{name}` is\\s+`([^`]+)`").Groups[1].Value;
        Assert.Equal(LatencyProfile.Parse(written), LatencyProfile.Parse(name));
    }

    internal static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Purser.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside the repository.");
        }

        return folder.FullName;
    }

    [GeneratedRegex("--fault (\"[^\"]+\"|[^\\s`]+)")]
    private static partial Regex FaultOption();

    [GeneratedRegex("^\\| `([a-z0-9-]+)` \\|", RegexOptions.Multiline)]
    private static partial Regex FaultRow();
}
