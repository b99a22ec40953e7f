using System.CommandLine;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser accounts move|end|cancel|set|history</c>: where an account hangs and from when on, and its settings.</summary>
internal static class MembershipCommands
{
    private static readonly IReadOnlyList<Column<MembershipView>> Columns =
    [
        Column.Text<MembershipView>("from", membership => membership.From),
        Column.Text<MembershipView>("until", membership => membership.Until),
        Column.Text<MembershipView>("path", membership => membership.Path),
        Column.Text<MembershipView>("parent", membership => membership.Parent, inTable: false),
        Column.Text<MembershipView>("state", membership => membership.State),
    ];

    /// <summary><c>accounts move</c>.</summary>
    public static Command Move(CliContext context)
    {
        var account = AccountArgument();
        var to = new Option<string>("--to")
        {
            Description = "The account that it moves below: a path or an id; / is the organization",
            HelpName = "parent",
            Required = true,
        };
        var from = TimeOption("--from", "From when on: now (the default), a date (2026-12-01), a time, or a span (3d, 12h)");
        return Change(
            context,
            new Command("move", "Put an account below another one, now or from a time to come.") { account, to, from },
            account,
            parsed => ("move", new { To = parsed.GetRequiredValue(to), From = ReadTime(context, parsed, from) })
        );
    }

    /// <summary><c>accounts end</c>.</summary>
    public static Command End(CliContext context)
    {
        var account = AccountArgument();
        var at = TimeOption("--at", "When: now (the default), a date (2026-12-01), a time, or a span (3d, 12h)");
        return Change(
            context,
            new Command("end", "End a member's membership: its keys are refused until it's moved below an account again.") { account, at },
            account,
            parsed => ("end", new { At = ReadTime(context, parsed, at) })
        );
    }

    /// <summary><c>accounts cancel</c>.</summary>
    public static Command Cancel(CliContext context)
    {
        var account = AccountArgument();
        var from = TimeOption("--from", "The time of the plan, where not all of them are meant");
        return Change(
            context,
            new Command("cancel", "Take back what is planned for an account.") { account, from },
            account,
            parsed => ("cancel", new { From = ReadTime(context, parsed, from) })
        );
    }

    /// <summary><c>accounts set</c>.</summary>
    public static Command Set(CliContext context)
    {
        var account = AccountArgument();
        var passthrough = new Option<string?>("--subscription-passthrough")
        {
            Description =
                "Whether callers may use subscriptions of their own at providers: allow, deny, or inherit (as the account above has it)",
        };
        passthrough.AcceptOnlyFromAmong("allow", "deny", "inherit");
        var routing = new Option<string?>("--routing")
        {
            Description =
                "What routing may do with its requests: off, suggest (serve as asked, record what would have been saved), shadow (the same, and ask the other model too for a sample), on, or inherit",
        };
        routing.AcceptOnlyFromAmong("off", "suggest", "shadow", "on", "inherit");
        var command = new Command("set", "Change an account's settings; accounts below have them too, unless they say otherwise.")
        {
            account,
            passthrough,
            routing,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(passthrough) is null && result.GetResult(routing) is null)
            {
                result.AddError("say what to set: --subscription-passthrough or --routing");
            }
        });
        return Change(
            context,
            command,
            account,
            parsed => ("settings", new { SubscriptionPassthrough = parsed.GetValue(passthrough), Routing = parsed.GetValue(routing) })
        );
    }

    /// <summary><c>accounts history</c>.</summary>
    public static Command History(CliContext context)
    {
        var account = AccountArgument();
        var format = FormatOption.Create();
        var command = new Command("history", "Where an account was, is and will be.") { account, format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var path = $"{PathOf(parsed.GetRequiredValue(account))}/history";
                var memberships = await client.ListAsync<MembershipView>(path, cancellationToken);
                new Listing<MembershipView>(Columns, memberships).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command Change(
        CliContext context,
        Command command,
        Argument<string> account,
        Func<ParseResult, (string Verb, object Body)> read
    )
    {
        var format = FormatOption.Create();
        command.Options.Add(format);
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var (verb, body) = read(parsed);
                using var client = admin.Connect(parsed);
                var path = $"{PathOf(parsed.GetRequiredValue(account))}/{verb}";
                var changed = await client.SendAsync<AccountView>(HttpMethod.Post, path, body, cancellationToken);
                new Listing<AccountView>(AccountsCommand.Columns, [changed]).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Argument<string> AccountArgument() => new("account") { Description = "The account's path or id" };

    private static Option<string?> TimeOption(string name, string description) =>
        new(name) { Description = description, HelpName = "time" };

    private static string? ReadTime(CliContext context, ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is { } text && text != "now"
            ? TimeText.Write(TimeText.Read(text, context.Time.GetUtcNow(), TimeText.Direction.Ahead, option.Name))
            : null;

    private static string PathOf(string account) => $"accounts/{Uri.EscapeDataString(account is "" ? "/" : account)}";
}
