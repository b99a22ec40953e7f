using System.CommandLine;

namespace Purser.Cli.Commands;

/// <summary>
/// <c>--by</c>: whose decision a change of money is. The admin key doesn't say who holds it, so it's a name that is claimed, not proven.
/// </summary>
internal sealed class Approver
{
    private readonly CliContext context;
    private readonly Option<string?> by = new("--by") { Description = "Who decides it (default: your user name)", HelpName = "name" };

    private Approver(CliContext context) => this.context = context;

    /// <summary>Gives a command the option.</summary>
    public static Approver AddTo(Command command, CliContext context)
    {
        var approver = new Approver(context);
        command.Options.Add(approver.by);
        return approver;
    }

    /// <summary>The name; null where nothing tells, and then the gateway has a word for it.</summary>
    public string? Name(ParseResult parsed) => parsed.GetValue(by) ?? context.Variable("USER") ?? context.Variable("USERNAME");
}
