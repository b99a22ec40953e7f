using System.CommandLine;

namespace Purser.Cli.Commands;

internal static class DemoCommand
{
    public static Command Create(CliContext context) => new("demo", "x " + context.WorkingDirectory);
}
