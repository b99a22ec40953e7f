using System.CommandLine;
using Purser.Cli.Api;
using Purser.Cli.Demo;
using Purser.Cli.Hosting;

namespace Purser.Cli.Commands;

/// <summary><c>purser demo</c>: the whole of Purser in under a minute, against the simulator, in a folder that goes away again.</summary>
internal static class DemoCommand
{
    private static readonly Uri FreePort = new("http://127.0.0.1:0/");

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var keep = new Option<bool>("--keep") { Description = "Leave the gateway and the simulator running until Ctrl-C" };
        var command = new Command("demo", "Show it all in under a minute: no account, no network, nothing left behind.") { keep };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var folder = Directory.CreateTempSubdirectory("purser-demo-").FullName;
                try
                {
                    return await RunAsync(context, folder, parsed.GetValue(keep), cancellationToken);
                }
                finally
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, string folder, bool keep, CancellationToken cancellationToken)
    {
        var started = context.Time.GetTimestamp();
        await using (var simulator = await LocalSimulator.StartAsync(new LocalSimulatorOptions(FreePort), cancellationToken))
        {
            var options = new LocalGatewayOptions(folder, FreePort, ConfigText: LocalSimulator.Configuration(simulator.Address));
            await using var gateway = await LocalGateway.StartAsync(options, cancellationToken);
            var adminKey = gateway.NewAdminKey ?? throw CliException.Failed("the gateway gave no admin key at its first start");
            context.Out.WriteLine(
                $"A gateway on {gateway.Address.Authority}, a simulator of OpenAI and Anthropic on {simulator.Address.Authority}."
            );
            using var admin = new AdminClient(gateway.Address, adminKey);
            await new DemoRun(context, admin).RunAsync(cancellationToken);
            if (keep)
            {
                await KeepAsync(context, gateway, adminKey, folder, cancellationToken);
            }
        }

        // Both are stopped: what is on the disk is all there is, and it must add up by itself.
        var found = await DataFolder.VerifyLedgerAsync(folder, _ => { }, CancellationToken.None);
        context.Out.WriteLine();
        context.Out.WriteLine(
            $"The ledger: {found.Entries} records, chain and balances {(found.Problems.Count == 0 ? "verified" : "BROKEN")} (head {found.HeadHash})."
        );
        if (found.Problems.Count > 0)
        {
            throw CliException.Failed($"the ledger doesn't verify: {found.Problems[0]}");
        }

        WriteNext(context, context.Time.GetElapsedTime(started));
        return ExitCode.Ok;
    }

    private static async Task KeepAsync(
        CliContext context,
        LocalGateway gateway,
        string adminKey,
        string folder,
        CancellationToken cancellationToken
    )
    {
        var address = gateway.Address.GetLeftPart(UriPartial.Authority);
        context.Out.WriteLine();
        context.Out.WriteLine("It runs until Ctrl-C. In another terminal:");
        context.Out.WriteLine($"  export PURSER_URL={address} PURSER_ADMIN_KEY={adminKey}");
        context.Out.WriteLine("  ./purser report spend --by department,team,model");
        context.Out.WriteLine("  ./purser budgets list");
        context.Out.WriteLine($"  ./purser ledger verify --data {folder}");
        context.Out.Flush();
        await UpCommand.UntilStoppedAsync(cancellationToken);
    }

    private static void WriteNext(CliContext context, TimeSpan took)
    {
        context.Out.WriteLine();
        context.Out.WriteLine(FormattableString.Invariant($"That took {took.TotalSeconds:0} s, and nothing of it is left. To go on:"));
        context.Out.WriteLine("  OPENAI_API_KEY=… ANTHROPIC_API_KEY=… ./purser up     a gateway of your own");
        context.Out.WriteLine("  ./purser connect claude-code                         point a coding agent at it");
        context.Out.WriteLine("  ./purser simulate                                    try clients without paying");
        context.Out.WriteLine("  ./purser demo --keep                                 look around in this one");
    }
}
