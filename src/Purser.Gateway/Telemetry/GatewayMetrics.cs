using System.Diagnostics;
using System.Diagnostics.Metrics;
using Purser.Core.Ledger;
using Purser.Core.Routing;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Telemetry;

/// <summary>
/// What the gateway counts, in OpenTelemetry's names for generative AI. No account, key or person is a label: the metrics are for
/// whoever runs the gateway, and the ledger answers who spent what.
/// </summary>
internal sealed class GatewayMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Purser.Gateway";

    private readonly Meter meter = new(Name);
    private readonly Counter<long> tokens;
    private readonly Counter<long> cost;
    private readonly Counter<long> refusals;

    // Seconds, as OpenTelemetry's conventions for generative AI have them.
    private static readonly double[] DurationBuckets =
    [
        0.01,
        0.02,
        0.04,
        0.08,
        0.16,
        0.32,
        0.64,
        1.28,
        2.56,
        5.12,
        10.24,
        20.48,
        40.96,
        81.92,
    ];

    private readonly Counter<long> estimated;
    private readonly Counter<long> tokenCounts;
    private readonly Histogram<double> duration;
    private readonly Counter<long> retries;
    private readonly Counter<long> passedOver;
    private readonly Counter<long> escalations;
    private readonly Counter<long> credentialRefusals;
    private readonly Counter<long> evaluationCalls;
    private readonly Counter<long> shadowsDropped;
    private readonly Counter<long> verdicts;

    public GatewayMetrics()
    {
        tokens = meter.CreateCounter<long>("gen_ai.client.token.usage", "{token}", "Tokens by model and type (input includes cached).");
        cost = meter.CreateCounter<long>("purser.cost", "nUSD", "Settled cost in nano-dollars, exact.");
        refusals = meter.CreateCounter<long>("purser.refusals", "{request}", "Requests that Purser refused, by code.");
        estimated = meter.CreateCounter<long>("purser.estimated", "{request}", "Attempts settled without the provider's final usage.");
        tokenCounts = meter.CreateCounter<long>(
            "purser.token_counts",
            "{request}",
            "Counts of tokens by model and source: the provider, its error, exact or an estimate."
        );
        retries = meter.CreateCounter<long>(
            "purser.upstream.retries",
            "{attempt}",
            "Attempts that failed before anything reached the client, and after which the request was tried again where that was possible."
        );
        passedOver = meter.CreateCounter<long>(
            "purser.upstream.passed_over",
            "{request}",
            "Requests that didn't go to a model of a provider, with one of its credentials, because it was broken, cooling, refused or busy."
        );
        escalations = meter.CreateCounter<long>(
            "purser.route.escalations",
            "{attempt}",
            "Answers that failed a check, so that the model above was asked too, by check."
        );
        credentialRefusals = meter.CreateCounter<long>(
            "purser.upstream.credential_refusals",
            "{attempt}",
            "Attempts whose credential the provider refused (401, 402, 403), by the credential's id."
        );
        evaluationCalls = meter.CreateCounter<long>(
            "purser.evaluation.calls",
            "{call}",
            "Calls that the gateway made for itself: in shadow, and to the judge."
        );
        shadowsDropped = meter.CreateCounter<long>(
            "purser.evaluation.dropped",
            "{request}",
            "Requests that were drawn for a call in shadow that wasn't made, by reason."
        );
        verdicts = meter.CreateCounter<long>(
            "purser.evaluation.verdicts",
            "{comparison}",
            "Comparisons of an answer with the reference's, by model and what they came to."
        );
        duration = meter.CreateHistogram<double>(
            "gen_ai.client.operation.duration",
            "s",
            "Time from the request to the answer's end.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBuckets }
        );
    }

    /// <summary>Counts an attempt that was settled.</summary>
    public void Settled(Route route, CallResult call, Metered metered, AttemptCharge charge)
    {
        var tags = new TagList
        {
            { "gen_ai.provider.name", route.Provider },
            { "gen_ai.request.model", route.Model },
            { "purser.outcome", UsageNames.Of(call.Outcome) },
        };
        duration.Record(call.DurationUs / 1e6, tags);
        cost.Add(charge.Cost.Nanos, tags);
        if (metered.Estimated)
        {
            estimated.Add(1, tags);
        }

        if (metered.Usage.TotalTokens > 0)
        {
            tags.Add("gen_ai.token.type", "input");
            tokens.Add(metered.Usage.InputTokens, tags);
            tags[^1] = new("gen_ai.token.type", "output");
            tokens.Add(metered.Usage.OutputTokens, tags);
        }
    }

    /// <summary>Counts a model's part of a batch that was settled.</summary>
    /// <param name="provider">Where the batch was.</param>
    /// <param name="model">The model.</param>
    /// <param name="settled">What it came to.</param>
    public void Settled(string provider, string model, UsageEvent settled)
    {
        var tags = new TagList
        {
            { "gen_ai.provider.name", provider },
            { "gen_ai.request.model", model },
            { "purser.outcome", UsageNames.Of(settled.Outcome) },
        };
        cost.Add(settled.Cost.Nanos, tags);
        if (settled.Marks.HasFlag(JournalMarks.Estimated))
        {
            estimated.Add(1, tags);
        }

        tags.Add("gen_ai.token.type", "input");
        tokens.Add(settled.Usage.InputTokens, tags);
        tags[^1] = new("gen_ai.token.type", "output");
        tokens.Add(settled.Usage.OutputTokens, tags);
    }

    /// <summary>Counts an attempt that isn't the client's answer, if another one is.</summary>
    public void Retried(Route route, CallResult call) =>
        retries.Add(
            1,
            new("gen_ai.provider.name", route.Provider),
            new("gen_ai.request.model", route.Model),
            new("purser.outcome", UsageNames.Of(call.Outcome))
        );

    /// <summary>Counts an answer that failed a check, after which the model above is asked.</summary>
    public void Escalated(Route route, string check) =>
        escalations.Add(
            1,
            new("gen_ai.provider.name", route.Provider),
            new("gen_ai.request.model", route.Model),
            new("purser.check", check)
        );

    /// <summary>Counts a request that didn't go where it would have gone.</summary>
    /// <param name="lane">Where that is.</param>
    /// <param name="why"><c>broken</c>, <c>cooling</c>, <c>refused</c> or <c>busy</c>.</param>
    public void PassedOver(LaneId lane, string why) =>
        passedOver.Add(
            1,
            new("gen_ai.provider.name", lane.Provider),
            new("gen_ai.request.model", lane.Model),
            new("purser.credential.id", lane.Credential),
            new("purser.upstream.state", why)
        );

    /// <summary>Counts an attempt whose credential the provider refused.</summary>
    public void CredentialRefused(LaneId lane, int status) =>
        credentialRefusals.Add(
            1,
            new("gen_ai.provider.name", lane.Provider),
            new("gen_ai.request.model", lane.Model),
            new("purser.credential.id", lane.Credential),
            new("http.response.status_code", status)
        );

    /// <summary>Tells the states of the lanes whenever the metrics are read.</summary>
    public void Watch(Lanes lanes) =>
        meter.CreateObservableGauge<int>(
            "purser.upstream.available",
            () =>
                lanes.Known.Select(lane => new Measurement<int>(
                    lane.Look().State == LaneState.Ready ? 1 : 0,
                    new("gen_ai.provider.name", lane.Id.Provider),
                    new("gen_ai.request.model", lane.Id.Model),
                    new("purser.credential.id", lane.Id.Credential)
                )),
            "{lane}",
            "Whether requests go to a model of a provider with a credential: 0 while it's broken, cooling or refused."
        );

    /// <summary>Counts a refusal.</summary>
    public void Refused(string api, string code) => refusals.Add(1, new("purser.api", api), new("purser.refusal", code));

    /// <summary>Counts a request that asked how many tokens it has.</summary>
    public void Counted(CatalogModel model, string source) =>
        tokenCounts.Add(
            1,
            new("gen_ai.provider.name", model.Provider),
            new("gen_ai.request.model", model.Model),
            new("purser.count.source", source)
        );

    /// <summary>Counts a call of the gateway's own.</summary>
    /// <param name="kind">What was asked.</param>
    /// <param name="model">The model that was asked.</param>
    /// <param name="outcome"><c>answered</c>, <c>refused</c> (by the gateway) or <c>failed</c>.</param>
    public void EvaluationCalled(EvaluationKind kind, string model, string outcome) =>
        evaluationCalls.Add(
            1,
            new("purser.evaluation.kind", EvaluationCall.NameOf(kind)),
            new("gen_ai.request.model", model),
            new("purser.outcome", outcome)
        );

    /// <summary>Counts a request that was drawn for a call in shadow that isn't made.</summary>
    /// <param name="why">One of the names in <see cref="Shadowing"/>.</param>
    public void ShadowDropped(string why) => shadowsDropped.Add(1, new KeyValuePair<string, object?>("purser.reason", why));

    /// <summary>Counts a comparison.</summary>
    /// <param name="model">The model that was compared with the reference.</param>
    /// <param name="verdict"><c>as_good</c>, <c>tie</c>, <c>worse</c>; <c>unreadable</c>, <c>not_judged</c> or <c>not_asked</c>.</param>
    public void Judged(string model, string verdict) => verdicts.Add(1, new("gen_ai.request.model", model), new("purser.verdict", verdict));

    public void Dispose() => meter.Dispose();
}
