using System.CommandLine;
using Purser.Cli.Api;
using Purser.Cli.Hosting;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser up</c>: runs the gateway until it is told to stop.</summary>
internal static class UpCommand
{
    /// <summary>Where data is kept unless told otherwise.</summary>
    public const string DefaultDataFolder = "purser-data";

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var config = new Option<string?>("--config")
        {
            Description = "The configuration (default: purser.yml, where there is one)",
            HelpName = "file",
        };
        var data = new Option<string?>("--data")
        {
            Description = $"The data folder (default: the configuration's, or {DefaultDataFolder})",
            HelpName = "dir",
        };
        var listen = new Option<string?>("--listen")
        {
            Description = $"Where to listen (default: the configuration's, or {AdminOptions.DefaultGateway})",
            HelpName = "url",
        };
        var command = new Command("up", "Run the gateway.") { config, data, listen };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var options = new LocalGatewayOptions(
                    parsed.GetValue(data) is { } folder ? context.FullPath(folder) : null,
                    parsed.GetValue(listen) is { } url ? AdminOptions.ReadAddress(url, "--listen") : null,
                    FindConfig(context, parsed.GetValue(config))
                );
                await using var gateway = await LocalGateway.StartAsync(options, cancellationToken);
                WriteStarted(context, gateway);
                await UntilStoppedAsync(cancellationToken);
                context.Error.WriteLine("Stopping: requests under way are finished and settled.");
                return ExitCode.Ok;
            }
        );
        return command;
    }

    /// <summary><c>--data DIR</c>.</summary>
    public static Option<string> DataOption() =>
        new("--data")
        {
            Description = "The data folder",
            HelpName = "dir",
            DefaultValueFactory = _ => DefaultDataFolder,
        };

    /// <summary>Waits for Ctrl-C or a termination signal.</summary>
    public static async Task UntilStoppedAsync(CancellationToken cancellationToken)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(stopped.SetResult);
        await stopped.Task;
    }

    private static string? FindConfig(CliContext context, string? given)
    {
        var path = context.FullPath(given ?? "purser.yml");
        return File.Exists(path) ? path
            : given is null ? null
            : throw CliException.Usage($"there is no file {path}");
    }

    private static void WriteStarted(CliContext context, LocalGateway gateway)
    {
        var address = gateway.Address.GetLeftPart(UriPartial.Authority);
        foreach (var note in gateway.Notes)
        {
            context.Out.WriteLine(Printable.Block(note));
        }

        if (gateway.NewAdminKey is { } key)
        {
            context.Out.WriteLine($"Admin key, shown this once: {key}");
            context.Out.WriteLine($"  export PURSER_ADMIN_KEY={key}");
            context.Out.WriteLine("  ./purser keys create my-first-key --account /     makes a key for clients");
        }
        else
        {
            context.Out.WriteLine("The admin key was printed at the first start. Lost? ./purser admin-key reset --data DIR");
        }

        context.Out.WriteLine($"Purser listens on {address}. Point clients here, with a key of Purser's:");
        context.Out.WriteLine($"  OPENAI_BASE_URL={address}/v1");
        context.Out.WriteLine($"  ANTHROPIC_BASE_URL={address}");
        context.Out.Flush();
    }
}
