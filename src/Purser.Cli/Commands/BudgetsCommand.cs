using System.CommandLine;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser budgets</c>: the limits, what was granted on top of them, and the worst case they allow.</summary>
internal static class BudgetsCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var command = new Command("budgets", "Limits on who and what spends, in dollars, tokens, requests or calls at once.");
        command.Subcommands.Add(Set(context));
        command.Subcommands.Add(List(context));
        command.Subcommands.Add(Remove(context));
        command.Subcommands.Add(GrantCommands.Grant(context));
        command.Subcommands.Add(GrantCommands.Gift(context));
        command.Subcommands.Add(GrantCommands.List(context));
        command.Subcommands.Add(ExposureCommand.Create(context));
        return command;
    }

    private static Command Set(CliContext context)
    {
        var options = new BudgetSetOptions();
        var format = FormatOption.Create();
        var command = new Command("set", "Set a limit; the one with the same scope, unit and window is replaced.");
        options.AddTo(command);
        command.Options.Add(format);
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var body = options.Body(parsed);
                using var client = admin.Connect(parsed);
                var budget = await client.SendAsync<BudgetView>(HttpMethod.Put, "budgets", body, cancellationToken);
                new Listing<BudgetView>(Columns([budget]), [budget]).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command List(CliContext context)
    {
        var format = FormatOption.Create();
        var command = new Command("list", "List the budgets, and how much of each is used in its present window.") { format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var budgets = await client.ListAsync<BudgetView>("budgets", cancellationToken);
                new Listing<BudgetView>(Columns(budgets), budgets).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command Remove(CliContext context)
    {
        var id = new Argument<string>("budget") { Description = "The budget's id, or its name where no other has it" };
        var command = new Command("remove", "Remove a budget. Refused where a key would be left without any hard limit.") { id };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var wanted = parsed.GetRequiredValue(id);
                await client.DeleteAsync($"budgets/{Uri.EscapeDataString(wanted)}", cancellationToken);
                context.Error.WriteLine($"Budget {Printable.Line(wanted)} is removed.");
                return ExitCode.Ok;
            }
        );
        return command;
    }

    /// <summary>The columns; a table has what is allowed where grants made it differ from a limit.</summary>
    private static IReadOnlyList<Column<BudgetView>> Columns(IReadOnlyList<BudgetView> budgets) =>
        [
            Column.Text<BudgetView>("id", budget => budget.Id),
            Column.Text<BudgetView>("name", budget => budget.Name),
            Column.Text<BudgetView>("scope_kind", budget => budget.Scope.Kind, inTable: false),
            Column.Text<BudgetView>("scope_id", budget => budget.Scope.Id, inTable: false),
            Column.Text<BudgetView>("scope", budget => AccountPath.Show(budget.Scope.Path ?? "")),
            Column.Text<BudgetView>("unit", budget => budget.Unit),
            Column.Text<BudgetView>("window", budget => budget.Window),
            Column.Exact<BudgetView>("limit", budget => budget.Limit),
            Column.Exact<BudgetView>(
                "allowed",
                budget => budget.Allowed,
                inTable: budgets.Any(budget => budget.Allowed is { } allowed && allowed != budget.Limit)
            ),
            Column.Exact<BudgetView>("posted", budget => budget.Posted),
            Column.Exact<BudgetView>("pending", budget => budget.Pending),
            Column.Exact<BudgetView>("remaining", budget => budget.Remaining),
            Column.Flag<BudgetView>("hard", budget => budget.Hard, inTable: false),
            Column.Text<BudgetView>("on_exhausted", budget => budget.OnExhausted, inTable: false),
            Column.Text<BudgetView>(
                "thresholds",
                budget => budget.Thresholds is { } thresholds ? string.Join(',', thresholds) : null,
                inTable: false
            ),
            Column.Count<BudgetView>("forecast", budget => budget.Forecast, inTable: false),
            Column.Text<BudgetView>("time_zone", budget => budget.TimeZone, inTable: false),
            Column.Text<BudgetView>("window_start", budget => budget.WindowStart, inTable: false),
            Column.Text<BudgetView>("resets_at", budget => budget.ResetsAt),
        ];
}
