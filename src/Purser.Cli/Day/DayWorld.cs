using Purser.Cli.Traffic;
using Purser.Core.Pricing;
using Purser.Simulator.Skills;
using Purser.Simulator.Traffic;

namespace Purser.Cli.Day;

/// <summary>One request of the day, and what each model would make of it.</summary>
/// <param name="Traffic">The request.</param>
/// <param name="Nature">What it is behind what can be seen of it.</param>
/// <param name="Outcomes">By model, in the order of <see cref="DayWorld.Models"/>.</param>
internal sealed record DayRequest(TrafficRequest Traffic, PromptNature Nature, IReadOnlyList<SkillOutcome> Outcomes)
{
    /// <summary>Whether a model's answer is worse than the reference's, which is the first model's.</summary>
    public bool IsWorse(int model) => Outcomes[0].IsGood && !Outcomes[model].IsGood;
}

/// <summary>A day of made-up traffic with the truth of it: what every model would answer, and what every choice would cost.</summary>
internal sealed class DayWorld
{
    private readonly SimulatedOutcomes outcomes;
    private readonly Lazy<IReadOnlyList<long[]>> allOn;

    private DayWorld(SimulatedOutcomes outcomes, IReadOnlyList<string> models, IReadOnlyList<DayRequest> requests)
    {
        (this.outcomes, Models, Requests) = (outcomes, models, requests);
        allOn = new Lazy<IReadOnlyList<long[]>>(() => [.. models.Select((_, model) => Play(_ => model))]);
    }

    /// <summary>The models: the reference first.</summary>
    public IReadOnlyList<string> Models { get; }

    /// <summary>The requests, in the order of time.</summary>
    public IReadOnlyList<DayRequest> Requests { get; }

    /// <summary>What each request costs, in nano-dollars, where all go to one model; by model.</summary>
    public IReadOnlyList<long[]> AllOn => allOn.Value;

    /// <summary>Makes a day.</summary>
    /// <param name="plan">How well models answer.</param>
    /// <param name="book">What they cost.</param>
    /// <param name="models">The models: the reference first. Each has a skill and a price.</param>
    /// <param name="seed">What the traffic is drawn from.</param>
    /// <param name="count">How many requests all applications have together.</param>
    /// <param name="midnight">When the day begins; drops and prices go by it.</param>
    /// <param name="applications">Those whose requests are there; null or none for all.</param>
    /// <exception cref="CliException">A model has no skill or no price.</exception>
    public static DayWorld Create(
        SkillPlan plan,
        PriceBook book,
        IReadOnlyList<string> models,
        ulong seed,
        int count,
        DateTimeOffset midnight,
        IReadOnlyList<string>? applications = null
    )
    {
        var outcomes = new SimulatedOutcomes(plan, book, midnight);
        var requests = MixedTraffic
            .Day(seed, count)
            .Where(request => applications is not { Count: > 0 } || applications.Contains(request.Application))
            .Select((request, number) => request with { Number = number })
            .Select(request =>
            {
                var nature = outcomes.NatureOf(request);
                return new DayRequest(request, nature, [.. models.Select(model => Outcome(plan, model, nature, midnight + request.At))]);
            });
        return new DayWorld(outcomes, models, [.. requests]);
    }

    /// <summary>What each request costs, in nano-dollars, where each goes to the model that is chosen: with what the models' prompt caches hold by then.</summary>
    public long[] Play(Func<DayRequest, int> choose)
    {
        var meter = new TrafficMeter();
        var costs = new long[Requests.Count];
        for (var i = 0; i < costs.Length; i++)
        {
            var model = choose(Requests[i]);
            costs[i] = outcomes.Cost(Models[model], Requests[i].Traffic, Requests[i].Outcomes[model].Tokens, meter).Nanos;
        }

        return costs;
    }

    /// <summary>
    /// The cheapest choice of who knows every answer beforehand: the cheapest model that isn't worse, and, for the share that may be worse, the cheapest of all
    /// where that saves most.
    /// </summary>
    /// <param name="epsilon">Which share may be worse than the reference's, 0 to 1.</param>
    /// <returns>The model of each request.</returns>
    public int[] Oracle(double epsilon)
    {
        var cheapest = Enumerable.Range(0, Requests.Count).Select(i => Cheapest(i, _ => true)).ToArray();
        var choice = Enumerable.Range(0, Requests.Count).Select(i => Cheapest(i, model => !Requests[i].IsWorse(model))).ToArray();
        var allowed = (int)Math.Floor((Requests.Count * epsilon) + 1e-9);
        var gains = Enumerable
            .Range(0, Requests.Count)
            .Where(i => cheapest[i] != choice[i])
            .OrderByDescending(i => AllOn[choice[i]][i] - AllOn[cheapest[i]][i]);
        foreach (var i in gains.Take(allowed))
        {
            choice[i] = cheapest[i];
        }

        return choice;
    }

    /// <summary>How a choice does.</summary>
    /// <param name="router">Who chose.</param>
    /// <param name="choice">The model of each request.</param>
    /// <param name="epsilon">Which share may be worse than the reference's.</param>
    /// <param name="counted">The requests that count, by their numbers; null for all.</param>
    public DayScore Score(string router, int[] choice, double epsilon, IReadOnlySet<int>? counted = null)
    {
        var oracle = Oracle(epsilon);
        var numbers = Enumerable.Range(0, Requests.Count).Where(i => counted?.Contains(i) != false).ToList();
        Money Sum(long[] costs) => new(numbers.Sum(i => costs[i]));
        return new DayScore(
            router,
            numbers.Count,
            numbers.Count(i => choice[i] != 0),
            numbers.Count(i => Requests[i].IsWorse(choice[i])),
            Sum(Play(request => choice[request.Traffic.Number])),
            Sum(AllOn[0]),
            Sum(Play(request => oracle[request.Traffic.Number])),
            epsilon
        );
    }

    private int Cheapest(int request, Func<int, bool> may) =>
        Enumerable.Range(0, Models.Count).Where(may).MinBy(model => AllOn[model][request]);

    private static SkillOutcome Outcome(SkillPlan plan, string model, PromptNature nature, DateTimeOffset at) =>
        plan.Outcome(model, nature, at) ?? throw CliException.Usage($"{model} has no skill in the file of --skills");
}

/// <summary>How a router did on a day.</summary>
/// <param name="Router">Which one.</param>
/// <param name="Requests">How many requests there were.</param>
/// <param name="Down">How many went to another model than the reference.</param>
/// <param name="Worse">How many were answered worse than the reference would have.</param>
/// <param name="Cost">What it cost.</param>
/// <param name="ReferenceCost">What the reference would have cost.</param>
/// <param name="OracleCost">What the cheapest choice of who knows every answer would have cost.</param>
/// <param name="Epsilon">Which share might be worse.</param>
internal sealed record DayScore(
    string Router,
    int Requests,
    int Down,
    int Worse,
    Money Cost,
    Money ReferenceCost,
    Money OracleCost,
    double Epsilon
)
{
    /// <summary>The share of the oracle's saving that it had.</summary>
    public const double Goal = 0.6;

    /// <summary>The share of requests that were answered worse.</summary>
    public double WorseShare => (double)Worse / Requests;

    /// <summary>Its saving, as a share of the oracle's.</summary>
    public double OfOracle => (double)((decimal)(ReferenceCost - Cost).Nanos / (ReferenceCost - OracleCost).Nanos);

    /// <summary>What it fails by; null where it passes.</summary>
    public string? Fails =>
        WorseShare > Epsilon ? FormattableString.Invariant($"{WorseShare:P1} are worse than the reference, and {Epsilon:P1} may be")
        : OfOracle < Goal ? FormattableString.Invariant($"it saves {OfOracle:P0} of what the oracle does, and the goal is {Goal:P0}")
        : null;

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant(
            $"{Router}: {(double)Down / Requests:P0} down, {WorseShare:P1} worse, {OfOracle:P0} of the oracle's saving: {Fails ?? "passes"}"
        );
}
