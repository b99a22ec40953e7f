using Purser.Core.Pricing;

namespace Purser.Routing.WhatIf;

/// <summary>What <c>auto</c> would have saved on steps that were made.</summary>
public sealed class WhatIfReport
{
    /// <summary>The priced steps by model and kind, the dearest first.</summary>
    public required IReadOnlyList<KeyValuePair<StepGroup, StepSums>> Groups { get; init; }

    /// <summary>What has no price, with its number of steps.</summary>
    public required IReadOnlyList<KeyValuePair<Unpriced, long>> Unpriced { get; init; }

    /// <summary>Each candidate alone.</summary>
    public required IReadOnlyList<CandidateSavings> Candidates { get; init; }

    /// <summary>How many sessions have a priced step.</summary>
    public required int Sessions { get; init; }

    /// <summary>How many runs have one.</summary>
    public required int Runs { get; init; }

    /// <summary>How many of them are routine as a whole, and have a cheaper model.</summary>
    public required int RoutineRuns { get; init; }

    /// <summary>How many priced steps there are.</summary>
    public required long Steps { get; init; }

    /// <summary>How many of them a cheaper model could take at all.</summary>
    public required long Movable { get; init; }

    /// <summary>What they cost, in nano-dollars.</summary>
    public required long Cost { get; init; }

    /// <summary>The first and the last of them; null where none says when it was.</summary>
    public required (DateTimeOffset First, DateTimeOffset Last)? Span { get; init; }

    /// <summary>The low end: routine runs move, to the dearest of the cheaper models.</summary>
    public required Saving Low { get; init; }

    /// <summary>Between the ends, by <see cref="Share"/>.</summary>
    public required Saving Middle { get; init; }

    /// <summary>The high end: all that could move does, to the cheapest.</summary>
    public required Saving High { get; init; }

    /// <summary>From the low end to the high end, each with its sampling where there are sessions enough for that.</summary>
    public (long Low, long High) Range => (Low.Sampled?.Low ?? Low.Nanos, High.Sampled?.High ?? High.Nanos);

    /// <summary>The same four ways apart.</summary>
    public required Savings Ways { get; init; }

    /// <summary>Which part of the way from the low to the high end the middle is.</summary>
    public required decimal Share { get; init; }
}

/// <summary>Works out a <see cref="WhatIfReport"/>.</summary>
/// <param name="book">The price book.</param>
/// <param name="candidates">The candidates, the larger first.</param>
/// <param name="anyVendor">Whether steps may go to another vendor's model.</param>
/// <param name="now">The time of steps that don't say theirs.</param>
public sealed class WhatIfAnalysis(PriceBook book, IReadOnlyList<Candidate> candidates, bool anyVendor, DateTimeOffset now)
{
    /// <summary>
    /// The part of what could move that a router finds where nothing is known of its own: half of the 72 % of questions on which, in RouteLLM's
    /// published outcomes on GSM8K, the weak model (Mixtral 8x7B) did as well as the strong (GPT-4). The half is a judgement.
    /// </summary>
    public const decimal DefaultShare = 0.36m;

    private readonly StepPrices prices = new(book, now);

    /// <summary>The report on these steps.</summary>
    /// <param name="steps">The steps, each once.</param>
    /// <param name="share">Which part of the way from low to high the middle is, from 0 to 1.</param>
    /// <param name="seed">The bootstrap's seed.</param>
    public WhatIfReport Run(IEnumerable<AgentStep> steps, decimal share, ulong seed)
    {
        var sums = new Dictionary<StepGroup, StepSums>();
        var unpriced = new Dictionary<Unpriced, long>();
        var runs = Price(steps, sums, unpriced);
        var alone = candidates.Select(_ => new Alone()).ToArray();
        var sessions = new Dictionary<string, long[]>();
        var (ways, routineRuns, movable) = (Savings.Zero, 0, 0L);
        var counterfactual = new Counterfactual(prices);
        foreach (var run in runs)
        {
            var options = Options(counterfactual, run, alone);
            var best = Combined(options.Select(option => option.Savings));
            ways += best;
            routineRuns += options.Any(option => option.IsRoutine) ? 1 : 0;
            movable += run.Steps.Where((_, index) => options.Any(option => option.Movable[index])).Count();
            var (low, high) = (best.RoutineRuns, Math.Max(best.AllRuns, best.AllSteps));
            var session = sessions.TryGetValue(run.Session, out var earlier) ? earlier : sessions[run.Session] = new long[4];
            session[0] += run.Cost;
            session[1] += low;
            session[2] += Between(low, high, share);
            session[3] += high;
        }
        var sampled = Interval.Of(
            [.. sessions.OrderBy(session => session.Key, StringComparer.Ordinal).Select(session => session.Value)],
            3,
            seed
        );
        var times = runs.SelectMany(run => run.Steps).Select(step => step.At).OfType<DateTimeOffset>().ToList();
        return new()
        {
            Groups = [.. sums.OrderByDescending(sum => sum.Value.Cost).ThenBy(sum => sum.Key.ToString(), StringComparer.Ordinal)],
            Unpriced = [.. unpriced.OrderByDescending(found => found.Value).ThenBy(found => found.Key.ToString(), StringComparer.Ordinal)],
            Candidates = [.. alone.Select((found, index) => found.Of(candidates[index])).Where(found => found.Steps > 0)],
            Sessions = sessions.Count,
            Runs = runs.Count,
            RoutineRuns = routineRuns,
            Steps = runs.Sum(run => (long)run.Steps.Count),
            Movable = movable,
            Cost = runs.Sum(run => run.Cost),
            Span = times.Count == 0 ? null : (times.Min(), times.Max()),
            Low = Of(0),
            Middle = Of(1),
            High = Of(2),
            Ways = ways,
            Share = share,
        };

        Saving Of(int end) => new(sessions.Values.Sum(session => session[end + 1]), sampled?[end]);
    }

    private List<PricedRun> Price(IEnumerable<AgentStep> steps, Dictionary<StepGroup, StepSums> sums, Dictionary<Unpriced, long> unpriced)
    {
        var runs = new List<PricedRun>();
        foreach (var run in steps.GroupBy(step => (step.Source, step.Session, step.Agent)))
        {
            var (kept, costs) = (new List<AgentStep>(), new List<Money>());
            foreach (var step in InOrder(run))
            {
                if (!prices.TryOwn(step, step.Tokens, out var cost, out var why))
                {
                    var found = new Unpriced(step.Provider, step.Model, why);
                    unpriced[found] = unpriced.GetValueOrDefault(found) + 1;
                    continue;
                }
                var group = new StepGroup(step.Provider, step.Model, step.Kind, step.Class, step.IsSubAgent);
                var sum = sums.TryGetValue(group, out var earlier) ? earlier : sums[group] = new();
                sum.Add(step, cost);
                kept.Add(step);
                costs.Add(cost);
            }
            if (kept.Count > 0)
            {
                runs.Add(new($"{run.Key.Source}/{run.Key.Session}", kept, costs));
            }
        }
        return runs;
    }

    // By time; what doesn't say its own stays where its log has it.
    private static IEnumerable<AgentStep> InOrder(IEnumerable<AgentStep> run)
    {
        var steps = run.ToList();
        return steps.All(step => step.At is not null) ? steps.OrderBy(step => step.At) : steps;
    }

    private List<Option> Options(Counterfactual counterfactual, PricedRun run, Alone[] alone)
    {
        var routineRun = StepRules.IsRoutine(run.Steps);
        var options = new List<Option>();
        for (var index = 0; index < candidates.Count; index++)
        {
            var candidate = candidates[index];
            if (!anyVendor && run.Steps.All(step => step.Provider != candidate.Model.Provider))
            {
                continue;
            }
            var movable = counterfactual.Movable(run, candidate);
            if (!anyVendor)
            {
                movable = [.. movable.Select((could, step) => could && run.Steps[step].Provider == candidate.Model.Provider)];
            }
            if (!movable.Contains(true))
            {
                continue;
            }
            var whole = !movable.Contains(false);
            bool[] routine = [.. movable.Select((could, step) => could && StepRules.IsRoutine(run.Steps[step]))];
            var option = new Option(
                movable,
                whole && routineRun,
                new(
                    whole && routineRun ? Saved(movable) : 0,
                    routine.Contains(true) ? Saved(routine) : 0,
                    whole ? Saved(movable) : 0,
                    Saved(movable)
                )
            );
            options.Add(option);
            alone[index].Add(run, candidate, option);

            long Saved(bool[] moves) => counterfactual.Cost(run, candidate, moves) is { } cost ? run.Cost - cost : 0;
        }
        return options;
    }

    // The low end is what the least of the cheaper models saves, be it a loss; the high end what the most does, or nothing where all would lose.
    private static Savings Combined(IEnumerable<Savings> options)
    {
        var all = options.ToList();
        return all.Count == 0
            ? Savings.Zero
            : new(
                all.Where(option => option.RoutineRuns != 0).Select(option => option.RoutineRuns).DefaultIfEmpty().Min(),
                all.Where(option => option.RoutineSteps != 0).Select(option => option.RoutineSteps).DefaultIfEmpty().Min(),
                Math.Max(0, all.Max(option => option.AllRuns)),
                Math.Max(0, all.Max(option => option.AllSteps))
            );
    }

    private static long Between(long low, long high, decimal share) => low + decimal.ToInt64(decimal.Floor((high - low) * share));

    private sealed record Option(bool[] Movable, bool IsRoutine, Savings Savings);

    private sealed class Alone
    {
        private readonly SortedSet<string> unknown = new(StringComparer.Ordinal);
        private Savings savings;
        private long steps;

        public void Add(PricedRun run, Candidate candidate, Option option)
        {
            savings += option.Savings;
            for (var index = 0; index < run.Steps.Count; index++)
            {
                if (option.Movable[index])
                {
                    steps++;
                    if (Candidates.TokensOf(run.Steps[index].Model, candidate.Model.Id) is null)
                    {
                        unknown.Add(run.Steps[index].Model);
                    }
                }
            }
        }

        public CandidateSavings Of(Candidate candidate) => new(candidate, steps, savings, [.. unknown]);
    }
}
