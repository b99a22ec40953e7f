using System.CommandLine;
using System.Globalization;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser budgets set|list|remove</c>: the limits.</summary>
internal static class BudgetsCommand
{
    private static readonly string[] Windows = ["hour", "day", "week", "month", "quarter", "year", "lifetime"];

    private static readonly IReadOnlyList<Column<BudgetView>> Columns =
    [
        Column.Text<BudgetView>("id", budget => budget.Id),
        Column.Text<BudgetView>("name", budget => budget.Name),
        Column.Text<BudgetView>("scope_kind", budget => budget.Scope.Kind, inTable: false),
        Column.Text<BudgetView>("scope_id", budget => budget.Scope.Id, inTable: false),
        Column.Text<BudgetView>("scope", budget => AccountPath.Show(budget.Scope.Path ?? "")),
        Column.Text<BudgetView>("unit", budget => budget.Unit),
        Column.Text<BudgetView>("window", budget => budget.Window),
        Column.Exact<BudgetView>("limit", budget => budget.Limit),
        Column.Exact<BudgetView>("posted", budget => budget.Posted),
        Column.Exact<BudgetView>("pending", budget => budget.Pending),
        Column.Exact<BudgetView>("remaining", budget => budget.Remaining),
        Column.Flag<BudgetView>("hard", budget => budget.Hard, inTable: false),
        Column.Text<BudgetView>("on_exhausted", budget => budget.OnExhausted, inTable: false),
        Column.Text<BudgetView>("time_zone", budget => budget.TimeZone, inTable: false),
        Column.Text<BudgetView>("window_start", budget => budget.WindowStart, inTable: false),
        Column.Text<BudgetView>("resets_at", budget => budget.ResetsAt),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var command = new Command("budgets", "Hard limits on accounts and keys, in dollars, tokens or requests.");
        command.Subcommands.Add(Set(context));
        command.Subcommands.Add(List(context));
        command.Subcommands.Add(Remove(context));
        return command;
    }

    private static Command Set(CliContext context)
    {
        var account = new Option<string?>("--account") { Description = "The account it limits: a path or id; / is the organization" };
        var key = new Option<string?>("--key") { Description = "The key it limits: an id" };
        var usd = new Option<string?>("--usd") { Description = "The limit in dollars: 200, 0.50" };
        var tokens = new Option<string?>("--tokens") { Description = "The limit in tokens" };
        var requests = new Option<string?>("--requests") { Description = "The limit in requests" };
        var window = new Option<string>("--window") { Description = string.Join(", ", Windows), Required = true };
        window.AcceptOnlyFromAmong(Windows);
        var name = new Option<string?>("--name") { Description = "What it is called" };
        var timeZone = new Option<string?>("--time-zone") { Description = "Where its days and months begin: Europe/Berlin (default: UTC)" };
        var format = FormatOption.Create();
        var command = new Command("set", "Set a limit; the one with the same scope, unit and window is replaced.")
        {
            account,
            key,
            usd,
            tokens,
            requests,
            window,
            name,
            timeZone,
            format,
        };
        RequireOneOf(command, [account, key], "Say what the budget limits: --account PATH or --key ID");
        RequireOneOf(command, [usd, tokens, requests], "Say one limit: --usd, --tokens or --requests");
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var (unit, limit) = ReadLimit(parsed.GetValue(usd), parsed.GetValue(tokens), parsed.GetValue(requests));
                using var client = admin.Connect(parsed);
                var budget = await client.SendAsync<BudgetView>(
                    HttpMethod.Put,
                    "budgets",
                    new
                    {
                        Name = parsed.GetValue(name),
                        Account = parsed.GetValue(account),
                        Key = parsed.GetValue(key),
                        Unit = unit,
                        Window = parsed.GetRequiredValue(window),
                        Limit = limit,
                        TimeZone = parsed.GetValue(timeZone),
                    },
                    cancellationToken
                );
                new Listing<BudgetView>(Columns, [budget]).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static void RequireOneOf(Command command, Option[] options, string message) =>
        command.Validators.Add(result =>
        {
            if (options.Count(option => result.GetResult(option) is not null) != 1)
            {
                result.AddError(message);
            }
        });

    private static (string Unit, string Limit) ReadLimit(string? usd, string? tokens, string? requests)
    {
        if (usd is not null)
        {
            return Usd.TryRead(usd, out var amount)
                ? ("usd", amount)
                : throw CliException.Usage($"--usd is a positive amount with at most nine decimals, like 200 or 0.50, not '{usd}'");
        }

        var (unit, text) = tokens is not null ? ("tokens", tokens) : ("requests", requests!);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0
            ? (unit, limit.ToString(CultureInfo.InvariantCulture))
            : throw CliException.Usage($"--{unit} is a positive whole number, not '{text}'");
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
                new Listing<BudgetView>(Columns, budgets).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command Remove(CliContext context)
    {
        var id = new Argument<string>("budget") { Description = "The budget's id" };
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
}
