using System.CommandLine;
using System.Globalization;
using Purser.Cli.Hammer;
using Purser.Cli.Hosting;
using Purser.Cli.Output;
using Purser.Cli.Upstream;
using Purser.Core.Pricing;

namespace Purser.Cli.Commands;

/// <summary><c>purser hammer URL</c>: drives any OpenAI-compatible gateway at its own limit, and says by how much it overspends.</summary>
internal static class HammerCommand
{
    /// <summary>Where the counting upstream listens unless told otherwise.</summary>
    public const int DefaultUpstreamPort = 4210;

    // Once so many times the budget is spent, nothing will stop it.
    private const int NoLimitAt = 3;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan QuietWithin = TimeSpan.FromMinutes(2);

    private static readonly IReadOnlyList<Column<HammerResult>> Columns =
    [
        Column.Count<HammerResult>("sent", result => result.Tally.Sent),
        Column.Count<HammerResult>("served", result => result.Tally[HammerOutcome.Served]),
        Column.Count<HammerResult>("refused", result => result.Tally[HammerOutcome.Refused]),
        Column.Text<HammerResult>("refused_by_status", result => result.Tally.RefusedByStatus),
        Column.Count<HammerResult>("failed", result => result.Tally[HammerOutcome.Failed]),
        Column.Count<HammerResult>("left", result => result.Tally[HammerOutcome.Left]),
        Column.Count<HammerResult>("billed_requests", result => result.Bill.Requests),
        Column.Count<HammerResult>("billed_cut", result => result.Bill.Cut, inTable: false),
        Column.Exact<HammerResult>("billed_usd", result => result.Bill.Billed.ToString()),
        Column.Exact<HammerResult>("budget_usd", result => result.Budget.ToString()),
        Column.Exact<HammerResult>("overspend_usd", result => result.Overspend.ToString()),
        Column.Exact<HammerResult>("overspend_percent", result => result.OverspendPercent),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var options = new HammerOptions();
        var command = new Command(
            "hammer",
            "Drive any OpenAI-compatible gateway at its own budget, and show by how much it overspends. Exits 5 where it does."
        )
        {
            options.Url,
            options.Key,
            options.Budget,
            options.Parallel,
            options.Model,
            options.Requests,
            options.MaxTokens,
            options.Disconnects,
            options.UpstreamPort,
            options.UpstreamAddress,
            options.Latency,
            options.BillAfterCancel,
            options.Thinking,
            options.InputRate,
            options.OutputRate,
            options.Prices,
            options.Seed,
            options.Format,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(context, options, parsed, cancellationToken));
        return command;
    }

    // Steps: 1. read what is asked; 2. start the upstream; 3. see that the gateway asks this upstream; 4. hammer until refusals dominate;
    // 5. wait until the upstream is quiet; 6. compare its bill with the budget.
    private static async Task<int> RunAsync(
        CliContext context,
        HammerOptions options,
        ParseResult parsed,
        CancellationToken cancellationToken
    )
    {
        // Step 1: what is wrong is wrong before the first request.
        var load = options.ReadLoad(parsed, context);
        var budget = options.ReadBudget(parsed);
        var prices = options.ReadPrices(parsed, context);

        var folder = Directory.CreateTempSubdirectory("purser-hammer-").FullName;
        try
        {
            // Step 2: everything that it serves is in its file, however many that is.
            var listen = new Uri($"http://{parsed.GetRequiredValue(options.UpstreamAddress)}:{parsed.GetValue(options.UpstreamPort)}");
            await using var upstream = await LocalSimulator.StartAsync(
                new LocalSimulatorOptions(
                    listen,
                    load.Seed,
                    parsed.GetValue(options.Latency),
                    Record: Path.Combine(folder, "upstream.ndjson"),
                    BillAfterCancel: SimulateCommand.ReadBillAfterCancel(parsed, options.BillAfterCancel),
                    Thinking: parsed.GetValue(options.Thinking)
                ),
                cancellationToken
            );
            using var record = new UpstreamRecord(new Uri($"http://127.0.0.1:{upstream.Address.Port}"));
            var bill = new UpstreamBill(record, prices);
            using var traffic = new HammerTraffic(load, context.Time);

            // Steps 3 to 5.
            await ReachAsync(load, traffic, record, upstream.Address, cancellationToken);
            await HammerAsync(context, load, traffic, bill, budget, cancellationToken);
            if (!await record.UntilQuietAsync(Quiet, QuietWithin, context.Time, cancellationToken))
            {
                throw CliException.Failed($"the upstream was still busy {QuietWithin.TotalMinutes:0} minutes after the last request");
            }

            await bill.ReadAsync(cancellationToken);

            // Step 6.
            var result = new HammerResult(traffic.Tally, bill, budget, traffic.RefusalsDominate);
            return Write(context, result, parsed.GetValue(options.Format));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task ReachAsync(
        HammerLoad load,
        HammerTraffic traffic,
        UpstreamRecord record,
        Uri upstream,
        CancellationToken cancellationToken
    )
    {
        var first = await traffic.FirstAsync(cancellationToken);
        if ((await record.StateAsync(cancellationToken)).LastSeq > 0)
        {
            return;
        }

        var pointing =
            $"In the gateway's configuration, make http://{upstream.Authority}/v1 the base URL of the provider of {load.Model}, with any API key.";
        throw first switch
        {
            { Outcome: HammerOutcome.Failed } => new CliException(
                ExitCode.Unreachable,
                $"no answer from {load.Endpoint}: {first.Text}",
                "Is the gateway running there? The URL is the one that its OpenAI clients use, such as http://127.0.0.1:4100/v1."
            ),
            { Status: 401 or 403 } => new CliException(
                ExitCode.NotAuthorized,
                $"the gateway refused the key: {first.Status} {first.Text}",
                "--key is a key of the gateway's, as its clients have it."
            ),
            { Outcome: HammerOutcome.Served } => CliException.Failed("the gateway answered without asking the upstream", pointing),
            _ => CliException.Failed(
                $"the gateway refused the first request, before any money was spent: {first.Status} {first.Text}",
                $"The key's budget must be unspent. {pointing}"
            ),
        };
    }

    private static async Task HammerAsync(
        CliContext context,
        HammerLoad load,
        HammerTraffic traffic,
        UpstreamBill bill,
        Money budget,
        CancellationToken cancellationToken
    ) =>
        await Terminal.WithProgressAsync(
            context,
            "hammering",
            load.Requests,
            async step =>
            {
                var running = traffic.RunAsync(step, cancellationToken);
                using var timer = new PeriodicTimer(LookEvery, context.Time);
                while (await Task.WhenAny(running, timer.WaitForNextTickAsync(cancellationToken).AsTask()) != running)
                {
                    await bill.ReadAsync(cancellationToken);
                    if (bill.Billed.Nanos / NoLimitAt >= budget.Nanos)
                    {
                        traffic.Stop();
                    }
                }

                await running;
                return true;
            }
        );

    private static int Write(CliContext context, HammerResult result, ListingFormat format)
    {
        new Listing<HammerResult>(Columns, [result]).Write(context, format);
        if (result.Tally.LastRefusal is { } refusal)
        {
            context.Error.WriteLine($"The last refusal: {refusal.Status} {Printable.Line(refusal.Text ?? "")}");
        }

        if (result.Overspend > Money.Zero)
        {
            throw new CliException(
                ExitCode.Overspent,
                $"overspent by {Usd.Show(result.Overspend.ToString())} ({result.OverspendPercent} %): the upstream billed {Usd.Show(result.Bill.Billed.ToString())} on a budget of {Usd.Show(result.Budget.ToString())}"
            );
        }

        if (!result.RefusalsDominate)
        {
            throw CliException.Failed(
                $"the limit was not reached: {Usd.Show(result.Bill.Billed.ToString())} of {Usd.Show(result.Budget.ToString())} was spent, so this shows nothing",
                "Send more (--requests), or give the key a smaller budget and say so with --budget."
            );
        }

        context.Error.WriteLine(
            $"0 overspent: the upstream billed {Usd.Show(result.Bill.Billed.ToString())} on a budget of {Usd.Show(result.Budget.ToString())}, and the gateway refused the rest."
        );
        return ExitCode.Ok;
    }

    private sealed record HammerResult(HammerTally Tally, UpstreamBill Bill, Money Budget, bool RefusalsDominate)
    {
        public Money Overspend => Bill.Billed > Budget ? Bill.Billed - Budget : Money.Zero;

        // Up, so that no overspend reads as none.
        public string OverspendPercent =>
            (decimal.Ceiling(Overspend.Usd / Budget.Usd * 10_000m) / 100m).ToString("0.00", CultureInfo.InvariantCulture);
    }
}
