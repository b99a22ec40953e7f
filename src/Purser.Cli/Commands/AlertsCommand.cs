using System.CommandLine;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser alerts list|test</c>: what was raised, whether it arrived, and whether webhooks work.</summary>
internal static class AlertsCommand
{
    private static readonly IReadOnlyList<Column<AlertView>> Columns =
    [
        Column.Text<AlertView>("at", alert => alert.At),
        Column.Text<AlertView>("type", alert => alert.Type),
        Column.Text<AlertView>("scope", alert => alert.Scope),
        Column.Text<AlertView>("message", alert => alert.Message),
        Column.Text<AlertView>("deliveries", alert => string.Join(' ', alert.Deliveries.Select(Show))),
        Column.Text<AlertView>("action", alert => alert.Action, inTable: false),
        Column.Text<AlertView>("budget_name", alert => alert.BudgetName, inTable: false),
        Column.Text<AlertView>("budget_id", alert => alert.BudgetId, inTable: false),
        Column.Text<AlertView>("window_start", alert => alert.WindowStart, inTable: false),
        Column.Text<AlertView>("window_end", alert => alert.WindowEnd, inTable: false),
        Column.Count<AlertView>("threshold_percent", alert => alert.ThresholdPercent, inTable: false),
        Column.Text<AlertView>("unit", alert => alert.Unit, inTable: false),
        Column.Exact<AlertView>("limit", alert => alert.Limit, inTable: false),
        Column.Exact<AlertView>("spent", alert => alert.Spent, inTable: false),
        Column.Exact<AlertView>("pending", alert => alert.Pending, inTable: false),
        Column.Text<AlertView>("id", alert => alert.Id, inTable: false),
    ];

    private static readonly IReadOnlyList<Column<AlertTestView>> TestColumns =
    [
        Column.Text<AlertTestView>("webhook", test => test.Webhook),
        Column.Text<AlertTestView>("origin", test => test.Origin),
        Column.Flag<AlertTestView>("delivered", test => test.Delivered),
        Column.Count<AlertTestView>("status", test => test.Status),
        Column.Text<AlertTestView>("error", test => test.Error),
        Column.Count<AlertTestView>("duration_ms", test => test.DurationMs),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var command = new Command("alerts", "What was raised about budgets, and whether webhooks got it.");
        command.Subcommands.Add(List(context));
        command.Subcommands.Add(Test(context));
        return command;
    }

    private static Command List(CliContext context)
    {
        var limit = new Option<int>("--limit") { Description = "How many, the newest first (1 to 1000)", DefaultValueFactory = _ => 50 };
        var format = FormatOption.Create();
        var command = new Command("list", "List alerts, the newest first.") { limit, format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var alerts = await client.ListAsync<AlertView>($"alerts?limit={parsed.GetValue(limit)}", cancellationToken);
                new Listing<AlertView>(Columns, alerts) { Empty = "No alerts yet." }.Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command Test(CliContext context)
    {
        var webhook = new Option<string?>("--webhook") { Description = "The one to try (default: all)", HelpName = "name" };
        var format = FormatOption.Create();
        var command = new Command("test", "Send a signed test alert to the webhooks, and say what they answered.") { webhook, format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var tests = await client.SendAsync<Page<AlertTestView>>(
                    HttpMethod.Post,
                    "alerts/test",
                    new { Webhook = parsed.GetValue(webhook) },
                    cancellationToken
                );
                new Listing<AlertTestView>(TestColumns, tests.Data).Write(context, parsed.GetValue(format));
                return tests.Data.All(test => test.Delivered) ? ExitCode.Ok : ExitCode.Failed;
            }
        );
        return command;
    }

    /// <summary><c>ops:delivered</c>, <c>ops:waiting(500)</c>.</summary>
    private static string Show(AlertDeliveryView delivery) =>
        delivery.State == "delivered" || delivery.Error is null
            ? $"{delivery.Webhook}:{delivery.State}"
            : $"{delivery.Webhook}:{delivery.State}({delivery.Error})";
}
