using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Purser.Cli.Api;
using Purser.Cli.Hosting;
using Purser.Cli.Output;
using Purser.Cli.Replay;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Cli.Commands;

/// <summary><c>purser replay FILE</c>: drives a real trace through a running gateway, and compares everyone's books at the end.</summary>
internal static class ReplayCommand
{
    private const int ShownDifferences = 20;
    private static readonly TimeSpan SettleWithin = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(200);

    private static readonly IReadOnlyList<Column<Side>> Columns =
    [
        Column.Text<Side>("side", side => side.Name),
        Column.Count<Side>("requests", side => side.Totals.Requests),
        Column.Count<Side>("input_tokens", side => side.Totals.Input),
        Column.Count<Side>("cached_input_tokens", side => side.KnowsCost ? side.Totals.Cached : null),
        Column.Count<Side>("output_tokens", side => side.Totals.Output),
        Column.Exact<Side>("cost_usd", side => side.KnowsCost ? side.Totals.Cost.ToString() : null),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var options = new Options();
        var command = new Command(
            "replay",
            "Drive a trace (Azure or Mooncake format) through the gateway, then compare what was asked, served and billed. Exits 1 on any difference."
        )
        {
            options.File,
            options.Key,
            options.Simulator,
            options.Speed,
            options.Limit,
            options.Model,
            options.Parallel,
            options.Prices,
            options.Format,
        };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction((parsed, cancellationToken) => RunAsync(context, options, admin, parsed, cancellationToken));
        return command;
    }

    // Steps: 1. read the trace and make sure that all three books can be read; 2. send it; 3. wait until the ledger has settled;
    // 4. compare.
    private static async Task<int> RunAsync(
        CliContext context,
        Options options,
        AdminOptions admin,
        ParseResult parsed,
        CancellationToken cancellationToken
    )
    {
        // Step 1: everything that can be wrong is wrong before the first request.
        var rows = ReadTrace(context, parsed.GetRequiredValue(options.File), parsed.GetValue(options.Limit));
        var speed = Options.ReadSpeed(parsed.GetRequiredValue(options.Speed));
        var model = parsed.GetRequiredValue(options.Model);
        var book = PriceFiles.Load(context, parsed.GetValue(options.Prices));
        var key =
            parsed.GetValue(options.Key)
            ?? context.Variable("PURSER_KEY")
            ?? throw CliException.Usage(
                "replay needs a key to call the gateway with",
                "Pass --key KEY or set PURSER_KEY; `./purser keys create` makes one."
            );
        using var client = admin.Connect(parsed);
        await client.GetAsync<StatusView>("status", cancellationToken);
        using var simulator = new SimulatorRecord(AdminOptions.ReadAddress(parsed.GetRequiredValue(options.Simulator), "--simulator"));
        var since = await simulator.LastLineAsync(cancellationToken);

        // Step 2: send.
        var requests = new ReplayRequest(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4)), model);
        using var run = new ReplayRun(client.Gateway, key, requests, context.Time);
        var started = context.Time.GetUtcNow();
        var answers = await Terminal.WithProgressAsync(
            context,
            "replaying",
            rows.Count,
            step =>
                speed is { } times
                    ? run.SendOnTimeAsync(rows, times, step, cancellationToken)
                    : run.SendAtOnceAsync(rows, parsed.GetValue(options.Parallel), step, cancellationToken)
        );
        var took = context.Time.GetUtcNow() - started;

        // Steps 3 and 4: settle, compare.
        var served = await simulator.ReadAsync(since, requests, cancellationToken);
        var ledger = await SettledAsync(context, client, started, requests, rows.Count, cancellationToken);
        var comparison = new ReplayComparison(
            rows,
            answers,
            served,
            ledger,
            (provider, name, at, usage) => Price(book, provider, name, at, usage)
        );
        return Write(context, comparison, run, took, parsed.GetValue(options.Format));
    }

    private static IReadOnlyList<TraceRow> ReadTrace(CliContext context, string file, int limit)
    {
        var path = context.FullPath(file);
        if (!File.Exists(path))
        {
            throw CliException.Usage($"there is no file {path}");
        }

        using var reader = File.OpenText(path);
        try
        {
            var rows = TraceReader.Read(reader, limit);
            return rows.Count > 0 ? rows : throw CliException.Usage($"{path} has no rows");
        }
        catch (FormatException error)
        {
            throw CliException.Usage(
                $"{path}: {error.Message}",
                "replay reads the Azure format (TIMESTAMP,ContextTokens,GeneratedTokens) and Mooncake's."
            );
        }
    }

    // A request is settled a moment after its last byte was relayed.
    private static async Task<IReadOnlyList<LedgerRequest>> SettledAsync(
        CliContext context,
        AdminClient client,
        DateTimeOffset since,
        ReplayRequest requests,
        int expected,
        CancellationToken cancellationToken
    )
    {
        var waited = context.Time.GetTimestamp();
        while (true)
        {
            var ledger = new List<LedgerRequest>(expected);
            // A little earlier: the gateway's clock may be another machine's.
            await foreach (var line in client.LinesAsync($"events?from={TimeText.Write(since.AddMinutes(-1))}", cancellationToken))
            {
                using (line)
                {
                    if (LedgerRequest.Read(line.RootElement, requests) is { } request)
                    {
                        ledger.Add(request);
                    }
                }
            }

            if (ledger.Count >= expected || context.Time.GetElapsedTime(waited) > SettleWithin)
            {
                return ledger;
            }

            await Task.Delay(AskAgainAfter, context.Time, cancellationToken);
        }
    }

    private static Money? Price(PriceBook book, string provider, string model, DateTimeOffset at, TokenUsage usage)
    {
        // A provider may have any name in purser.yml; the book knows them by their own.
        var known = book.FindModel(provider, model) ?? book.FindModel("openai", model);
        return known?.PriceAt(at) is { } price ? PriceCalculator.Price(price, usage, new PricingTerms(At: at)).Charge?.Cost : null;
    }

    private static int Write(CliContext context, ReplayComparison comparison, ReplayRun run, TimeSpan took, ListingFormat format)
    {
        var sides = new List<Side>
        {
            new("asked", comparison.Asked, false),
            new("served", comparison.Served, true),
            new("billed", comparison.Billed, true),
        };
        new Listing<Side>(Columns, sides).Write(context, format);
        var late =
            run.MostLate > TimeSpan.Zero
                ? string.Create(CultureInfo.InvariantCulture, $", latest {run.MostLate.TotalMilliseconds:0} ms after its time")
                : "";
        context.Error.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{comparison.Requests} requests in {took.TotalSeconds:0.0} s, at most {run.MostInFlight} at once{late}; {comparison.Answered} answered, {comparison.Refused} refused"
            )
        );
        foreach (var difference in comparison.Differences.Take(ShownDifferences))
        {
            context.Error.WriteLine($"  {Printable.Line(difference)}");
        }

        if (comparison.Differences.Count == 0)
        {
            context.Error.WriteLine("0 differences between asked, served and billed.");
            return ExitCode.Ok;
        }

        var more =
            comparison.Differences.Count > ShownDifferences
                ? $" (the first {ShownDifferences} of {comparison.Differences.Count} are above)"
                : "";
        throw CliException.Failed($"{comparison.DifferingRequests} of {comparison.Requests} requests differ{more}");
    }

    private sealed record Side(string Name, ReplayTotals Totals, bool KnowsCost);

    private sealed class Options
    {
        public Argument<string> File { get; } = new("file") { Description = "The trace" };

        public Option<string?> Key { get; } = new("--key") { Description = "The key to call the gateway with (or PURSER_KEY)" };

        public Option<string> Simulator { get; } =
            new("--simulator")
            {
                Description = "The simulator behind the gateway",
                HelpName = "url",
                DefaultValueFactory = _ => SimulateCommand.DefaultAddress,
            };

        public Option<string> Speed { get; } =
            new("--speed")
            {
                Description = "How many times faster than the trace (1x, 60x), or max: as fast as --parallel allows",
                HelpName = "60x|max",
                DefaultValueFactory = _ => "max",
            };

        public Option<int> Limit { get; } =
            new("--limit")
            {
                Description = "Only the first rows",
                HelpName = "n",
                DefaultValueFactory = _ => int.MaxValue,
            };

        public Option<string> Model { get; } =
            new("--model") { Description = "The model to ask for", DefaultValueFactory = _ => "gpt-5-mini" };

        public Option<int> Parallel { get; } =
            new("--parallel")
            {
                Description = "With --speed max: how many requests at once",
                HelpName = "n",
                DefaultValueFactory = _ => 32,
            };

        public Option<string?> Prices { get; } = PricesCommand.PricesOption();

        public Option<ListingFormat> Format { get; } = FormatOption.Create();

        public Options()
        {
            AtLeastOne(Limit);
            AtLeastOne(Parallel);
        }

        public static double? ReadSpeed(string text)
        {
            if (text == "max")
            {
                return null;
            }

            var digits = text.EndsWith('x') ? text[..^1] : text;
            return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var speed) && speed > 0
                ? speed
                : throw CliException.Usage($"--speed is max or a factor like 60x, not '{text}'");
        }

        private static void AtLeastOne(Option<int> option) =>
            option.Validators.Add(result =>
            {
                if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var given) && given < 1)
                {
                    result.AddError($"{option.Name} is at least 1");
                }
            });
    }
}
