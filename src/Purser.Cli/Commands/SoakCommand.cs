using System.CommandLine;
using System.Globalization;
using Purser.Cli.Api;
using Purser.Cli.Hosting;
using Purser.Cli.Output;
using Purser.Cli.Soak;
using Purser.Cli.Upstream;
using Purser.Core.Pricing;

namespace Purser.Cli.Commands;

/// <summary><c>purser soak</c>: a gateway under load is killed again and again; at the end its ledger is held against the provider's books.</summary>
internal static class SoakCommand
{
    private const int ShownProblems = 20;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan QuietWithin = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan SettledWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(200);

    private static readonly IReadOnlyList<Column<SoakKind>> Columns =
    [
        Column.Text<SoakKind>("kind", kind => kind.Kind),
        Column.Count<SoakKind>("entries", kind => kind.Entries),
        Column.Exact<SoakKind>("posted_usd", kind => kind.Posted.ToString()),
        Column.Exact<SoakKind>("billed_usd", kind => kind.Billed.ToString()),
        Column.Exact<SoakKind>("above_usd", kind => kind.Above.ToString()),
        Column.Exact<SoakKind>("below_usd", kind => kind.Below.ToString()),
        Column.Count<SoakKind>("entries_below", kind => kind.EntriesBelow),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var options = new SoakOptions();
        var command = new Command(
            "soak",
            "Kill a gateway under load again and again, then hold its ledger against what the provider billed. Exits 1 on any difference."
        )
        {
            options.Minutes,
            options.KillEvery,
            options.Connections,
            options.Disconnects,
            options.Fault,
            options.Latency,
            options.BillAfterCancel,
            options.Thinking,
            options.Seed,
            options.Format,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var plan = options.Read(parsed);
                var folder = Directory.CreateTempSubdirectory("purser-soak-").FullName;
                try
                {
                    await RunAsync(context, plan, folder, parsed.GetValue(options.Format), cancellationToken);
                }
                catch
                {
                    context.Error.WriteLine($"The ledger and the provider's record are kept: {folder}");
                    throw;
                }

                Directory.Delete(folder, recursive: true);
                return ExitCode.Ok;
            }
        );
        return command;
    }

    // Steps: 1. start a simulator and a gateway; 2. make an organization; 3. send, and kill; 4. wait until all is quiet and settled;
    // 5. read both books; 6. stop the gateway and verify the ledger; 7. compare.
    private static async Task RunAsync(
        CliContext context,
        SoakPlan plan,
        string folder,
        ListingFormat format,
        CancellationToken cancellationToken
    )
    {
        // Steps 1 and 2.
        await using var stage = await SoakStage.StartAsync(folder, plan.Simulate, context.Time, cancellationToken);
        using var first = new AdminClient(stage.Gateway, stage.AdminKey);
        var keys = await SoakOrganization.CreateAsync(first, cancellationToken);

        // Step 3.
        using var traffic = new SoakTraffic(stage, keys, plan.Seed, plan.Disconnects, context.Time);
        var kills = await SendAndKillAsync(context, plan, stage, traffic, cancellationToken);

        // Step 4.
        using var record = new UpstreamRecord(stage.Simulator);
        if (!await record.UntilQuietAsync(Quiet, QuietWithin, context.Time, cancellationToken))
        {
            throw CliException.Failed($"the simulator was still busy {QuietWithin.TotalMinutes:0} minutes after the last request");
        }

        using var admin = new AdminClient(stage.Gateway, stage.AdminKey);
        var open = await OpenAsync(context, admin, cancellationToken);

        // Step 5.
        var calls = new List<UpstreamCall>();
        await foreach (var call in record.CallsAsync(0, cancellationToken))
        {
            calls.Add(call);
        }

        var audit = new SoakAudit(
            await SoakLedger.ReadAsync(admin, cancellationToken),
            calls,
            (await admin.ListAsync<BudgetView>("budgets", cancellationToken)).Where(budget => budget.Unit == "usd"),
            new UpstreamPrices(PriceFiles.Load(PriceFiles.BuiltIn), null)
        );

        // Step 6.
        var exit = await stage.StopGatewayAsync(cancellationToken);
        var verified = await DataFolder.VerifyLedgerAsync(stage.Data, _ => { }, cancellationToken);

        // Step 7.
        new Listing<SoakKind>(Columns, audit.Kinds).Write(context, format);
        WriteSummary(context, plan, audit, traffic.Seen, kills, calls.Count);
        Conclude(context, [.. Problems(audit, open, exit, verified.Problems)], $"{kills} kills (seed {plan.Seed})");
    }

    private static void Conclude(CliContext context, IReadOnlyList<string> problems, string after)
    {
        foreach (var problem in problems.Take(ShownProblems))
        {
            context.Error.WriteLine($"  {Printable.Line(problem)}");
        }

        if (problems.Count > 0)
        {
            throw CliException.Failed($"{problems.Count} {(problems.Count == 1 ? "problem" : "problems")} after {after}");
        }

        context.Error.WriteLine(
            "0 overspent, 0 lost, 0 reservations left open, 0 nano-dollars of difference in confirmed entries; the ledger verifies."
        );
    }

    private static async Task<int> SendAndKillAsync(
        CliContext context,
        SoakPlan plan,
        SoakStage stage,
        SoakTraffic traffic,
        CancellationToken cancellationToken
    ) =>
        await Terminal.WithProgressAsync(
            context,
            "soaking",
            (long)plan.Length.TotalSeconds,
            async step =>
            {
                using var stop = new CancellationTokenSource(plan.Length, context.Time);
                var sending = traffic.RunAsync(plan.Connections, stop.Token, cancellationToken);
                var kills = 0;
                using var timer = new PeriodicTimer(plan.KillEvery, context.Time);
                while (
                    await Task.WhenAny(sending, timer.WaitForNextTickAsync(cancellationToken).AsTask()) != sending
                    && !stop.IsCancellationRequested
                )
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    await stage.KillAndRestartAsync(cancellationToken);
                    kills++;
                    step((long)plan.KillEvery.TotalSeconds);
                }

                await sending;
                return kills;
            }
        );

    private static async Task<long> OpenAsync(CliContext context, AdminClient admin, CancellationToken cancellationToken)
    {
        var started = context.Time.GetTimestamp();
        while (true)
        {
            var open = (await admin.GetAsync<StatusView>("status", cancellationToken)).Journal?.OpenReservations ?? 0;
            if (open == 0 || context.Time.GetElapsedTime(started) > SettledWithin)
            {
                return open;
            }

            await Task.Delay(AskAgainAfter, context.Time, cancellationToken);
        }
    }

    private static void WriteSummary(CliContext context, SoakPlan plan, SoakAudit audit, SoakSeen seen, int kills, int attempts)
    {
        context.Error.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{plan.Length.TotalSeconds:0} s, {plan.Connections} connections, {kills} kills: {seen.Sent} sent, {seen.Answered} answered, {seen.Refused} refused, {seen.Left} left, {seen.Broken} broken off; {attempts} attempts reached the provider."
            )
        );
        foreach (var budget in audit.Budgets)
        {
            context.Error.WriteLine(
                $"  budget {budget.Scope}: limit {Usd.Show(budget.Limit.ToString())}, posted {Usd.Show(budget.Posted.ToString())}, billed {Usd.Show(budget.Billed.ToString())}, overspend {Usd.Show(budget.Overspend.ToString())}"
            );
        }
    }

    private static IEnumerable<string> Problems(SoakAudit audit, long open, int? exit, IReadOnlyList<string> ledger)
    {
        foreach (var budget in audit.Budgets.Where(budget => budget.Overspend > Money.Zero))
        {
            yield return $"budget {budget.Scope}: overspent by {Usd.Show(budget.Overspend.ToString())}";
        }

        foreach (var (call, cost) in audit.Lost)
        {
            yield return $"lost: {call.ClientRequestId} was billed {Usd.Show(cost.ToString())} ({call.Outcome}) and is not in the ledger";
        }

        foreach (var (entry, billed) in audit.Wrong)
        {
            var kind =
                entry.Unconfirmed ? "unconfirmed"
                : entry.Estimated ? "estimated"
                : "confirmed";
            yield return $"{entry.Id} ({kind}, {entry.Outcome}): posted {Usd.Show(entry.Cost.ToString())}, billed {Usd.Show(billed.ToString())}";
        }

        if (open > 0)
        {
            yield return $"{open} reservations are left open";
        }

        if (audit.Anonymous > 0)
        {
            yield return $"{audit.Anonymous} requests reached the provider without an id";
        }

        if (audit.Twice > 0)
        {
            yield return $"{audit.Twice} attempts are in the ledger more than once";
        }

        if (exit is not (0 or null))
        {
            yield return $"the gateway's last exit code is {exit}";
        }

        foreach (var problem in ledger)
        {
            yield return $"ledger: {problem}";
        }
    }
}
