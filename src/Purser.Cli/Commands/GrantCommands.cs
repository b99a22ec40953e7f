using System.CommandLine;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser budgets grant|gift|grants</c>: more for one window, without touching the limit.</summary>
internal static class GrantCommands
{
    private static readonly IReadOnlyList<Column<GrantView>> Columns =
    [
        Column.Text<GrantView>("id", grant => grant.Id),
        Column.Text<GrantView>("budget_id", grant => grant.BudgetId),
        Column.Text<GrantView>("instance", grant => grant.Instance),
        Column.Exact<GrantView>("amount", grant => grant.Amount),
        Column.Text<GrantView>("from", grant => grant.From, inTable: false),
        Column.Text<GrantView>("until", grant => grant.Until),
        Column.Text<GrantView>("cause", grant => grant.Cause),
        Column.Text<GrantView>("by", grant => grant.By),
        Column.Text<GrantView>("reason", grant => grant.Reason),
    ];

    /// <summary><c>budgets grant</c>.</summary>
    public static Command Grant(CliContext context)
    {
        var budget = new Argument<string>("budget") { Description = "The budget's id, or its name" };
        var amount = AmountOption("How much more, in the budget's unit: 50, 0.25");
        var reason = ReasonOption("What for; it's kept with the grant");
        var until = new Option<string?>("--until")
        {
            Description = "When it ends, if its window doesn't before: a date (2026-12-01), a time, or a span (3d, 12h)",
            HelpName = "time",
        };
        var instance = new Option<string?>("--instance")
        {
            Description = "Which one, of a budget for each of a kind: its scope, as `budgets list` shows it",
            HelpName = "scope",
        };
        var format = FormatOption.Create();
        var command = new Command("grant", "Allow more than the limit, in the present window.")
        {
            budget,
            amount,
            reason,
            until,
            instance,
            format,
        };
        var approver = Approver.AddTo(command, context);
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var more = ReadAmount(parsed.GetRequiredValue(amount));
                var end = parsed.GetValue(until) is { } text
                    ? TimeText.Write(TimeText.Read(text, context.Time.GetUtcNow(), TimeText.Direction.Ahead, "--until"))
                    : null;
                using var client = admin.Connect(parsed);
                var wanted = parsed.GetRequiredValue(budget);
                var body = new
                {
                    Amount = more,
                    Reason = parsed.GetRequiredValue(reason),
                    By = approver.Name(parsed),
                    Until = end,
                    Instance = parsed.GetValue(instance) is { } shown
                        ? InstanceOf(await client.ListAsync<BudgetView>("budgets", cancellationToken), wanted, shown)
                        : null,
                };
                var path = $"budgets/{Uri.EscapeDataString(wanted)}/grants";
                var grant = await client.SendAsync<GrantView>(HttpMethod.Post, path, body, cancellationToken);
                new Listing<GrantView>(Columns, [grant]).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    /// <summary><c>budgets gift</c>.</summary>
    public static Command Gift(CliContext context)
    {
        var from = new Option<string>("--from")
        {
            Description = "Who gives: a budget's id or name",
            HelpName = "budget",
            Required = true,
        };
        var to = new Option<string>("--to")
        {
            Description = "Who gets: a budget in the same unit",
            HelpName = "budget",
            Required = true,
        };
        var amount = AmountOption("How much, in their unit");
        var reason = ReasonOption("What for; it's kept with both grants");
        var format = FormatOption.Create();
        var command = new Command("gift", "Move what one budget has left to another, in their present windows.")
        {
            from,
            to,
            amount,
            reason,
            format,
        };
        var approver = Approver.AddTo(command, context);
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var body = new
                {
                    From = parsed.GetRequiredValue(from),
                    To = parsed.GetRequiredValue(to),
                    Amount = ReadAmount(parsed.GetRequiredValue(amount)),
                    Reason = parsed.GetRequiredValue(reason),
                    By = approver.Name(parsed),
                };
                using var client = admin.Connect(parsed);
                var grants = await client.SendAsync<Page<GrantView>>(HttpMethod.Post, "gifts", body, cancellationToken);
                new Listing<GrantView>(Columns, grants.Data).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    /// <summary><c>budgets grants</c>.</summary>
    public static Command List(CliContext context)
    {
        var format = FormatOption.Create();
        var command = new Command("grants", "List what was added to limits, and taken from them: by whom, and why.") { format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var grants = await client.ListAsync<GrantView>("grants", cancellationToken);
                new Listing<GrantView>(Columns, grants)
                {
                    Empty = "No grants. `./purser budgets grant BUDGET --amount N --reason TEXT` makes one.",
                }.Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    /// <summary>
    /// The scope that the API means by what the list shows. What isn't in the list may be one that wasn't used yet: it goes as it is.
    /// </summary>
    private static string InstanceOf(IReadOnlyList<BudgetView> budgets, string budget, string shown)
    {
        var scopes = budgets.Where(row => row.Id == budget || row.Name == budget).Select(row => row.Scope).ToList();
        // An id is one thing's alone; a path may be what a client called something else.
        var found = scopes.FirstOrDefault(scope => scope.Id == shown) ?? scopes.FirstOrDefault(scope => scope.Path == shown);
        return found is null ? shown : FullId(found);
    }

    /// <summary>A scope's id with its kind in front, as the id of a pair has it already: <c>member:acct_1</c>.</summary>
    private static string FullId(ScopeView scope) =>
        scope.Kind.Contains('+', StringComparison.Ordinal) || scope.Id.StartsWith($"{scope.Kind}:", StringComparison.Ordinal)
            ? scope.Id
            : $"{scope.Kind}:{scope.Id}";

    /// <summary>A required <c>--amount</c>.</summary>
    public static Option<string> AmountOption(string description) =>
        new("--amount")
        {
            Description = description,
            HelpName = "n",
            Required = true,
        };

    /// <summary>A required <c>--reason</c>.</summary>
    public static Option<string> ReasonOption(string description) =>
        new("--reason")
        {
            Description = description,
            HelpName = "text",
            Required = true,
        };

    /// <summary>Reads an amount in a unit that the gateway knows.</summary>
    /// <exception cref="CliException">It isn't one in any.</exception>
    public static string ReadAmount(string text) =>
        Usd.TryRead(text, out var amount)
            ? amount
            : throw CliException.Usage($"--amount is a positive number with at most nine decimals, not '{text}'");
}
