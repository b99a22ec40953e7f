using System.Globalization;
using System.Text.Json;
using Purser.Cli.Api;
using Purser.Cli.Hosting;
using Purser.Cli.Upstream;
using Purser.Core.Pricing;
using Purser.Routing.Evidence;
using Purser.Simulator.Skills;
using Purser.Simulator.Traffic;

namespace Purser.Cli.Day;

/// <summary>How a day is run.</summary>
/// <param name="Plan">How well models answer.</param>
/// <param name="Book">What they cost.</param>
/// <param name="Models">The models, the reference first.</param>
/// <param name="ModelFile">The file that the router learned.</param>
/// <param name="Seed">What the traffic is drawn from.</param>
/// <param name="Requests">How many requests.</param>
/// <param name="FloorPercent">The floor, in percent. <value>50 to 99.</value></param>
/// <param name="HoldoutPercent">The percentage of sessions that are held out. <value>1 to 50.</value></param>
/// <param name="Midnight">When the day begins.</param>
/// <param name="Drop">Where a model gets worse; null where none does.</param>
/// <param name="JudgePercent">The percentage of answers that are judged against the reference's. <value>0 to 100.</value></param>
internal sealed record DayOptions(
    SkillPlan Plan,
    PriceBook Book,
    IReadOnlyList<string> Models,
    string ModelFile,
    ulong Seed,
    int Requests,
    long FloorPercent,
    long HoldoutPercent,
    DateTimeOffset Midnight,
    DayDrop? Drop = null,
    long JudgePercent = 0
)
{
    /// <summary>The applications whose traffic is sent; empty for all.</summary>
    public IReadOnlyList<string> Applications { get; init; } = [];

    /// <summary>How well models answer, with what gets worse.</summary>
    public SkillPlan Skills => Drop is { } drop ? Plan with { Drops = [.. Plan.Drops, drop.Of(Midnight)] } : Plan;

    /// <summary>Which share of requests may be answered worse than the reference would.</summary>
    public double Epsilon => (100 - FloorPercent) / 100.0;
}

/// <summary>A model gets worse in one slice.</summary>
/// <param name="Model">The model, or its beginning and <c>*</c>.</param>
/// <param name="Class">The class of traffic.</param>
/// <param name="At">When in the day.</param>
/// <param name="By">How much of its skill is gone.</param>
internal sealed record DayDrop(string Model, string Class, TimeSpan At, double By)
{
    /// <summary>The drop on a day.</summary>
    public SkillDrop Of(DateTimeOffset midnight) => new(Model, By, Class, From: midnight + At);
}

/// <summary>
/// A day of mixed traffic through a gateway before simulated models of known skill, in this process but over real HTTP, with a clock that is put forward. What
/// is verified is held against what the simulator knows.
/// </summary>
internal static class DayRun
{
    // One request in fifty has a word of the person with it.
    private const int OverrideEvery = 50;
    private const double Confidence = 0.95;

    // None of those that are compared, as a judge doesn't judge its own.
    private const string Judge = "gpt-4o";

    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private static readonly Uri FreePort = new("http://127.0.0.1:0/");

    /// <summary>Runs it.</summary>
    /// <param name="options">How.</param>
    /// <param name="folder">Where the gateway keeps its data; empty.</param>
    /// <param name="done">Is told of each answer.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="CliException">It can't start, or a request wasn't answered.</exception>
    public static async Task<DayReport> RunAsync(DayOptions options, string folder, Action<long>? done, CancellationToken cancellationToken)
    {
        var world = DayWorld.Create(
            options.Skills,
            options.Book,
            options.Models,
            options.Seed,
            options.Requests,
            options.Midnight,
            options.Applications
        );
        var clock = new DayClock(options.Midnight);
        await using var simulator = await LocalSimulator.StartAsync(
            new LocalSimulatorOptions(FreePort, Skills: options.Skills, Clock: clock),
            cancellationToken
        );
        var configuration = Configuration(options, simulator.Address);
        await using var gateway = await LocalGateway.StartAsync(
            new LocalGatewayOptions(folder, FreePort, ConfigText: configuration, Clock: clock),
            cancellationToken
        );
        using var admin = new AdminClient(gateway.Address, gateway.NewAdminKey!);
        var key = await PrepareAsync(admin, cancellationToken);
        using var record = new UpstreamRecord(simulator.Address);
        using var traffic = new DayTraffic(gateway.Address, key, clock, options.Midnight, options.Models, options.Plan.Seed);
        // What is judged is so after the answer: a queue that runs over would drop it.
        Func<Task> between =
            options.JudgePercent == 0
                ? () => Task.CompletedTask
                : () => record.UntilQuietAsync(Quiet, LongestWait, TimeProvider.System, cancellationToken);
        var answers = new List<DayAnswer>();
        // A drop comes between two requests that aren't under way at once.
        foreach (var part in world.Requests.Select(request => request.Traffic).GroupBy(request => request.At >= options.Drop?.At))
        {
            answers.AddRange(await traffic.PlayAsync([.. part], request => Says(options, request), done, between, cancellationToken));
        }

        return await ReportAsync(options, world, answers, admin, record, cancellationToken);
    }

    /// <summary>What the person says of a request: mostly nothing, else <c>off</c> or a model.</summary>
    internal static string? Says(DayOptions options, TrafficRequest request) =>
        request.Number % OverrideEvery != 7 ? null
        : request.Number / OverrideEvery % (options.Models.Count + 1) is var which && which < options.Models.Count ? options.Models[which]
        : "off";

    private static string Configuration(DayOptions options, Uri simulator) =>
        LocalSimulator.Configuration(simulator)
        + $$"""
            routing:
              reference: {{options.Models[0]}}
              floor: {{options.FloorPercent}}
              model: {{options.ModelFile}}
              holdout_percent: {{options.HoldoutPercent}}
              candidates:
            {{string.Join('\n', options.Models.Skip(1).Select(model => $"    - {{ model: {model}, can: [tools, json] }}"))}}

            """
        + (
            options.JudgePercent == 0
                ? ""
                : $$"""
                      shadow: { sample_percent: {{options.JudgePercent}}, budget: { amount_usd: 100000, period: month } }
                      judge: { model: {{Judge}}, sample_percent: {{options.JudgePercent}}, budget: { amount_usd: 100000, period: month } }

                    """
        );

    private static async Task<string> PrepareAsync(AdminClient admin, CancellationToken cancellationToken)
    {
        var unlimited = new
        {
            account = "/",
            unit = "usd",
            window = "month",
            limit = "1000000",
        };
        await admin.SendAsync<BudgetView>(HttpMethod.Put, "budgets", unlimited, cancellationToken);
        const string Document = """
            organization: { name: Day, routing: on }
            accounts:
              - { path: house, kind: department }
            keys:
              - { name: house, account: house }
            """;
        var (applied, mistakes) = await admin.ApplyAsync(Document, dryRun: false, cancellationToken);
        return applied?.Keys is [var key, ..]
            ? key.Key
            : throw CliException.Failed($"the gateway refused the day's organization: {mistakes?.Message}");
    }

    private static async Task<DayReport> ReportAsync(
        DayOptions options,
        DayWorld world,
        IReadOnlyList<DayAnswer> answers,
        AdminClient admin,
        UpstreamRecord record,
        CancellationToken cancellationToken
    )
    {
        var models = options.Models.Index().ToDictionary(model => model.Item, model => model.Index);
        var unread = answers.Count(answer => answer.IsGood != world.Requests[answer.Request].Outcomes[models[answer.Model]].IsGood);
        var overridden = answers.Where(answer => answer.Said is not null).ToList();
        var unrecorded = 0;
        foreach (var answer in overridden)
        {
            var story = await admin.GetAsync<JsonElement>($"requests/{answer.Id}", cancellationToken);
            unrecorded += story.GetProperty("route").GetProperty("override").GetString() == answer.Said ? 0 : 1;
        }

        var bill = new UpstreamBill(record, new UpstreamPrices(options.Book, null));
        await bill.ReadAsync(cancellationToken);
        var spend = await admin.GetAsync<SpendView>("reports/spend?by=model", cancellationToken);
        var budgets = await admin.ListAsync<BudgetView>("budgets", cancellationToken);
        return new DayReport(
            Truth(options, world, answers, models),
            SavingEstimate.Make(Sessions(world, answers), Confidence, (int)options.Seed),
            (decimal)(world.AllOn[0].Sum() - world.Play(Of(world.Oracle(options.Epsilon))).Sum()) / answers.Count,
            unread,
            overridden.Count,
            overridden.Count(answer => answer.Model != (answer.Said == "off" ? options.Models[0] : answer.Said)),
            unrecorded,
            Usd(spend.Total!["cost_usd"].GetString()!),
            bill.Billed,
            new Money(budgets.Where(budget => budget.Unit == "usd").Sum(budget => Usd(budget.Pending ?? "0").Nanos)),
            await RevertsAsync(admin, cancellationToken),
            options.Drop
        );
    }

    private static async Task<IReadOnlyList<DayRevert>> RevertsAsync(AdminClient admin, CancellationToken cancellationToken)
    {
        var slices = await admin.GetAsync<JsonElement>("router/slices", cancellationToken);
        return
        [
            .. slices
                .GetProperty("data")
                .EnumerateArray()
                .Where(slice => slice.GetProperty("stage").GetString() == "reverted")
                .Select(slice =>
                {
                    var record = slice.GetProperty("record");
                    return new DayRevert(
                        slice.GetProperty("class").GetString()!,
                        slice.GetProperty("model").GetString()!,
                        record.GetProperty("at").GetDateTimeOffset(),
                        record.GetProperty("since").GetDateTimeOffset(),
                        record.GetProperty("evaluations").GetInt64(),
                        record.GetProperty("quality").GetDouble(),
                        record.GetProperty("leaked").GetInt64()
                    );
                }),
        ];
    }

    /// <summary>How what was routed did; what is held out or overridden isn't the router's doing.</summary>
    private static DayScore Truth(DayOptions options, DayWorld world, IReadOnlyList<DayAnswer> answers, Dictionary<string, int> models)
    {
        var routed = answers.Where(answer => !answer.IsHeldOut && answer.Said is null).Select(answer => answer.Request).ToHashSet();
        var choice = answers.Select(answer => models[answer.Model]).ToArray();
        return world.Score("router", choice, options.Epsilon, routed);
    }

    private static List<SessionCost> Sessions(DayWorld world, IReadOnlyList<DayAnswer> answers) =>
        [
            .. answers
                .GroupBy(answer => world.Requests[answer.Request].Traffic.Session)
                .Select(session => new SessionCost(
                    session.Any(answer => answer.IsHeldOut),
                    session.Sum(answer => answer.Cost.Nanos),
                    session.Count(),
                    session.Sum(answer => world.AllOn[0][answer.Request])
                )),
        ];

    private static Func<DayRequest, int> Of(int[] choice) => request => choice[request.Traffic.Number];

    private static Money Usd(string text) => Money.FromUsdRoundedUp(decimal.Parse(text, CultureInfo.InvariantCulture));
}
