using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json;
using Purser.Core.Ledger;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Gateway.Routing.Escalation;
using Purser.Gateway.Storage;
using Purser.Routing;
using Purser.Routing.Choice;
using Purser.Routing.Understanding;

namespace Purser.Gateway.Routing;

/// <summary>Where a request goes, and how that came.</summary>
/// <param name="Decision">The candidates in order, or why there are none.</param>
/// <param name="Record">How it came.</param>
internal sealed record RoutedRequest(RouteDecision Decision, RouteRecord Record)
{
    /// <summary>What is done where its answer is of no use; null: it's given as it is.</summary>
    public EscalationPlan? Escalation { get; init; }
}

/// <summary>
/// Routes requests to models that they don't name: <c>auto</c>, aliases, the person's own word in a header, and what the account's mode says of named
/// models. In this order:
/// <list type="number">
/// <item>whether routing has a say at all; where it hasn't, nothing more is done;</item>
/// <item>the policy: the one that is asked for, or the one that is for the model that is named;</item>
/// <item>the models that can do the request, each with what it's expected to cost;</item>
/// <item>the choice, by what is known of how well they do;</item>
/// <item>what is served: the choice where the mode is <c>on</c>, else the reference or the model that is named.</item>
/// </list>
/// </summary>
internal sealed class RequestRouter
{
    /// <summary>What a person says of one request: <see cref="Off"/>, or a model.</summary>
    public const string Header = "x-purser-route";

    private const string Off = "off";

    // What is worse in one of two answers isn't sent on, however few requests it is sent.
    private const long LeastSliceFloor = 50;

    // A quote asks nothing of where a model is.
    private static readonly RoutePolicy Anywhere = new()
    {
        Name = RoutePolicy.Auto,
        Floor = 50,
        Reference = "",
        Candidates = [],
    };

    private readonly RoutingOptions? options;
    private readonly ModelCatalog catalog;
    private readonly LedgerStore store;
    private readonly RouteNames? names;
    private readonly SessionModels sessions = new();
    private readonly KeyBudgets budgets = new();
    private readonly RouteKnowledge? knowledge;
    private readonly ModelQuotes quotes;
    private readonly string version;
    private readonly bool asksLanguage;
    private readonly RouteTrials trials;

    /// <summary>Takes what routing is done by.</summary>
    /// <param name="options">The configuration's; null where there is none: then only a person's own word has a say.</param>
    /// <param name="knowledge">What is known of how well models do; null without a configuration.</param>
    /// <param name="catalog">The models there are.</param>
    /// <param name="providers">Where they are.</param>
    /// <param name="forecasts">How long answers are.</param>
    /// <param name="store">Has the accounts' modes.</param>
    /// <param name="trials">Who is held out, and which models are let in.</param>
    public RequestRouter(
        RoutingOptions? options,
        RouteKnowledge? knowledge,
        ModelCatalog catalog,
        FrozenDictionary<string, Provider> providers,
        OutputForecasts forecasts,
        LedgerStore store,
        RouteTrials trials
    )
    {
        (this.options, this.knowledge, this.catalog, this.store, this.trials) = (options, knowledge, catalog, store, trials);
        names = options is null ? null : new RouteNames(options);
        quotes = new ModelQuotes(new AbleModels(options, catalog, providers), forecasts, sessions, Measures);
        version = VersionOf(options);
        asksLanguage = options?.Models.Values.Any(model => model.Languages.Count > 0) == true;
    }

    /// <summary>How models did here.</summary>
    public ModelMeasures Measures { get; } = new();

    /// <summary>Routes a request. Null where routing has no say: then it goes to the model that it names.</summary>
    public RoutedRequest? Route(Exchange exchange, Understanding understanding, Subject subject)
    {
        var asked = understanding.Profile.Model;
        var said = exchange.Http.Request.Headers.TryGetValue(Header, out var value) ? value.ToString().Trim() : null;
        var mode = names is null ? RoutingMode.Off : store.Control.Routing.For(subject);
        if (said is null ? mode == RoutingMode.Off && names?.Has(asked) != true : !IsKnown(asked))
        {
            // A name that is none isn't made one by a header: the ledger keeps each name for good, so there are only as many as there are models.
            return null;
        }

        var wanted = said is null or Off ? asked : said;
        var wish = new Wish(asked, names?.Resolve(wanted) ?? wanted, said, mode);
        var routed = Route(wish, exchange, understanding, subject);
        return said is null || mode != RoutingMode.On || exchange.Subscription is not null
            ? routed
            : WithPassedOver(routed, wish, exchange, understanding, subject);
    }

    /// <summary>What a request would cost at models, whatever its route; each is taken for able unless its limits say otherwise.</summary>
    public QuotedModels Quote(IReadOnlyList<string> models, Exchange exchange, Understanding understanding, Subject subject) =>
        quotes.Of(models, Anywhere, exchange, understanding, subject);

    /// <summary>The model that a name stands for where there is no choice to make: an alias's, a policy's reference, or the name itself.</summary>
    public string Named(string name) => names?.Resolve(name) is { } resolved ? names.Find(resolved)?.Reference ?? resolved : name;

    /// <summary>Counts an attempt, whether or not it was answered, and what it left of the budgets.</summary>
    public void Count(Pipeline.Reservation reservation, CallResult result)
    {
        budgets.Keep(reservation.Subject, reservation.Balances);
        var isFault = FailureRules.IsProvidersFault(result);
        if (isFault || result is { Outcome: Outcome.Completed, Status: < 400 })
        {
            var model = reservation.Candidate.Model;
            Measures.AddCall(model.Provider, model.Model, answered: !isFault);
        }
    }

    /// <summary>Learns from a whole answer: how long the model took, what its prompt cache holds of the session, and what failed its checks.</summary>
    public void Learn(Exchange exchange, Pipeline.Reservation reservation, CallResult result, in Metered metered)
    {
        if (exchange.Escalation is { } plan)
        {
            Escalator.Take(plan, result.Checked);
            Escalator.Keep(exchange, plan, reservation.Subject, plan.IsBelow(reservation), result.Checked);
        }

        if (metered.Estimated)
        {
            return;
        }

        var model = reservation.Candidate.Model;
        Measures.AddTime(model.Provider, model.Model, result.DurationUs / 1e6);
        sessions.Keep(
            reservation.Subject,
            model.Provider,
            model.Model,
            reservation.Candidate.Price,
            metered.Usage,
            exchange.Body.Length,
            exchange.StartedAt
        );
    }

    /// <summary>Decides about answers that are of no use.</summary>
    public Escalator Escalator { get; } = new();

    /// <summary>A person's word teaches: what would have been chosen without it is kept beside what is.</summary>
    private RoutedRequest? WithPassedOver(RoutedRequest? routed, Wish wish, Exchange exchange, Understanding understanding, Subject subject)
    {
        var unsaid = wish with { Said = null, Target = names!.Resolve(wish.Asked) };
        if (routed is null || Route(unsaid, exchange, understanding, subject)?.Record is not { Choice.Ranked: [var first, ..] } other)
        {
            return routed;
        }

        var taught = routed.Record with
        {
            Baseline = other.Baseline,
            Features = other.Features,
            Application = other.Application,
            SliceFloor = other.SliceFloor,
        };
        return routed with { Record = first.Option.Model == taught.Served ? taught : taught with { PassedOver = first.Option.Model } };
    }

    private bool IsKnown(string name) => catalog.Find(name).Count > 0 || names?.Find(name) is not null || names?.IsAlias(name) == true;

    private RoutedRequest? Route(Wish wish, Exchange exchange, Understanding understanding, Subject subject)
    {
        if (names?.RefuseUnknown(wish.Target) is { } refused)
        {
            return new RoutedRequest(refused, RecordOf(wish, null, wish.Target, wish.Target, refused.Reason));
        }

        var isOff = wish.Said is not null || wish.Mode == RoutingMode.Off;
        if (names?.Find(wish.Target) is { } policy)
        {
            return Choose(wish, policy, exchange, understanding, subject, isNamed: false);
        }

        var rule =
            isOff || exchange.Subscription is not null || !understanding.Profile.IsConversation ? null
            : wish.Mode == RoutingMode.On ? names!.RuleFor(wish.Target)
            : names!.SuggestionFor(wish.Target);
        if (rule is not null)
        {
            // The model that is named is what another one has to be as good as.
            var others = rule.Candidates.Prepend(rule.Reference).Where(name => name != wish.Target);
            rule = rule with { Reference = wish.Target, Candidates = [.. others.Distinct(StringComparer.Ordinal)] };
            return Choose(wish, rule, exchange, understanding, subject, isNamed: true);
        }

        if (wish.Said is null && wish.Target == wish.Asked)
        {
            return null;
        }

        var decision = Router.Route(understanding.Profile with { Model = wish.Target }, catalog, exchange.StartedAt);
        var reason =
            wish.Said == Off ? "the request says that it isn't to be routed"
            : wish.Said is not null ? $"the request says that it's to go to '{wish.Said}'"
            : $"'{wish.Asked}' is an alias";
        return new RoutedRequest(decision, RecordOf(wish, null, wish.Target, wish.Target, reason));
    }

    private RequestFeatures? Understand(Exchange exchange, RouteEvidence? evidence) =>
        evidence is not null ? evidence.Understand(exchange.Body.Written)
        : asksLanguage ? RequestReader.Read(exchange.Body.Written.Span)
        : null;

    private RoutedRequest? Choose(
        Wish wish,
        RoutePolicy policy,
        Exchange exchange,
        Understanding understanding,
        Subject subject,
        bool isNamed
    )
    {
        var evidence = wish.Mode == RoutingMode.Off || wish.Said == Off ? null : knowledge!.For(policy);
        var features = Understand(exchange, evidence);
        var needs = new RouteNeeds(
            RouteNeeds.AreSensitive(subject, options!.Sensitive, store.Control),
            asksLanguage ? RequestLanguage.Of(features!) : null
        );
        var found = quotes.Of(policy, exchange, understanding, subject, needs, isNamed);
        if (isNamed && found.Routes[0].Candidates.Count == 0)
        {
            // What is named is refused as ever.
            return null;
        }

        var isOn = wish.Mode == RoutingMode.On && wish.Said != Off && exchange.Subscription is null;
        var plan =
            isOn && evidence is not null ? Escalator.PlanOf(policy.Escalation, exchange, understanding, subject, features!.Class) : null;
        AddGoingUp(plan, found, understanding);
        var floor = RouteFloor.Of(policy, exchange, subject, budgets.Left(subject, exchange.StartedAt));
        var application = SliceNames.Application(policy.Name, isNamed ? policy.Reference : null, store.Control.Routing.AccountFor(subject));
        var watched = SliceFloorOf(policy, features, evidence);
        var bar = evidence is null ? null : trials.Bar(application, watched, evidence.Predictor.Version, subject, exchange.RequestId);
        var choice = RouteChooser.Choose(found.Options, policy.Prefer, floor.Percent / 100.0, features, evidence, bar);
        var isHeldOut = isOn && wish.Said is null && evidence is not null && trials.IsHeldOut(subject, exchange.RequestId);
        // Without evidence, only the reference may.
        var serving =
            (isOn && !isHeldOut) || evidence is null
                ? choice
                : RouteChooser.Choose(found.Options, policy.Prefer, floor.Percent / 100.0, null, null);
        if (serving.Ranked is not [var first, ..])
        {
            var none = new RouteDecision([], RouteRefusal.NoneAble, $"'{wish.Asked}' can't serve this request: {serving.Reason}.");
            return new RoutedRequest(none, RecordOf(wish, policy, "", policy.Reference, serving.Reason));
        }

        var record = RecordOf(wish, policy, first.Option.Model, policy.Reference, ReasonOf(wish, exchange, choice, isNamed, isHeldOut)) with
        {
            Application = application,
            // Another floor asks for other answers: they say nothing of the slice, which is held to the policy's.
            SliceFloor = floor.Percent == policy.Floor ? watched : null,
            IsHeldOut = isHeldOut,
            Choice = choice,
            Features = features,
            Places = found.Places,
            Floor = floor,
            IsSensitive = needs.IsSensitive,
            Versions = new RouteVersions(version, evidence?.Predictor.Version, evidence?.Version),
        };
        var routed = new RoutedRequest(new RouteDecision(Candidates(serving, found), RouteRefusal.None, record.Reason), record);
        return plan is null ? routed : Escalating(routed, plan, found);
    }

    /// <summary>
    /// The percentage of the answers of a slice that shall be good enough. A floor is promised of all requests of a kind, and those that stay with the
    /// reference are no worse than it: where three in ten go down, 5 % of all may be 16 % of them.
    /// </summary>
    private static long SliceFloorOf(RoutePolicy policy, RequestFeatures? features, RouteEvidence? evidence)
    {
        var promise = features is null ? null : evidence?.Promise?.Invoke(features.Class, policy.Reference, policy.Floor / 100.0);
        return promise is { ShareDown: > 0 and var down }
            ? Math.Max(LeastSliceFloor, 100 - (long)Math.Ceiling((100 - policy.Floor) / down))
            : policy.Floor;
    }

    /// <summary>A route whose answers are checked: where the answer before it was of no use already, it goes to the reference.</summary>
    private static RoutedRequest Escalating(RoutedRequest routed, EscalationPlan plan, in QuotedModels found)
    {
        var record = routed.Record;
        if (record.Served == record.Baseline || found.Options[0].Unable is not null)
        {
            return routed with { Escalation = plan };
        }

        if (plan.Up is not { } up)
        {
            // The reference always comes next.
            return routed with { Escalation = plan.For(record.Served, routed.Decision.Candidates, above: 1) };
        }

        record = record with { Served = record.Baseline, Reason = $"{up.Reason}: it goes to the reference" };
        return new RoutedRequest(new RouteDecision(found.Routes[0].Candidates, RouteRefusal.None, record.Reason), record)
        {
            Escalation = plan,
        };
    }

    /// <summary>What another model's answer fails, the reference is asked for too: that belongs to what the model is expected to cost.</summary>
    private void AddGoingUp(EscalationPlan? plan, in QuotedModels found, Understanding understanding)
    {
        if (plan is null || found.Options[0].Unable is not null)
        {
            return;
        }

        for (var i = 1; i < found.Options.Count; i++)
        {
            var option = found.Options[i];
            if (option.Unable is null)
            {
                var cost = Escalator.Expected(plan, option.Model, found.Options[0].Expected, understanding.Facts.Stream);
                found.Options[i] = option.WithGoingUp(cost);
            }
        }
    }

    private static string ReasonOf(Wish wish, Exchange exchange, RouteChoice choice, bool isNamed, bool isHeldOut)
    {
        var stays = isNamed ? "it goes to the model that it names" : "it goes to the reference";
        return wish.Said == Off ? $"the request says that it isn't to be routed: {stays}"
            : exchange.Subscription is not null ? $"the caller's own subscription pays for it: {stays}"
            : isHeldOut ? $"the session is held out, to measure what routing saves: {stays}"
            : wish.Mode switch
            {
                RoutingMode.Off => $"routing is off for the account: {stays}",
                RoutingMode.Suggest => $"routing only suggests for the account, and {stays}; were it on: {choice.Reason}",
                RoutingMode.Shadow => $"routing only asks in shadow for the account, and {stays}; were it on: {choice.Reason}",
                _ => choice.Reason,
            };
    }

    /// <summary>The candidates of the models in the choice's order.</summary>
    private static List<Candidate> Candidates(RouteChoice choice, in QuotedModels found)
    {
        var candidates = new List<Candidate>();
        for (var rank = 0; rank < choice.Ranked.Count; rank++)
        {
            var at = found.Options.IndexOf(choice.Ranked[rank].Option);
            foreach (var candidate in found.Routes[at].Candidates)
            {
                candidates.Add(candidate with { Choice = rank });
            }
        }

        return candidates;
    }

    private RouteRecord RecordOf(Wish wish, RoutePolicy? policy, string served, string baseline, string reason) =>
        new(wish.Asked, wish.Mode, policy, wish.Said, served, baseline, reason, new RouteVersions(version, null, null))
        {
            KeepsFeatures = options?.KeepsFeatures == true,
        };

    private static string VersionOf(RoutingOptions? options) =>
        options is null
            ? "none"
            : Convert.ToHexStringLower(
                SHA256.HashData(
                    JsonSerializer.SerializeToUtf8Bytes(
                        new
                        {
                            Models = options.Models.OrderBy(model => model.Key, StringComparer.Ordinal),
                            Policies = options.Policies.OrderBy(policy => policy.Key, StringComparer.Ordinal),
                            Aliases = options.Aliases.OrderBy(alias => alias.Key, StringComparer.Ordinal),
                            options.Sensitive,
                        }
                    )
                )
            )[..12];

    /// <summary>What a request asks for, and who says what of it.</summary>
    /// <param name="Asked">The model's name in the body or the path.</param>
    /// <param name="Target">The name that counts: without the alias, or the person's own.</param>
    /// <param name="Said">What the header says; null where there is none.</param>
    /// <param name="Mode">The account's mode.</param>
    private sealed record Wish(string Asked, string Target, string? Said, RoutingMode Mode);
}
