using System.CommandLine;
using System.Globalization;
using Purser.Cli.Contracts;
using Purser.Cli.Hosting;
using Purser.Cli.Output;
using Purser.Cli.Quoting;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Cli.Commands;

/// <summary><c>purser prices list|quote|check|import|disagreements|audit|formats</c>: what models cost. Works without a gateway.</summary>
internal static class PricesCommand
{
    private static readonly UsageClass[] Listed =
    [
        UsageClass.Input,
        UsageClass.CacheRead,
        UsageClass.CacheWrite5m,
        UsageClass.CacheWrite1h,
        UsageClass.Output,
        UsageClass.ReasoningOutput,
    ];

    private static readonly IReadOnlyList<Column<PriceRow>> Columns =
    [
        Column.Text<PriceRow>("provider", row => row.Model.Provider),
        Column.Text<PriceRow>("model", row => row.Model.Id),
        .. Listed.Select(usageClass =>
            Column.Exact<PriceRow>(
                RateKey.Of(usageClass).Name,
                row => row.Price.Standard.Rates.Listed(usageClass) is { } rate ? Plain(rate) : null,
                inTable: usageClass is not (UsageClass.CacheWrite1h or UsageClass.ReasoningOutput)
            )
        ),
        Column.Count<PriceRow>(
            "long_context_above",
            row => row.Price.Standard.LongContext is [var tier, ..] ? tier.AboveInputTokens : null
        ),
        Column.Text<PriceRow>("other_rates", row => OtherRates(row.Price), inTable: false),
        Column.Count<PriceRow>("context_tokens", row => row.Model.ContextTokens, inTable: false),
        Column.Count<PriceRow>("max_output_tokens", row => row.Model.MaxOutputTokens, inTable: false),
        Column.Count<PriceRow>("max_seconds", row => row.Model.MaxSeconds, inTable: false),
        Column.Text<PriceRow>("start", row => Date(row.Price.Start), inTable: false),
        Column.Text<PriceRow>("end", row => Date(row.Price.End), inTable: false),
        Column.Text<PriceRow>("price_entry", row => row.Price.Entry),
        Column.Text<PriceRow>("source", row => row.Price.Source, inTable: false),
    ];

    private static readonly IReadOnlyList<Column<QuoteLine>> QuoteColumns =
    [
        Column.Text<QuoteLine>("class", line => line.Class),
        Column.Count<QuoteLine>("quantity", line => line.Quantity),
        Column.Exact<QuoteLine>("usd_per_unit", line => line.UsdPerUnit),
        Column.Text<QuoteLine>("unit", line => line.Unit),
        Column.Exact<QuoteLine>("usd", line => line.Usd),
        Column.Text<QuoteLine>("price_entry", line => line.Entry, inTable: false),
    ];

    private static readonly IReadOnlyList<Column<PriceError>> ErrorColumns =
    [
        Column.Text<PriceError>("file", error => error.File),
        Column.Count<PriceError>("line", error => error.Line),
        Column.Text<PriceError>("kind", error => error.Kind.ToString()),
        Column.Text<PriceError>("message", error => error.Message),
        Column.Text<PriceError>("suggestion", error => error.Suggestion),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var command = new Command("prices", "The price book: what models cost, and where each figure is from.");
        command.Subcommands.Add(List(context));
        command.Subcommands.Add(Quote(context));
        command.Subcommands.Add(Check(context));
        command.Subcommands.Add(PricesImportCommand.Create(context));
        command.Subcommands.Add(PricesDisagreementsCommand.Create(context));
        command.Subcommands.Add(PricesAuditCommand.Create(context));
        command.Subcommands.Add(PricesFormatsCommand.Create(context));
        return command;
    }

    /// <summary><c>--prices DIR</c>.</summary>
    public static Option<string?> PricesOption() =>
        new("--prices") { Description = "A folder of price files, or one file (default: those that come with purser)", HelpName = "dir" };

    private static Command List(CliContext context)
    {
        var prices = PricesOption();
        var provider = new Option<string?>("--provider") { Description = "Only this provider's" };
        var model = new Option<string?>("--model") { Description = "Only models whose name or alias has this in it" };
        var at = AtOption();
        var format = FormatOption.Create();
        var command = new Command("list", "List what each model costs, in dollars per million tokens.")
        {
            provider,
            model,
            at,
            prices,
            format,
        };
        command.SetAction(parsed =>
        {
            var book = PriceFiles.Load(context, parsed.GetValue(prices));
            var instant = Instant(context, parsed.GetValue(at));
            var rows = book
                .Models.Where(known => parsed.GetValue(provider) is not { } wanted || known.Provider == wanted)
                .Where(known =>
                    parsed.GetValue(model) is not { } part
                    || known.Aliases.Prepend(known.Id).Any(name => name.Contains(part, StringComparison.OrdinalIgnoreCase))
                )
                .Select(known => (Model: known, Price: known.PriceAt(instant)))
                .Where(known => known.Price is not null)
                .Select(known => new PriceRow(known.Model, known.Price!))
                .ToList();
            new Listing<PriceRow>(Columns, rows) { Empty = "No model like this has a price then." }.Write(context, parsed.GetValue(format));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Quote(CliContext context)
    {
        var (model, named) = ModelOptions();
        var bulk = new Option<string?>("--usage")
        {
            Description = "Price JSON lines {id, provider, api, model, at, usage} of a file, or - for standard input",
            HelpName = "file",
        };
        var quantities = Enum.GetValues<UsageClass>()
            .Select(usageClass => (Class: usageClass, Option: QuantityOption(usageClass)))
            .ToList();
        var terms = new TermsOptions();
        var at = AtOption();
        var contract = ContractsCommand.ContractOption();
        var state = ContractsCommand.StateOption("What was used of the contract before, as `contracts price` writes it (default: nothing)");
        var prices = PricesOption();
        var format = FormatOption.Create();
        var command = new Command("quote", "Say what a request costs: purser prices quote openai/gpt-5-mini --input 1200 --output 300.")
        {
            model,
            named,
            bulk,
            at,
            contract,
            state,
            prices,
            format,
        };
        quantities.ForEach(quantity => command.Options.Add(quantity.Option));
        terms.All.ForEach(command.Options.Add);
        command.SetAction(parsed =>
        {
            var book = PriceFiles.Load(context, parsed.GetValue(prices));
            var instant = Instant(context, parsed.GetValue(at));
            if (parsed.GetValue(bulk) is { } file)
            {
                return QuoteUsage(context, book, instant, file, Model(parsed), parsed.GetValue(contract));
            }
            var usage = new TokenUsage();
            quantities.ForEach(quantity => usage[quantity.Class] = parsed.GetValue(quantity.Option));
            var charge = ChargeOf(book, Model(parsed), usage, terms.Of(parsed, instant), instant);
            if (parsed.GetValue(contract) is { } agreed)
            {
                var under = ContractFiles.One(context, agreed, book);
                ContractsCommand.WriteSteps(context, under, parsed.GetValue(state), charge, instant, parsed.GetValue(format));
                return ExitCode.Ok;
            }
            WriteQuote(context, charge, parsed.GetValue(format));
            return ExitCode.Ok;
        });
        return command;

        string? Model(ParseResult parsed) => parsed.GetValue(model) ?? parsed.GetValue(named);
    }

    // The model may be named by an option too, as every other figure is.
    private static (Argument<string?> Model, Option<string?> Named) ModelOptions()
    {
        const string Description = "A model, or provider/model where two providers have one of this name";
        return (
            new("model") { Description = Description, Arity = ArgumentArity.ZeroOrOne },
            new("--model") { Description = Description, HelpName = "model" }
        );
    }

    private static Charge ChargeOf(PriceBook book, string? model, in TokenUsage usage, in PricingTerms terms, DateTimeOffset at)
    {
        if (usage == default)
        {
            throw CliException.Usage("there is nothing to price", "Say how much: --input 1200 --output 300.");
        }
        var price = FindPrice(book, model ?? throw NoModel, at);
        var result = PriceCalculator.Price(price, usage, terms);
        return result.Charge ?? throw CliException.Failed(result.Failure.Describe(price));
    }

    private static CliException NoModel => CliException.Usage("no model is named", "Name one, or give lines with --usage FILE.");

    private static int QuoteUsage(CliContext context, PriceBook book, DateTimeOffset now, string file, string? model, string? contract)
    {
        if (model is not null)
        {
            throw CliException.Usage("--usage takes no model: each line names its own", "Leave the model out.");
        }
        if (contract is not null)
        {
            throw CliException.Usage("--usage is priced at list prices", "`./purser contracts price` prices usage under a contract.");
        }
        try
        {
            using var input = context.OpenFile(file);
            using var output = context.OpenOutput();
            var (lines, priced) = UsageQuotes.Run(book, now, input, output);
            if (priced < lines)
            {
                context.Error.WriteLine($"purser: {lines - priced} of {lines} lines could not be priced; each says why in \"error\"");
            }
            return priced == lines ? ExitCode.Ok : ExitCode.Failed;
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage(wrong.Message, "Name a file of JSON lines, or - for standard input.");
        }
    }

    private static Command Check(CliContext context)
    {
        var prices = PricesOption();
        var format = FormatOption.Create();
        var beside = new Option<bool>("--beside-shipped")
        {
            Description = "Together with the files that come with purser, as the gateway loads the folder that purser.yml names",
        };
        var command = new Command("check", "Check price files, and show every error. Exits 1 where there is one.")
        {
            prices,
            beside,
            format,
        };
        command.SetAction(parsed =>
        {
            var folder = PriceFiles.PathOf(context, parsed.GetValue(prices));
            var (result, files) = PriceFiles.Read(folder, parsed.GetValue(beside) && folder != PriceFiles.BuiltIn);
            new Listing<PriceError>(ErrorColumns, result.Errors)
            {
                Empty = result.Book is { } book
                    ? $"{Counted(files, "file")}, {Counted(book.Models.Count, "model")}, no errors. Version {book.Version}."
                    : "",
            }.Write(context, parsed.GetValue(format));
            return result.Book is null ? ExitCode.Failed : ExitCode.Ok;
        });
        return command;
    }

    private static string Counted(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    private static Option<long> QuantityOption(UsageClass usageClass)
    {
        var name = UsageClassNames.Of(usageClass).Replace('_', '-');
        var option = new Option<long>($"--{name}")
        {
            Description =
                usageClass == UsageClass.WebSearch ? "Web searches"
                : RateKey.Of(usageClass).IsFee ? $"How many of {name.Replace('-', ' ')}, at {RateKey.Of(usageClass).Name}"
                : $"Tokens of {name.Replace('-', ' ')}",
            HelpName = "n",
        };
        if (ShortName(usageClass) is { } shorter)
        {
            option.Aliases.Add(shorter);
        }
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && long.TryParse(result.Tokens[0].Value, out var given) && given < 0)
            {
                result.AddError($"--{name} is not negative");
            }
        });
        return option;
    }

    private static string? ShortName(UsageClass usageClass) =>
        usageClass switch
        {
            UsageClass.Input => "--in",
            UsageClass.CacheRead => "--cached",
            UsageClass.Output => "--out",
            UsageClass.GeneratedImage => "--images",
            UsageClass.VideoSecond => "--seconds",
            _ => null,
        };

    private static SkuPrice FindPrice(PriceBook book, string name, DateTimeOffset at)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        // openai/gpt-5-mini is OpenAI's model, although OpenRouter has one of that whole name.
        var named = slash > 0 ? book.FindModel(name[..slash], name[(slash + 1)..]) : null;
        var found = named is not null
            ? [named]
            : book
                .Models.Select(model => model.Provider)
                .Distinct()
                .Select(provider => book.FindModel(provider, name))
                .OfType<PricedModel>()
                .ToList();
        return found.Count switch
        {
            0 => throw CliException.Failed(
                $"the price book has no model '{name}'",
                $"`./purser prices list --model {Part(name)}` shows what it has."
            ),
            1 => found[0].PriceAt(at) ?? throw CliException.Failed($"'{name}' has no price at {TimeText.Write(at)}"),
            _ => throw CliException.Usage(
                $"'{name}' is a model of several providers",
                $"Name one: {string.Join(", ", found.Select(model => $"{model.Provider}/{model.Id}"))}."
            ),
        };
    }

    private static void WriteQuote(CliContext context, Charge charge, ListingFormat format)
    {
        var lines = charge
            .Lines.Select(line => new QuoteLine(
                UsageClassNames.Of(line.Class),
                line.Quantity,
                Plain(line.UsdPerUnit),
                PriceUnits.NameOf(line.Unit),
                Plain(line.Usd),
                charge.Entry
            ))
            .ToList();
        new Listing<QuoteLine>(QuoteColumns, lines)
        {
            Total = new QuoteLine(null, null, null, null, charge.Cost.ToString(), charge.Entry),
        }.Write(context, format);
        if (format == ListingFormat.Table)
        {
            context.Out.WriteLine($"by {charge.Entry}; the sum is rounded up once, to a nano-dollar");
        }
    }

    /// <summary><c>--at TIME</c>.</summary>
    public static Option<string?> AtOption() => new("--at") { Description = "At what time (default: now)", HelpName = "time" };

    /// <summary>The instant that <c>--at</c> names, or now.</summary>
    public static DateTimeOffset Instant(CliContext context, string? at)
    {
        var now = context.Time.GetUtcNow();
        return at is null ? now : TimeText.Read(at, now, TimeText.Direction.BackToStart, "--at");
    }

    /// <summary>The rates that have no column: <c>web_search_per_call 0.01</c>, fees beside the entry too.</summary>
    private static string? OtherRates(SkuPrice price)
    {
        var others = Rates(price.Standard.Rates, "")
            .Concat(
                price
                    .Variants.OrderBy(variant => variant.Key, StringComparer.Ordinal)
                    .SelectMany(variant => Rates(variant.Value.Rates, $"{variant.Key} "))
            );
        return string.Join(", ", others) is { Length: > 0 } text ? text : null;

        static IEnumerable<string> Rates(RateSet rates, string prefix) =>
            RateKey
                .All.Where(key => !Listed.Contains(key.Class) && (rates.Listed(key.Class) ?? rates.Rate(key.Class)) > 0m)
                .Select(key => $"{prefix}{key.Name} {Plain(rates.Rate(key.Class))}");
    }

    private static string Plain(decimal amount) => amount.ToString("0.##################", CultureInfo.InvariantCulture);

    private static string? Date(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Part(string name) => name.Split('-', '/')[0];

    private sealed record PriceRow(PricedModel Model, SkuPrice Price);

    private sealed record QuoteLine(string? Class, long? Quantity, string? UsdPerUnit, string? Unit, string? Usd, string? Entry);

    /// <summary>The options that say on what terms a request is served, and what is made.</summary>
    private sealed class TermsOptions
    {
        private readonly Option<string?> tier = new("--service-tier") { Description = "batch, flex, priority, …" };
        private readonly Option<string?> geo = new("--inference-geo") { Description = "us, …" };
        private readonly Option<string?> speed = new("--speed") { Description = "fast" };
        private readonly Option<string?> size = new("--size") { Description = "Of images and videos: 1024x1024, 720p, …" };
        private readonly Option<string?> quality = new("--quality") { Description = "Of images: standard, hd, …" };
        private readonly Option<string?> sound = new("--sound") { Description = "Of videos: audio, silent" };

        public List<Option<string?>> All => [tier, geo, speed, size, quality, sound];

        public PricingTerms Of(ParseResult parsed, DateTimeOffset at) =>
            new(parsed.GetValue(tier), parsed.GetValue(geo), parsed.GetValue(speed), at)
            {
                Variant = PricingTerms.VariantOf(parsed.GetValue(size), parsed.GetValue(quality), parsed.GetValue(sound)),
            };
    }
}
