using System.CommandLine;
using System.Globalization;
using Purser.Cli.Hosting;
using Purser.Cli.Output;
using Purser.Core.Pricing;
using Purser.Core.Pricing.Import;

namespace Purser.Cli.Commands;

/// <summary><c>purser prices import</c>: takes prices over from a public table, after showing what would change.</summary>
internal static class PricesImportCommand
{
    private static readonly IReadOnlyList<Column<ImportLine>> Columns =
    [
        Column.Text<ImportLine>("model", line => line.Model),
        Column.Text<ImportLine>("state", line => StateName(line.State)),
        Column.Text<ImportLine>("rate", line => line.Rate),
        Column.Exact<ImportLine>("book", line => Plain(line.InBook)),
        Column.Exact<ImportLine>("table", line => Plain(line.InTable)),
        Column.Text<ImportLine>("start", line => Date(line)),
        Column.Text<ImportLine>("why", line => line.Why),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var options = new Options();
        var command = new Command("import", "Take prices over from a public table: shows what would change, and writes it with --apply.")
        {
            options.File,
            options.From,
            options.Provider,
            options.Model,
            options.To,
            options.Start,
            options.Source,
            options.Apply,
            options.Prices,
            options.Format,
        };
        command.SetAction((parsed, _) => ImportAsync(context, parsed, options));
        return command;
    }

    private static async Task<int> ImportAsync(CliContext context, ParseResult parsed, Options options)
    {
        var provider = parsed.GetRequiredValue(options.Provider);
        var kind = parsed.GetRequiredValue(options.From);
        var (prices, to) = (parsed.GetValue(options.Prices), parsed.GetValue(options.To) ?? parsed.GetValue(options.Prices));
        var apply = parsed.GetValue(options.Apply);
        if (apply && to is null)
        {
            throw CliException.Usage("nobody said where to write", "Say in which folder of price files with --to DIR.");
        }

        var file = context.FullPath(parsed.GetRequiredValue(options.File));
        var target = to is null ? null : Target(context.FullPath(to), provider);
        var now = context.Time.GetUtcNow();
        DateTimeOffset? start = parsed.GetValue(options.Start) is { } given
            ? TimeText.Read(given, now, TimeText.Direction.BackToStart, "--start")
            : null;
        var plan = await Terminal.WithProgressAsync(
            context,
            $"Comparing {Path.GetFileName(file)} with the price book",
            total: 3,
            done =>
            {
                var table = PriceTableFile.Read(kind, file, parsed.GetValue(options.Source)).Of(provider);
                if (table is { Models.Count: 0, Refused.Count: 0 })
                {
                    throw CliException.Failed($"{file} has no models of '{provider}'", "Use the provider's name in the price book.");
                }

                done(1);
                var book = Book(PriceFiles.PathOf(context, prices), to is null ? null : context.FullPath(to));
                done(1);
                var compared = ImportPlan.Of(book, Only(table, parsed.GetValue(options.Model)), now, start);
                done(1);
                return Task.FromResult(compared);
            }
        );

        var format = parsed.GetValue(options.Format);
        new Listing<ImportLine>(Columns, plan.Lines) { Empty = "The table has no such model." }.Write(context, format);
        var written = apply && Write(target!, provider, plan);
        if (format == ListingFormat.Table)
        {
            Summarize(
                context,
                plan,
                written ? $"wrote {target}"
                    : apply ? "there was nothing to write"
                    : "nothing was written; --apply writes"
            );
        }
        return ExitCode.Ok;
    }

    private static PriceTable Only(PriceTable table, string? part) =>
        part is null
            ? table
            : new(
                [
                    .. table.Models.Where(model =>
                        model.Aliases.Prepend(model.Id).Any(name => name.Contains(part, StringComparison.OrdinalIgnoreCase))
                    ),
                ],
                [.. table.Refused.Where(refused => refused.Model.Contains(part, StringComparison.OrdinalIgnoreCase))]
            );

    private static string Target(string to, string provider)
    {
        // A provider's name becomes a file's.
        if (
            provider.Length == 0
            || provider.Any(character => !char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_' or '.'))
            || provider[0] == '.'
        )
        {
            throw CliException.Usage($"'{provider}' can't be the name of a price file", "Use letters, digits, '-', '_' and '.'.");
        }
        return File.Exists(to) ? to : Path.Combine(PriceFiles.Folder(to), $"{provider}.yml");
    }

    // The files that are imported into are loaded after the others, as `purser up --prices DIR` does.
    private static PriceBook? Book(string prices, string? to)
    {
        var files = PriceFiles.Names(prices).Concat(to is null ? [] : PriceFiles.Names(to)).Distinct(StringComparer.Ordinal).ToList();
        if (files.Count == 0)
        {
            return null;
        }
        var result = PriceBook.Parse([.. files.Select(PriceFiles.Text)]);
        return result.Book
            ?? throw CliException.Usage(
                $"the price book has errors; the first: {result.Errors[0]}",
                "`./purser prices check` shows them all."
            );
    }

    private static bool Write(string target, string provider, ImportPlan plan)
    {
        if (plan.NewModels.Count == 0 && plan.NewPrices.Count == 0)
        {
            return false;
        }
        var before = PriceFiles.Text(target);
        if (plan.NewPrices.Count > 0 && before.Text.Length == 0)
        {
            throw CliException.Failed(
                $"{plan.NewPrices[0].Model} is in another file than {target}; nothing was written",
                "Import into the folder that has the provider's file, with --to DIR."
            );
        }
        var edit = PriceFileEdit.Add(before, provider, plan.NewModels, plan.NewPrices);
        var text = edit.Text ?? throw CliException.Failed($"{edit.Error}; nothing was written");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var beside = $"{target}.new";
        File.WriteAllText(beside, text);
        File.Move(beside, target, overwrite: true);
        return true;
    }

    private static void Summarize(CliContext context, ImportPlan plan, string outcome)
    {
        int Models(ImportState state) => plan.Lines.Where(line => line.State == state).Select(line => line.Model).Distinct().Count();
        var refused = plan.Lines.Count(line => line.State == ImportState.Refused);
        context.Out.WriteLine(
            $"models: {Models(ImportState.New)} new, {Models(ImportState.Changed)} changed, {Models(ImportState.Same)} the same; figures refused: {refused}"
        );
        if (plan.WithoutStart.Count > 0)
        {
            context.Out.WriteLine(
                $"{plan.WithoutStart.Count} changed models have no start: they are written only where --start says since when the new rates hold"
            );
        }
        context.Out.WriteLine(outcome);
    }

    private static string StateName(ImportState state) =>
        state switch
        {
            ImportState.New => "new",
            ImportState.Changed => "changed",
            ImportState.Same => "same",
            _ => "refused",
        };

    private static string? Date(ImportLine line) =>
        line.State is ImportState.Same or ImportState.Refused ? null
        : line.Start is { } start ? start.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
        : "unknown";

    private static string? Plain(decimal? amount) => amount?.ToString("0.#########", CultureInfo.InvariantCulture);

    private sealed class Options
    {
        public Argument<string> File { get; } = new("file") { Description = "A copy of the table, as JSON" };

        public Option<string> From { get; } =
            new("--from")
            {
                Description = "Whose table it is",
                HelpName = string.Join('|', PriceTableFile.Kinds.Keys),
                Required = true,
            };

        public Option<string> Provider { get; } =
            new("--provider")
            {
                Description = "The provider, as the price book names it",
                HelpName = "name",
                Required = true,
            };

        public Option<string?> Model { get; } = new("--model") { Description = "Only models whose name or alias has this in it" };

        public Option<string?> To { get; } =
            new("--to") { Description = "The folder of price files to write to (default: that of --prices)", HelpName = "dir" };

        public Option<string?> Start { get; } =
            new("--start")
            {
                Description = "Since when rates hold that differ from the book's and that the table has no date for",
                HelpName = "time",
            };

        public Option<string?> Source { get; } =
            new("--source") { Description = "What each price says as its source (default: the table and the file's name)" };

        public Option<bool> Apply { get; } = new("--apply") { Description = "Write what is new and what has changed" };

        public Option<string?> Prices { get; } = PricesCommand.PricesOption();

        public Option<ListingFormat> Format { get; } = FormatOption.Create();
    }
}
