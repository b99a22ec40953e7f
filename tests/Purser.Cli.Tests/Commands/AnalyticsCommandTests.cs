using Purser.Gateway;
using Purser.Gateway.Configuration;

namespace Purser.Cli.Tests.Commands;

public sealed class AnalyticsCommandTests
{
    [Fact]
    public async Task A_store_is_made_again_while_no_gateway_runs_and_verifies_at_any_time()
    {
        using var run = new CliRun();
        await using (
            await GatewayHost.StartAsync(new GatewayOptions { Listen = new("http://127.0.0.1:0"), DataDirectory = run.File("data") })
        )
        {
            var verified = await run.RunAsync("analytics", "verify", "--data", "data", "--format", "json");
            Assert.True(verified == ExitCode.Ok, run.Error);
            Assert.Contains("0.000000000", run.Out, StringComparison.Ordinal);

            Assert.Equal(ExitCode.Failed, await run.RunAsync("analytics", "rebuild", "--data", "data"));
            Assert.Contains("Another Purser is using the data folder", run.Error, StringComparison.Ordinal);
        }

        var rebuilt = await run.RunAsync("analytics", "rebuild", "--data", "data");
        Assert.True(rebuilt == ExitCode.Ok, run.Error);
        Assert.StartsWith("SEGMENTS  ROWS  FILES AS SEALED  FILES SEALED ANEW", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("rebuild")]
    public async Task A_folder_without_a_ledger_is_said_to_be_none(string command)
    {
        using var run = new CliRun();
        run.Write("something else", "data", "notes.txt");

        Assert.Equal(ExitCode.Failed, await run.RunAsync("analytics", command, "--data", "data"));

        Assert.Contains("purser.db is missing", run.Error, StringComparison.Ordinal);
    }
}
