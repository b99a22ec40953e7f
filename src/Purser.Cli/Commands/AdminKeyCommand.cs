using System.CommandLine;
using Purser.Cli.Hosting;

namespace Purser.Cli.Commands;

/// <summary><c>purser admin-key reset</c>: for when the admin key is lost.</summary>
internal static class AdminKeyCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var data = new Option<string>("--data")
        {
            Description = "The data folder",
            HelpName = "dir",
            Required = true,
        };
        var reset = new Command("reset", "Make another admin key, and print it once. Whoever can write the data folder may do this.")
        {
            data,
        };
        reset.SetAction(
            async (parsed, _) =>
            {
                var folder = LedgerCommand.ExistingFolder(context, parsed.GetRequiredValue(data));
                context.Out.WriteLine(await DataFolder.ResetAdminKeyAsync(folder));
                context.Error.WriteLine("The admin key before it doesn't work any more. This one isn't shown again.");
                return ExitCode.Ok;
            }
        );
        return new Command("admin-key", "The key of the admin API.") { reset };
    }
}
