using System.CommandLine;

namespace Purser.Cli.Commands;

/// <summary><c>purser router …</c>: which model could do a request for less, and how well.</summary>
internal static class RouterCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var command = new Command("router", "Which model could do a request for less, and how well.");
        command.Subcommands.Add(RouterGuaranteeCommand.Create(context));
        command.Subcommands.Add(RouterWhatIfCommand.Create(context));
        command.Subcommands.Add(RouterBenchCommand.Create(context));
        command.Subcommands.Add(RouterTrainCommand.Create(context));
        command.Subcommands.Add(RouterCurveCommand.Create(context));
        command.Subcommands.Add(RouterLoadCommand.Create(context));
        command.Subcommands.Add(RouterModelsCommand.Create(context));
        command.Subcommands.Add(RouterOutcomesCommand.Create(context));
        command.Subcommands.Add(RouterSlicesCommand.List(context));
        command.Subcommands.Add(RouterSlicesCommand.Promote(context));
        command.Subcommands.Add(RouterSlicesCommand.Restore(context));
        command.Subcommands.Add(RouterSimulateCommand.Create(context));
        command.Subcommands.Add(RouterDayCommand.Create(context));
        return command;
    }
}
