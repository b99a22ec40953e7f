using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Purser.Cli.Api;
using Purser.Cli.Output;
using Purser.Gateway.Storage;

namespace Purser.Cli.Commands;

/// <summary><c>purser report spend|contracts|served|routes|quality|savings</c>: who spent how much on what, what contracts make of it, which models answered, what routing did, how good that was, and what it saved.</summary>
internal static class ReportCommand
{
    private static readonly string[] Counts =
    [
        "requests",
        "input_tokens",
        "cached_input_tokens",
        "output_tokens",
        "reasoning_tokens",
        "estimated_requests",
        "unconfirmed_requests",
        "refused_requests",
    ];

    // At list prices, and where there are contracts what they make of it.
    private static readonly string[] Costs = ["cost_usd", "contracted_cost_usd", "effective_cost_usd"];

    // At list prices, beside what it cost.
    private const string NotBilled = "not_billed_usd";

    // Rare ones that would make a table too wide to read are in JSON and CSV alone.
    private static readonly string[] LeftOutOfTables = ["reasoning_tokens", "estimated_requests", "unconfirmed_requests"];

    private static readonly IReadOnlyList<Column<ContractView>> ContractColumns =
    [
        Column.Text<ContractView>("contract", row => row.Contract),
        Column.Text<ContractView>("provider", row => row.Provider),
        Column.Text<ContractView>("kind", row => row.Kind),
        Column.Text<ContractView>("id", row => row.Id),
        Column.Text<ContractView>("period_start", row => row.PeriodStart),
        Column.Text<ContractView>("period_end", row => row.PeriodEnd),
        Column.Exact<ContractView>("usd", row => row.Usd),
        Column.Exact<ContractView>("list_usd", row => row.ListUsd, inTable: false),
        Column.Exact<ContractView>("contracted_usd", row => row.ContractedUsd, inTable: false),
        Column.Exact<ContractView>("without_classes_usd", row => row.WithoutClassesUsd, inTable: false),
    ];

    private static readonly IReadOnlyList<Column<ServedView>> ServedColumns =
    [
        Column.Text<ServedView>("provider", row => row.Provider),
        Column.Text<ServedView>("model", row => row.Model),
        Column.Text<ServedView>("model_served", row => row.ModelServed),
        Column.Text<ServedView>("price_entry", row => row.PriceEntry),
        Column.Count<ServedView>("requests", row => row.Requests),
        Column.Exact<ServedView>("cost_usd", row => row.CostUsd),
    ];

    private static readonly IReadOnlyList<Column<RouteView>> RouteColumns =
    [
        Column.Text<RouteView>("mode", row => row.Mode),
        Column.Text<RouteView>("policy", row => row.Policy),
        Column.Text<RouteView>("asked", row => row.Asked),
        Column.Text<RouteView>("served", row => row.Served),
        Column.Text<RouteView>("suggested", row => row.Suggested),
        Column.Text<RouteView>("passed_over", row => row.PassedOver),
        Column.Flag<RouteView>("overridden", row => row.Overridden),
        Column.Count<RouteView>("requests", row => row.Requests),
        Column.Exact<RouteView>("cost_usd", row => row.CostUsd),
        Column.Exact<RouteView>("expected_saving_usd", row => row.ExpectedSavingUsd),
    ];

    private static readonly IReadOnlyList<Column<QualityView>> QualityColumns =
    [
        Column.Text<QualityView>("class", row => row.Class),
        Column.Text<QualityView>("model", row => row.Model),
        Column.Text<QualityView>("source", row => row.Source),
        Column.Count<QualityView>("count", row => row.Count),
        Column.Exact<QualityView>("score", row => row.Score?.ToString("0.0000", CultureInfo.InvariantCulture)),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var command = new Command("report", "Reports over the ledger.");
        command.Subcommands.Add(Spend(context));
        command.Subcommands.Add(Contracts(context));
        command.Subcommands.Add(Served(context));
        command.Subcommands.Add(Routes(context));
        command.Subcommands.Add(Quality(context));
        command.Subcommands.Add(SavingsReport.Create(context));
        return command;
    }

    /// <summary>The columns of a report by these dimensions. Its costs come right behind the dimensions in a table.</summary>
    /// <param name="by">The dimensions.</param>
    /// <param name="agreed">Whether the gateway has contracts.</param>
    /// <param name="notBilled">Whether callers' own subscriptions paid for something.</param>
    public static IReadOnlyList<Column<Dictionary<string, JsonElement>>> Columns(
        IReadOnlyList<string> by,
        bool agreed,
        bool notBilled = false
    ) =>
        [
            .. by.Select(name => Column.Text<Dictionary<string, JsonElement>>(name, row => Text(row, name))),
            .. (agreed ? Costs : Costs.Take(1))
                .Concat(notBilled ? [NotBilled] : [])
                .Select(name => Column.Exact<Dictionary<string, JsonElement>>(name, row => Text(row, name))),
            .. Counts.Select(name =>
                Column.Count<Dictionary<string, JsonElement>>(
                    name,
                    row => row.TryGetValue(name, out var value) && value.TryGetInt64(out var count) ? count : null,
                    inTable: !LeftOutOfTables.Contains(name)
                )
            ),
        ];

    private static Command Spend(CliContext context)
    {
        var by = new Option<string>("--by")
        {
            Description = $"Dimensions, joined by commas: {string.Join(", ", SpendDimensions.Names)}, tag:NAME",
            DefaultValueFactory = _ => "team,model",
        };
        by.Validators.Add(result =>
        {
            var unknown = Split(result.GetValueOrDefault<string>() ?? "").Where(name => !SpendDimensions.IsKnown(name)).ToList();
            if (unknown.Count > 0)
            {
                result.AddError(
                    $"--by doesn't know {string.Join(", ", unknown)}. It knows {string.Join(", ", SpendDimensions.Names)} and tag:NAME"
                );
            }
        });
        var (from, to) = TimeOptions();
        var tags = new Option<string[]>("--tag") { Description = "Only requests with this tag: --tag env=prod", HelpName = "name=value" };
        var where = new Option<string[]>("--where")
        {
            Description = "Only what has this value of a dimension: --where model=gpt-5 --where team=search",
            HelpName = "dimension=value",
        };
        var timeZone = new Option<string?>("--time-zone") { Description = "Where days and hours begin: Europe/Berlin (default: UTC)" };
        var format = FormatOption.Create();
        var command = new Command("spend", "Spend by team, model, day or other dimensions.")
        {
            by,
            from,
            to,
            tags,
            where,
            timeZone,
            format,
        };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var query = new List<string> { $"by={Uri.EscapeDataString(string.Join(',', Split(parsed.GetRequiredValue(by))))}" };
                query.AddRange(Times(context, parsed.GetValue(from), parsed.GetValue(to)));
                if (parsed.GetValue(timeZone) is { } zone)
                {
                    query.Add($"time_zone={Uri.EscapeDataString(zone)}");
                }

                query.AddRange((parsed.GetValue(tags) ?? []).Select(tag => ReadPair(tag, "tag", "--tag is name=value")));
                query.AddRange((parsed.GetValue(where) ?? []).Select(pair => ReadPair(pair, "where", "--where is dimension=value")));
                using var client = admin.Connect(parsed);
                var report = await client.GetAsync<SpendView>($"reports/spend?{string.Join('&', query)}", cancellationToken);
                Write(context, report, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command Contracts(CliContext context) =>
        Listed(
            context,
            "contracts",
            "What contracts come to: the requests, what is unused of commitments and fees, credits, the invoice.",
            ContractColumns,
            "No contract holds in this time (docs/contracts.md)."
        );

    private static Command Served(CliContext context) =>
        Listed(
            context,
            "served",
            "Requests that another model answered than the one asked for, and at which price.",
            ServedColumns,
            "Each answer named the model that was asked for."
        );

    private static Command Routes(CliContext context) =>
        Listed(
            context,
            "routes",
            "Requests that routing had a say in: where they went or would have gone, and what that was expected to save.",
            RouteColumns,
            "Routing had no say in any request of this time (docs/router.md)."
        );

    private static Command Quality(CliContext context) =>
        Listed(
            context,
            "quality",
            "What users, judges and checks said of models' answers, and which models people passed over.",
            QualityColumns,
            "Nothing was said of any answer of this time (docs/router.md)."
        );

    /// <summary>A report that is a list of what was in a time.</summary>
    private static Command Listed<T>(CliContext context, string name, string description, IReadOnlyList<Column<T>> columns, string empty)
    {
        var (from, to) = TimeOptions();
        var format = FormatOption.Create();
        var command = new Command(name, description) { from, to, format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var query = string.Join('&', Times(context, parsed.GetValue(from), parsed.GetValue(to)));
                using var client = admin.Connect(parsed);
                var rows = await client.ListAsync<T>($"reports/{name}?{query}", cancellationToken);
                new Listing<T>(columns, rows) { Empty = empty }.Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    /// <summary><c>--from</c> and <c>--to</c>.</summary>
    public static (Option<string?> From, Option<string?> To) TimeOptions() =>
        (
            new("--from") { Description = "From when: a date, a time or a span back (7d, 12h). Times are UTC" },
            new("--to") { Description = "Until when; a date is included" }
        );

    /// <summary>The same, as an address has them.</summary>
    public static IEnumerable<string> Times(CliContext context, string? from, string? to)
    {
        var now = context.Time.GetUtcNow();
        DateTimeOffset? first = from is null ? null : TimeText.Read(from, now, TimeText.Direction.BackToStart, "--from");
        DateTimeOffset? end = to is null ? null : TimeText.Read(to, now, TimeText.Direction.BackToEnd, "--to");
        if (first >= end)
        {
            throw CliException.Usage(
                $"--from {from} isn't before --to {to}",
                "Give the earlier time as --from; a date in --to is included."
            );
        }

        if (first is { } since)
        {
            yield return $"from={TimeText.Write(since)}";
        }

        if (end is { } until)
        {
            yield return $"to={TimeText.Write(until)}";
        }
    }

    /// <summary>Writes a report.</summary>
    public static void Write(CliContext context, SpendView report, ListingFormat format)
    {
        new Listing<Dictionary<string, JsonElement>>(
            Columns(report.By, report.Contracts is not null, report.Total?.ContainsKey(NotBilled) == true),
            report.Rows
        )
        {
            Total = report.Total,
            Empty = "Nothing was spent in this time.",
        }.Write(context, format);
        if (format == ListingFormat.Table && report.Contracts is { Count: > 0 } contracts)
        {
            context.Out.WriteLine(
                $"contracts: {string.Join(", ", contracts)}; what is unused, and credits: ./purser report contracts. Budgets count cost_usd."
            );
        }
    }

    private static string[] Split(string by) => by.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string ReadPair(string text, string filter, string form)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? $"{filter}.{Uri.EscapeDataString(text[..equals])}={Uri.EscapeDataString(text[(equals + 1)..])}"
            : throw CliException.Usage($"{form}, not '{text}'");
    }

    private static string? Text(Dictionary<string, JsonElement> row, string name) =>
        row.TryGetValue(name, out var value)
            ? value.ValueKind switch
            {
                JsonValueKind.Null or JsonValueKind.Undefined => null,
                JsonValueKind.String => value.GetString(),
                _ => value.GetRawText(),
            }
            : null;
}
