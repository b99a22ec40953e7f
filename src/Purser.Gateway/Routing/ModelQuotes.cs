using Purser.Core.Ledger;
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
internal sealed class ModelQuotes(AbleModels able, OutputForecasts forecasts, SessionModels sessions, ModelTimes times)
{
    /// <summary>Quotes a policy's models, the reference first.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="exchange">The request.</param>
    /// <param name="understanding">What it asks for.</param>
    /// <param name="subject">Whose it is.</param>
    /// <param name="isNamed">Whether the request names the reference itself: then it goes there whatever is known of it here.</param>
    public QuotedModels Of(RoutePolicy policy, Exchange exchange, Understanding understanding, Subject subject, bool isNamed)
    {
        var names = policy.Candidates.Where(name => name != policy.Reference).Prepend(policy.Reference).ToList();
        return Of(names, policy, exchange, understanding, subject, isTrusted: at => at == 0, isNamed: at => isNamed && at == 0);
    }

    /// <summary>Quotes models by their names, taking each for able unless its limits say otherwise.</summary>
    public QuotedModels Of(
        IReadOnlyList<string> names,
        RoutePolicy policy,
        Exchange exchange,
        Understanding understanding,
        Subject subject
    ) => Of(names, policy, exchange, understanding, subject, isTrusted: _ => true, isNamed: _ => false);

    private QuotedModels Of(
        IReadOnlyList<string> names,
        RoutePolicy policy,
        Exchange exchange,
        Understanding understanding,
        Subject subject,
        Func<int, bool> isTrusted,
        Func<int, bool> isNamed
    )
    {
        var session = sessions.Find(subject);
        var routes = names.Select(name => able.Route(name, exchange, understanding)).ToList();
        var outputs = routes.Select(route => OutputOf(route, exchange, subject)).ToList();
        var usual = outputs.Find(output => output is not null) ?? CostEstimate.UsualOutput;
        var quoted = new QuotedModels([], routes, []);
        for (var i = 0; i < names.Count; i++)
        {
            var first = routes[i].Candidates is [var any, ..] ? any : null;
            if (able.Fault(names[i], routes[i], policy, understanding, session, isTrusted(i), isNamed(i)) is { } unable)
            {
                quoted.Options.Add(new RouteOption(names[i], unable, default, default, null));
                quoted.Places.Add((first, 0));
                continue;
            }

            var seconds = times.Of(first!.Model.Provider, first.Model.Model);
            var estimate = CostEstimate.Of(understanding.Profile, first, outputs[i] ?? usual, session, seconds, exchange.StartedAt);
            quoted.Options.Add(new RouteOption(names[i], null, estimate.Expected, estimate.Cold, seconds));
            quoted.Places.Add((first, estimate.WarmTokens));
        }

        return quoted;
    }

    private long? OutputOf(RouteDecision route, Exchange exchange, Subject subject) =>
        route.Candidates is [var first, ..] ? forecasts.Of(subject.KeyId, first.Model.Model, exchange.Api).Median() : null;
}
