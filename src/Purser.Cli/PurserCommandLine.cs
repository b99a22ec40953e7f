using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Purser.Cli.Commands;
using Purser.Cli.Output;

namespace Purser.Cli;

/// <summary>The command line: all commands, and the one place that turns an error into a message and an exit code.</summary>
internal static class PurserCommandLine
{
    /// <summary>Parses and runs one command.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliContext context, CancellationToken cancellationToken = default)
    {
        var parsed = Build(context).Parse(args);
        if (parsed.Action is ParseErrorAction)
        {
            return ReportUsage(parsed, context);
        }

        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            Output = context.Out,
            Error = context.Error,
            // 'up' drains its requests after the first Ctrl-C.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(45),
        };
        try
        {
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (CliException error)
        {
            return Report(context, error.ExitCode, error.Message, error.Hint);
        }
        catch (OperationCanceledException)
        {
            return Report(context, ExitCode.Interrupted, "interrupted", null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Report(context, ExitCode.Failed, error.Message.TrimEnd('.'), null);
        }
#pragma warning disable CA1031 // The last line of defence: a bug ends in a message and an exit code too.
        catch (Exception error)
#pragma warning restore CA1031
        {
            var details = context.Variable("PURSER_DEBUG") is null ? error.Message : error.ToString();
            return Report(
                context,
                ExitCode.Bug,
                $"unexpected {error.GetType().Name}: {details}",
                "This is a bug in purser. PURSER_DEBUG=1 prints where."
            );
        }
    }

    /// <summary>The whole tree of commands.</summary>
    public static RootCommand Build(CliContext context)
    {
        var root = new RootCommand("Purser: a gateway that knows what each AI request costs, and budgets that hold.");
        root.Subcommands.Add(UpCommand.Create(context));
        root.Subcommands.Add(DemoCommand.Create(context));
        root.Subcommands.Add(ConnectCommand.Create(context));
        root.Subcommands.Add(ApplyCommand.Create(context));
        root.Subcommands.Add(AccountsCommand.Create(context));
        root.Subcommands.Add(KeysCommand.Create(context));
        root.Subcommands.Add(CredentialsCommand.Create(context));
        root.Subcommands.Add(BudgetsCommand.Create(context));
        root.Subcommands.Add(AsksCommand.Create(context));
        root.Subcommands.Add(AlertsCommand.Create(context));
        root.Subcommands.Add(ReportCommand.Create(context));
        root.Subcommands.Add(ExplainCommand.Create(context));
        root.Subcommands.Add(RouteCommand.Create(context));
        root.Subcommands.Add(FeedbackCommand.Create(context));
        root.Subcommands.Add(ModelsCommand.Create(context));
        root.Subcommands.Add(PricesCommand.Create(context));
        root.Subcommands.Add(ContractsCommand.Create(context));
        root.Subcommands.Add(RouterCommand.Create(context));
        root.Subcommands.Add(TokensCommand.Create(context));
        root.Subcommands.Add(LedgerCommand.Create(context));
        root.Subcommands.Add(AnalyticsCommand.Create(context));
        root.Subcommands.Add(SimulateCommand.Create(context));
        root.Subcommands.Add(ReplayCommand.Create(context));
        root.Subcommands.Add(HammerCommand.Create(context));
        root.Subcommands.Add(SoakCommand.Create(context));
        root.Subcommands.Add(DoctorCommand.Create(context));
        root.Subcommands.Add(AdminKeyCommand.Create(context));
        root.SetAction(parsed => new HelpAction().Invoke(parsed));
        return root;
    }

    private static int ReportUsage(ParseResult parsed, CliContext context)
    {
        foreach (var error in parsed.Errors)
        {
            context.Error.WriteLine($"purser: {Printable.Line(error.Message.TrimEnd('.'))}");
        }

        var path = new Stack<string>();
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            path.Push(result.Command is RootCommand ? "purser" : result.Command.Name);
        }

        context.Error.WriteLine($"  → {string.Join(' ', path)} --help");
        return ExitCode.Usage;
    }

    private static int Report(CliContext context, int exitCode, string message, string? hint)
    {
        context.Error.WriteLine($"purser: {Printable.Block(message)}");
        if (hint is not null)
        {
            context.Error.WriteLine($"  → {Printable.Block(hint)}");
        }

        return exitCode;
    }
}
