using System.CommandLine;
using Purser.Cli.Api;
using Purser.Cli.Doctor;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser doctor</c>: what is wrong here, and what to do about it.</summary>
internal static class DoctorCommand
{
    private static readonly IReadOnlyList<Column<Finding>> Columns =
    [
        Column.Text<Finding>("check", finding => finding.Check),
        Column.Text<Finding>("state", finding => finding.State.ToString().ToLowerInvariant()),
        Column.Text<Finding>("detail", finding => finding.Detail),
        Column.Text<Finding>("what_to_do", finding => finding.Remedy),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var data = UpCommand.DataOption();
        var format = FormatOption.Create();
        var command = new Command("doctor", "Check this machine and the gateway. Exits 1 where a check fails.") { data, format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var examination = new Examination(
                    context,
                    admin.GatewayAddress(parsed),
                    admin.AdminKey(parsed),
                    context.FullPath(parsed.GetRequiredValue(data)),
                    isDefaultFolder: parsed.GetResult(data) is not { Implicit: false }
                );
                var findings = await examination.RunAsync(cancellationToken);
                new Listing<Finding>(Columns, findings).Write(context, parsed.GetValue(format));
                return findings.Any(finding => finding.State == FindingState.Fail) ? ExitCode.Failed : ExitCode.Ok;
            }
        );
        return command;
    }
}
