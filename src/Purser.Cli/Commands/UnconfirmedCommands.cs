using System.CommandLine;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary>
/// <c>purser ledger unconfirmed|confirm</c>: what was under way when the gateway died was posted on the safe side; here it is settled at
/// what the provider billed.
/// </summary>
internal static class UnconfirmedCommands
{
    private static readonly IReadOnlyList<Column<UnconfirmedView>> Columns =
    [
        Column.Text<UnconfirmedView>("request_id", attempt => attempt.RequestId),
        Column.Count<UnconfirmedView>("attempt", attempt => attempt.Attempt),
        Column.Text<UnconfirmedView>("admitted_at", attempt => attempt.AdmittedAt),
        Column.Text<UnconfirmedView>("key", attempt => attempt.Key),
        Column.Text<UnconfirmedView>("account", attempt => AccountPath.Show(attempt.Account)),
        Column.Text<UnconfirmedView>("provider", attempt => attempt.Provider),
        Column.Text<UnconfirmedView>("model", attempt => attempt.Model),
        Column.Exact<UnconfirmedView>("posted_usd", attempt => attempt.PostedUsd),
    ];

    private static readonly IReadOnlyList<Column<ConfirmedView>> ConfirmedColumns =
    [
        Column.Text<ConfirmedView>("request_id", attempt => attempt.RequestId),
        Column.Count<ConfirmedView>("attempt", attempt => attempt.Attempt),
        Column.Exact<ConfirmedView>("posted_usd", attempt => attempt.PostedUsd),
        Column.Exact<ConfirmedView>("confirmed_usd", attempt => attempt.ConfirmedUsd),
        Column.Exact<ConfirmedView>("difference_usd", attempt => attempt.DifferenceUsd),
    ];

    /// <summary><c>ledger unconfirmed</c>.</summary>
    public static Command List(CliContext context)
    {
        var format = FormatOption.Create();
        var command = new Command("unconfirmed", "List attempts whose cost isn't known for certain, through a running gateway.") { format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var attempts = await client.ListAsync<UnconfirmedView>("ledger/unconfirmed", cancellationToken);
                new Listing<UnconfirmedView>(Columns, attempts) { Empty = "Nothing is unconfirmed." }.Write(
                    context,
                    parsed.GetValue(format)
                );
                return ExitCode.Ok;
            }
        );
        return command;
    }

    /// <summary><c>ledger confirm</c>.</summary>
    public static Command Confirm(CliContext context)
    {
        var request = new Argument<string>("request-id") { Description = "The request's id: req_…" };
        var attempt = new Option<int>("--attempt") { Description = "Which of its attempts", DefaultValueFactory = _ => 1 };
        var usd = new Option<string>("--usd")
        {
            Description = "What the provider billed: 0.0123; 0 where it billed nothing",
            HelpName = "cost",
            Required = true,
        };
        var reason = new Option<string?>("--reason") { Description = "How that is known: an invoice's number, say", HelpName = "text" };
        var format = FormatOption.Create();
        var command = new Command("confirm", "Settle an unconfirmed attempt at what the provider billed.")
        {
            request,
            attempt,
            usd,
            reason,
            format,
        };
        var approver = Approver.AddTo(command, context);
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var text = parsed.GetRequiredValue(usd);
                var body = new
                {
                    RequestId = parsed.GetRequiredValue(request),
                    Attempt = parsed.GetValue(attempt),
                    CostUsd = Usd.TryReadCost(text, out var cost)
                        ? cost
                        : throw CliException.Usage($"--usd is an amount with at most nine decimals, like 0.0123 or 0, not '{text}'"),
                    Reason = parsed.GetValue(reason),
                    By = approver.Name(parsed),
                };
                using var client = admin.Connect(parsed);
                var confirmed = await client.SendAsync<ConfirmedView>(HttpMethod.Post, "ledger/confirm", body, cancellationToken);
                new Listing<ConfirmedView>(ConfirmedColumns, [confirmed]).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }
}
