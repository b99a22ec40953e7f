using System.CommandLine;
using System.Globalization;
using Purser.Cli.Hosting;
using Purser.Cli.Output;
using Purser.Core.Pricing.Import;

namespace Purser.Cli.Commands;

/// <summary><c>purser prices disagreements</c>: where public tables and the price book say different things.</summary>
internal static class PricesDisagreementsCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var from = new Option<string[]>("--from")
        {
            Description = $"A table, {string.Join('|', PriceTableFile.Kinds.Keys)}, and a copy of it; may be given again",
            HelpName = "kind=file",
            Required = true,
        };
        var provider = new Option<string?>("--provider") { Description = "Only this provider's" };
        var model = new Option<string?>("--model") { Description = "Only models whose name has this in it" };
        var at = PricesCommand.AtOption();
        var prices = PricesCommand.PricesOption();
        var format = FormatOption.Create();
        var command = new Command("disagreements", "Show every rate of which public tables and the price book say different things.")
        {
            from,
            provider,
            model,
            at,
            prices,
            format,
        };
        command.SetAction(parsed =>
        {
            var tables = parsed.GetRequiredValue(from).Select(given => Table(context, given)).ToList();
            if (tables.GroupBy(table => table.Kind, StringComparer.Ordinal).FirstOrDefault(kind => kind.Count() > 1) is { } twice)
            {
                throw CliException.Usage($"the table of {twice.Key} is given twice", "Compare one copy of each.");
            }
            var book = PriceFiles.Load(context, parsed.GetValue(prices));
            var instant = PricesCommand.Instant(context, parsed.GetValue(at));
            var providers = parsed.GetValue(provider) is { } one ? [one] : book.Models.Select(known => known.Provider).Distinct();
            var rows = providers
                .SelectMany(name => Disagreement.Of(book, name, [.. tables.Select(table => table.File.Of(name))], instant))
                .Where(row => parsed.GetValue(model) is not { } part || row.Model.Contains(part, StringComparison.OrdinalIgnoreCase))
                .ToList();
            new Listing<Disagreement>(Columns([.. tables.Select(table => table.Kind)]), rows)
            {
                Empty = "They agree wherever two of them state a rate.",
            }.Write(context, parsed.GetValue(format));
            return ExitCode.Ok;
        });
        return command;
    }

    private static (string Kind, PriceTableFile File) Table(CliContext context, string given)
    {
        var parts = given.Split('=', 2);
        return parts is [var kind, { Length: > 0 } file]
            ? (kind, PriceTableFile.Read(kind, context.FullPath(file)))
            : throw CliException.Usage($"'{given}' is no table and its file", "Write --from litellm=FILE.");
    }

    private static List<Column<Disagreement>> Columns(IReadOnlyList<string> kinds) =>
        [
            Column.Text<Disagreement>("provider", row => row.Provider),
            Column.Text<Disagreement>("model", row => row.Model),
            Column.Text<Disagreement>("rate", row => row.Rate),
            .. kinds.Prepend("book").Select((kind, index) => Column.Exact<Disagreement>(kind, row => Plain(row.Figures[index]))),
        ];

    private static string? Plain(decimal? amount) => amount?.ToString("0.#########", CultureInfo.InvariantCulture);
}
