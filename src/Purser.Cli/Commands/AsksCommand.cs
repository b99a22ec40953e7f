using System.CommandLine;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser asks create|list|approve|deny</c>: someone whose budget is used up asks for more, and someone else decides.</summary>
internal static class AsksCommand
{
    private const string HowToGetAKey = "Use the key that your client calls the gateway with: pass --key KEY or set PURSER_KEY.";

    private static readonly IReadOnlyList<Column<AskView>> Columns =
    [
        Column.Text<AskView>("id", ask => ask.Id),
        Column.Text<AskView>("state", ask => ask.State),
        Column.Text<AskView>("at", ask => ask.At),
        Column.Text<AskView>("account", ask => AccountPath.Show(ask.Account)),
        Column.Text<AskView>("key", ask => ask.Key),
        Column.Text<AskView>("budget", ask => ask.Budget),
        Column.Exact<AskView>("amount", ask => ask.Amount),
        Column.Text<AskView>("unit", ask => ask.Unit),
        Column.Text<AskView>("reason", ask => ask.Reason),
        Column.Text<AskView>("request_id", ask => ask.RequestId, inTable: false),
        Column.Text<AskView>("budget_id", ask => ask.BudgetId, inTable: false),
        Column.Text<AskView>("decided_by", ask => ask.DecidedBy, inTable: false),
    ];

    private static readonly IReadOnlyList<Column<AskView>> CreatedColumns =
    [
        Column.Text<AskView>("id", ask => ask.Id),
        Column.Text<AskView>("state", ask => ask.State),
        Column.Text<AskView>("budget", ask => ask.Budget),
        Column.Exact<AskView>("amount", ask => ask.Amount),
        Column.Text<AskView>("unit", ask => ask.Unit),
        Column.Flag<AskView>("waited_already", ask => ask.WaitedAlready, inTable: false),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var command = new Command("asks", "Ask for more of a budget that is used up; approve or deny what others ask.");
        command.Subcommands.Add(CreateAsk(context));
        command.Subcommands.Add(List(context));
        command.Subcommands.Add(Approve(context));
        command.Subcommands.Add(Deny(context));
        return command;
    }

    private static Command CreateAsk(CliContext context)
    {
        var request = new Argument<string>("request-id")
        {
            Description = "The request that was refused or cut off: req_…, in the error's message and in x-purser-request-id",
        };
        var amount = GrantCommands.AmountOption("How much more, in the budget's unit: 5, 0.50");
        var reason = GrantCommands.ReasonOption("What for: who decides reads it");
        var key = new Option<string?>("--key") { Description = "Your own key (or PURSER_KEY)", HelpName = "key" };
        var url = new Option<string?>("--url", "--gateway")
        {
            Description = $"The gateway's address (or PURSER_URL; default {AdminOptions.DefaultGateway})",
            HelpName = "url",
        };
        var format = FormatOption.Create();
        var command = new Command("create", "Ask for more, with the key that was refused; no admin key is needed.")
        {
            request,
            amount,
            reason,
            key,
            url,
            format,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var body = new
                {
                    RequestId = parsed.GetRequiredValue(request),
                    Amount = GrantCommands.ReadAmount(parsed.GetRequiredValue(amount)),
                    Reason = parsed.GetRequiredValue(reason),
                };
                var gateway = AdminOptions.ReadAddress(
                    parsed.GetValue(url) ?? context.Variable("PURSER_URL") ?? AdminOptions.DefaultGateway,
                    "--url"
                );
                using var client = AdminClient.ForClient(gateway, ReadKey(context, parsed.GetValue(key)), HowToGetAKey);
                var ask = await client.SendAsync<AskView>(HttpMethod.Post, "asks", body, cancellationToken);
                WriteCreated(context, ask, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    /// <summary>The client's own key: the one given, or the environment's.</summary>
    /// <exception cref="CliException">There is none, or it can't be one.</exception>
    public static string ReadKey(CliContext context, string? given)
    {
        var key = given ?? context.Variable("PURSER_KEY");
        return key switch
        {
            null => throw new CliException(ExitCode.NotAuthorized, "no key to ask with", HowToGetAKey),
            _ when key.Any(c => c is <= ' ' or > '~') => throw new CliException(
                ExitCode.NotAuthorized,
                "the key has a blank or another character that no key has",
                HowToGetAKey
            ),
            _ => key,
        };
    }

    private static void WriteCreated(CliContext context, AskView ask, ListingFormat format)
    {
        new Listing<AskView>(CreatedColumns, [ask]).Write(context, format);
        if (ask.WaitedAlready)
        {
            context.Error.WriteLine(
                "Your key asked for more of this budget before, and that still waits: it is shown, and the amount and reason given now aren't kept."
            );
        }

        if (format == ListingFormat.Table)
        {
            context.Error.WriteLine($"Whoever runs the gateway decides: `./purser asks approve {Printable.Line(ask.Id)}`, or deny.");
        }
    }

    private static Command List(CliContext context)
    {
        var format = FormatOption.Create();
        var command = new Command("list", "List what was asked for, and what became of it.") { format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var asks = await client.ListAsync<AskView>("asks", cancellationToken);
                new Listing<AskView>(Columns, asks) { Empty = "Nobody asked for more." }.Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command Approve(CliContext context)
    {
        var amount = new Option<string?>("--amount") { Description = "Another amount than was asked for", HelpName = "n" };
        var command = new Command("approve", "Grant what was asked for, in the present window.") { amount };
        return Decide(command, context, parsed => parsed.GetValue(amount) is { } text ? GrantCommands.ReadAmount(text) : null);
    }

    private static Command Deny(CliContext context) => Decide(new Command("deny", "Grant nothing."), context, _ => null);

    private static Command Decide(Command command, CliContext context, Func<ParseResult, string?> amount)
    {
        var id = new Argument<string>("ask") { Description = "The ask's id: ask_…" };
        command.Arguments.Add(id);
        var format = FormatOption.Create();
        command.Options.Add(format);
        var approver = Approver.AddTo(command, context);
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var body = new { Amount = amount(parsed), By = approver.Name(parsed) };
                using var client = admin.Connect(parsed);
                var path = $"asks/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}/{command.Name}";
                var ask = await client.SendAsync<AskView>(HttpMethod.Post, path, body, cancellationToken);
                new Listing<AskView>(Columns, [ask]).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }
}
