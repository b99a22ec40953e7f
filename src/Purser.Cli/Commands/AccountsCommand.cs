using System.CommandLine;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser accounts create|list|tree|move|end|cancel|set|history</c>: the tree of who spends.</summary>
internal static class AccountsCommand
{
    private static readonly string[] Kinds = ["department", "team", "project", "member"];

    /// <summary>How accounts are listed.</summary>
    public static readonly IReadOnlyList<Column<AccountView>> Columns =
    [
        Column.Text<AccountView>("path", account => AccountPath.Show(account.Path)),
        Column.Text<AccountView>("kind", account => account.Kind),
        Column.Text<AccountView>("name", account => account.Name),
        Column.Text<AccountView>("id", account => account.Id),
        Column.Text<AccountView>("parent", account => account.Parent, inTable: false),
        Column.Text<AccountView>("since", account => account.Since),
        Column.Text<AccountView>("planned", Planned),
        Column.Text<AccountView>("created_at", account => account.CreatedAt, inTable: false),
        Column.Text<AccountView>("subscription_passthrough", account => account.SubscriptionPassthrough, inTable: false),
        Column.Text<AccountView>("routing", account => account.Routing, inTable: false),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var command = new Command("accounts", "The tree of accounts: organization, departments, teams, projects, members.");
        command.Subcommands.Add(CreateAccount(context));
        command.Subcommands.Add(List(context));
        command.Subcommands.Add(Tree(context));
        command.Subcommands.Add(MembershipCommands.Move(context));
        command.Subcommands.Add(MembershipCommands.End(context));
        command.Subcommands.Add(MembershipCommands.Cancel(context));
        command.Subcommands.Add(MembershipCommands.Set(context));
        command.Subcommands.Add(MembershipCommands.History(context));
        return command;
    }

    private static string? Planned(AccountView account) =>
        account.Planned is { Count: > 0 } planned ? string.Join("; ", planned.Select(plan => $"{plan.From} {plan.Path ?? "ends"}")) : null;

    private static Command CreateAccount(CliContext context)
    {
        var path = new Argument<string>("path") { Description = "Names joined by '/', below the organization: research/search" };
        var kind = new Option<string>("--kind") { Description = "department, team, project or member", Required = true };
        kind.AcceptOnlyFromAmong(Kinds);
        var format = FormatOption.Create();
        var command = new Command("create", "Make an account.") { path, kind, format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var full = parsed.GetRequiredValue(path).Trim('/');
                var slash = full.LastIndexOf('/');
                using var client = admin.Connect(parsed);
                var account = await client.SendAsync<AccountView>(
                    HttpMethod.Post,
                    "accounts",
                    new
                    {
                        Name = full[(slash + 1)..],
                        Kind = parsed.GetRequiredValue(kind),
                        Parent = slash < 0 ? "" : full[..slash],
                    },
                    cancellationToken
                );
                new Listing<AccountView>(Columns, [account]).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command List(CliContext context)
    {
        var format = FormatOption.Create();
        var command = new Command("list", "List the accounts.") { format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var accounts = await client.ListAsync<AccountView>("accounts", cancellationToken);
                new Listing<AccountView>(Columns, accounts).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command Tree(CliContext context)
    {
        var command = new Command("tree", "Draw the tree, with each account's budgets.");
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var accounts = await client.ListAsync<AccountView>("accounts", cancellationToken);
                var budgets = await client.ListAsync<BudgetView>("budgets", cancellationToken);
                AccountTree.Write(context.Out, accounts, budgets);
                return ExitCode.Ok;
            }
        );
        return command;
    }
}
