using Purser.Gateway;
using Purser.Gateway.Configuration;

namespace Purser.Cli.Tests.Commands;

public sealed class LedgerExportTests
{
    [Theory]
    [InlineData("data/purser.db")]
    [InlineData("data/../data/out.csv")]
    public async Task An_export_writes_over_nothing_in_the_data_folder(string output)
    {
        using var run = new CliRun();
        run.Write("the ledger", "data", "purser.db");

        Assert.Equal(ExitCode.Usage, await run.RunAsync("ledger", "export", "--data", "data", "--output", output));

        Assert.Contains("is in the data folder", run.Error, StringComparison.Ordinal);
        Assert.Equal("the ledger", run.Read("data", "purser.db"));
    }

    [Fact]
    public async Task An_export_into_a_folder_that_is_not_there_says_so()
    {
        using var run = new CliRun();
        run.Write("the ledger", "data", "purser.db");

        Assert.Equal(ExitCode.Usage, await run.RunAsync("ledger", "export", "--data", "data", "--output", "nowhere/out.csv"));

        Assert.StartsWith("purser: the export can't be written: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prices_without_contracts_are_a_mistake()
    {
        using var run = new CliRun();
        run.Write("the ledger", "data", "purser.db");

        Assert.Equal(ExitCode.Usage, await run.RunAsync("ledger", "export", "--data", "data", "--prices", "mine"));

        Assert.StartsWith("purser: --prices is for contracts\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_with_contracts_has_what_they_make_of_each_attempt()
    {
        using var run = new CliRun();
        run.Write("id: acme\nprovider: openai\nstart: 2026-07-01\n", "contracts", "acme.yml");
        await using (
            await GatewayHost.StartAsync(new GatewayOptions { Listen = new("http://127.0.0.1:0"), DataDirectory = run.File("data") })
        ) { }

        var exported = await run.RunAsync(
            "ledger",
            "export",
            "--data",
            "data",
            "-o",
            "out.csv",
            "--format",
            "csv",
            "--contracts",
            "contracts"
        );

        Assert.True(exported == ExitCode.Ok, run.Error);
        Assert.EndsWith(
            ",list_cost_usd,contracted_cost_usd,effective_cost_usd,billed,run,repository,branch",
            run.Read("out.csv").Split('\n')[0],
            StringComparison.Ordinal
        );
    }
}
