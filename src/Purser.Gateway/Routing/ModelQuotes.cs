using System.Globalization;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Pipeline;
using Purser.Routing.Choice;

namespace Purser.Gateway.Routing;

/// <summary>Models with what a request is expected to cost at each; as many of everything.</summary>
/// <param name="Options">The models, as a choice sees them.</param>
/// <param name="Routes">Where each can be had.</param>
/// <param name="Places">Where each would be asked first, and how many input tokens its prompt cache is taken to hold.</param>
internal readonly record struct QuotedModels(
    List<RouteOption> Options,
    List<RouteDecision> Routes,
    List<(Candidate? First, long WarmTokens)> Places
);

/// <summary>Says what a request is expected to cost at models, and which of them can't do it.</summary>
internal sealed class ModelQuotes(AbleModels able, OutputForecasts forecasts, SessionModels sessions, ModelMeasures measures)
{
    /// <summary>Quotes a policy's models, the reference first.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="exchange">The request.</param>
    /// <param name="understanding">What it asks for.</param>
    /// <param name="subject">Whose it is.</param>
    /// <param name="needs">What it needs of a model beside abilities.</param>
    /// <param name="isNamed">Whether the request names the reference itself: then it goes there whatever is known of it here.</param>
    public QuotedModels Of(
        RoutePolicy policy,
        Exchange exchange,
        Understanding understanding,
        Subject subject,
        RouteNeeds needs,
        bool isNamed
    )
    {
        var names = policy.Candidates.Where(name => name != policy.Reference).Prepend(policy.Reference).ToList();
        var quoted = Of(
            names,
            policy,
            exchange,
            understanding,
            subject,
            needs,
            isTrusted: at => at == 0,
            isNamed: at => isNamed && at == 0
        );
        if (quoted.Options[0] is { Unable: null } reference)
        {
            for (var i = 1; i < names.Count; i++)
            {
                quoted.Options[i] = WithRetry(quoted.Options[i], reference);
            }
        }

        return quoted;
    }

    /// <summary>What isn't answered goes to the reference next. A call that fails is taken to cost nothing: providers bill answers.</summary>
    private static RouteOption WithRetry(RouteOption option, RouteOption reference) =>
        option is { Unable: null, Answered: { } answered and < 1 }
            ? option with
            {
                Expected = Expected(option.Expected, reference.Expected, answered),
                Cold = Expected(option.Cold, reference.Cold, answered),
            }
            : option;

    private static Money Expected(Money cost, Money next, double answered)
    {
        var share = (decimal)answered;
        return new Money(decimal.ToInt64((share * cost.Nanos) + ((1 - share) * next.Nanos)));
    }

    /// <summary>Quotes models by their names, taking each for able unless its limits say otherwise.</summary>
    public QuotedModels Of(
        IReadOnlyList<string> names,
        RoutePolicy policy,
        Exchange exchange,
        Understanding understanding,
        Subject subject
    ) => Of(names, policy, exchange, understanding, subject, default, isTrusted: _ => true, isNamed: _ => false);

    private QuotedModels Of(
        IReadOnlyList<string> names,
        RoutePolicy policy,
        Exchange exchange,
        Understanding understanding,
        Subject subject,
        RouteNeeds needs,
        Func<int, bool> isTrusted,
        Func<int, bool> isNamed
    )
    {
        var session = sessions.Find(subject);
        var routes = names.Select((name, i) => able.Route(name, exchange, understanding, policy, isNamed(i))).ToList();
        var outputs = routes.Select(route => OutputOf(route, exchange, subject)).ToList();
        var usual = outputs.Find(output => output is not null) ?? CostEstimate.UsualOutput;
        var quoted = new QuotedModels([], routes, []);
        for (var i = 0; i < names.Count; i++)
        {
            var first = routes[i].Candidates is [var any, ..] ? any : null;
            var measure = first is null ? null : measures.Of(first.Model.Provider, first.Model.Model);
            var fault =
                able.Fault(names[i], routes[i], policy, understanding, needs, session, isTrusted(i), isNamed(i))
                ?? (isTrusted(i) ? null : SlowFault(measure, policy));
            if (fault is { } unable)
            {
                quoted.Options.Add(new RouteOption(names[i], unable, default, default, null));
                quoted.Places.Add((first, 0));
                continue;
            }

            var seconds = measure?.Seconds;
            var estimate = CostEstimate.Of(understanding.Profile, first!, outputs[i] ?? usual, session, seconds, exchange.StartedAt);
            quoted.Options.Add(
                new RouteOption(names[i], null, estimate.Expected, estimate.Cold, seconds)
                {
                    Answered = measure is { Calls: > 0 } ? measure.Answered : null,
                }
            );
            quoted.Places.Add((first, estimate.WarmTokens));
        }

        return quoted;
    }

    /// <summary>Why a model's answers take too long, in words; null where they don't, or nothing was measured.</summary>
    internal static string? SlowFault(ModelMeasure? measure, RoutePolicy policy) =>
        policy.MaxSeconds is { } most && measure?.Seconds > most
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"its answers take {measure.Seconds:0.#} s here, and '{policy.Name}' allows {most} s"
            )
            : null;

    private long? OutputOf(RouteDecision route, Exchange exchange, Subject subject) =>
        route.Candidates is [var first, ..] ? forecasts.Of(subject.KeyId, first.Model.Model, exchange.Api).Median() : null;
}
