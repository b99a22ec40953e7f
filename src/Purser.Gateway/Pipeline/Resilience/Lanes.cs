using System.Collections.Frozen;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Purser.Core.Ledger;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Gateway.Telemetry;

namespace Purser.Gateway.Pipeline.Resilience;

/// <summary>
/// All lanes of a gateway. Each is made when it's first used, and is kept with its credential, so that it goes with it. One over a caller's own
/// subscription is its request's alone: no caller's limit is another's. Safe for parallel calls.
/// </summary>
/// <param name="providers">The providers by name.</param>
/// <param name="balance">In which order the providers of a model are tried.</param>
/// <param name="totalTimeout">How long a client waits in all for its answer to begin.</param>
/// <param name="metrics">Counts what is tried again, passed over and refused; null for no counting.</param>
/// <param name="clock">The clock.</param>
/// <param name="random">Draws from 0 (included) to 1 (excluded), for jitter and weights.</param>
/// <param name="logger">Is told which credentials providers refuse.</param>
internal sealed partial class Lanes(
    FrozenDictionary<string, Provider> providers,
    Balance balance,
    TimeSpan totalTimeout,
    GatewayMetrics? metrics,
    TimeProvider clock,
    Func<double> random,
    ILogger<Lanes> logger
)
{
    /// <summary>How long a client waits in all for its answer to begin.</summary>
    public TimeSpan TotalTimeout => totalTimeout;

    /// <summary>The clock.</summary>
    public TimeProvider Clock => clock;

    /// <summary>Counts what is tried again, passed over and refused.</summary>
    public GatewayMetrics? Metrics => metrics;

    /// <summary>Draws from 0 (included) to 1 (excluded).</summary>
    public Func<double> Random => random;

    /// <summary>Those that were used since their credential was added or rotated, or since the start.</summary>
    public IEnumerable<Lane> Known =>
        providers.Values.SelectMany(provider => provider.Credentials.All).SelectMany(credential => credential.Lanes?.Values ?? []);

    /// <summary>The provider that a lane goes to.</summary>
    public Provider ProviderOf(LaneId id) => providers[id.Provider];

    /// <summary>The lane to a model with a credential of its provider.</summary>
    public Lane To(CatalogModel model, UpstreamCredential credential) => To(model.Provider, model.Model, credential);

    /// <summary>The same where it's no model that is called.</summary>
    /// <param name="provider">The provider's name.</param>
    /// <param name="called">What is called there.</param>
    /// <param name="credential">The credential.</param>
    public Lane To(string provider, string called, UpstreamCredential credential) =>
        credential.Lanes is { } known
            ? known.GetOrAdd(
                called,
                static (name, to) =>
                    new Lane(new LaneId(to.Provider, to.Credential.Id, name), to.Lanes.OptionsOf(to.Provider), to.Lanes.Clock),
                (Lanes: this, Provider: provider, Credential: credential)
            )
            : new Lane(new LaneId(provider, credential.Id, called), OptionsOf(provider) with { BreakAfter = 0 }, clock);

    /// <summary>Begins a request's way over its candidates, with each of their credentials.</summary>
    /// <param name="candidates">The route's, at least one.</param>
    /// <param name="exchange">The request.</param>
    /// <param name="stream">Whether a stream is asked for.</param>
    public Journey Begin(IReadOnlyList<Candidate> candidates, Exchange exchange, bool stream)
    {
        var legs = new Leg[candidates.Count];
        var (count, all) = (0, 0);
        for (var i = 0; i < legs.Length; i++)
        {
            if (FirstOf(candidates[i], exchange) is { } leg)
            {
                legs[count++] = leg;
                all += leg.Among?.All.Count ?? 1;
            }
        }

        LaneOrder.Sort(legs.AsSpan(0, count), exchange.Format.Name, balance, random);
        return new Journey(
            this,
            exchange,
            candidates[0].Model,
            all == count && count == legs.Length ? legs : Expanded(legs.AsSpan(0, count), all),
            stream
        );
    }

    /// <summary>
    /// How to call a model once: with the credential that what the request names lives under, else with one, drawn by weight, that needn't be left
    /// alone now. Null where there is none at all.
    /// </summary>
    public (UpstreamCredential Credential, Lane Lane)? Pick(CatalogModel model, Exchange exchange) =>
        Pick(providers[model.Provider], model.Model, exchange);

    /// <summary>The same where it's no model that is called.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="called">What is called there.</param>
    /// <param name="exchange">The request.</param>
    public (UpstreamCredential Credential, Lane Lane)? Pick(Provider provider, string called, Exchange exchange)
    {
        var name = provider.Options.Name;
        var credential = exchange.Pin is { } pin
            ? provider.Pinned(exchange, pin)
            : exchange.Subscription?.For(provider)
                ?? provider.Credentials.Pick(credential => To(name, called, credential).Look().State != LaneState.Ready, random);
        return credential is null ? null : (credential, To(name, called, credential));
    }

    /// <summary>Learns from an answer outside a journey: what refuses or limits a credential there does so for requests too.</summary>
    /// <param name="lane">The lane that was taken.</param>
    /// <param name="status">The answer's HTTP status.</param>
    /// <param name="headers">Its headers; null where they aren't known.</param>
    /// <param name="body">Its body; null where it isn't known.</param>
    public void Learn(Lane lane, int status, HttpResponseHeaders? headers = null, PooledBuffer? body = null)
    {
        if (status is >= 200 and < 300)
        {
            return;
        }

        var result = new CallResult { Outcome = Outcome.ProviderError, Status = status };
        if (headers is not null)
        {
            RetryAdvice.Take(result, headers, body, clock.GetUtcNow());
        }

        var wasRefused = lane.IsRefused;
        lane.Learn(result);
        Tell(lane, result, wasRefused);
    }

    /// <summary>The same leg with its credential as it is now: a rotated one has another secret and a lane of its own. Null where it's gone.</summary>
    public Leg? Renewed(in Leg leg)
    {
        if (leg.Among is null)
        {
            return leg;
        }

        var among = providers[leg.Candidate.Model.Provider].Credentials;
        return ReferenceEquals(among, leg.Among) ? leg : LegWith(leg.Candidate, among.Find(leg.Credential.Id), among);
    }

    /// <summary>Tells the operator where a provider refused one of the gateway's credentials. Its id is told, and never the credential.</summary>
    /// <param name="lane">Which.</param>
    /// <param name="result">What the provider answered.</param>
    /// <param name="isKnown">Whether it had been refused before: then it's counted alone.</param>
    public void Tell(Lane lane, CallResult result, bool isKnown)
    {
        if (lane.Id.Credential == UpstreamCredential.Callers || !FailureRules.RefusesCredential(result))
        {
            return;
        }

        metrics?.CredentialRefused(lane.Id, result.Status);
        if (!isKnown)
        {
            LogRefused(logger, lane.Id.Provider, lane.Id.Credential, lane.Id.Model, result.Status);
        }
    }

    private ResilienceOptions OptionsOf(string provider) => providers[provider].Options.Resilience;

    private Leg? FirstOf(Candidate candidate, Exchange exchange)
    {
        var provider = providers[candidate.Model.Provider];
        if (exchange.Pin is { } pin)
        {
            var pinned = provider.Pinned(exchange, pin);
            return LegWith(candidate, pinned, pinned is null or { Authorization: not null } ? null : new ProviderCredentials([pinned]));
        }

        if (exchange.Subscription?.For(provider) is { } own)
        {
            return LegWith(candidate, own, null);
        }

        var among = provider.Credentials;
        return LegWith(candidate, among.Pick(random), among);
    }

    private Leg? LegWith(Candidate candidate, UpstreamCredential? credential, ProviderCredentials? among) =>
        credential is null ? null : new Leg(candidate, credential, To(candidate.Model, credential), among);

    /// <summary>Each candidate with its credentials: the one that was drawn, and the others in an order that is drawn by their weights.</summary>
    private Leg[] Expanded(ReadOnlySpan<Leg> firsts, int count)
    {
        var legs = new Leg[count];
        var at = 0;
        foreach (var first in firsts)
        {
            legs[at++] = first;
            var others = at;
            foreach (var credential in first.Among?.All ?? [])
            {
                if (!ReferenceEquals(credential, first.Credential))
                {
                    legs[at++] = first with { Credential = credential, Lane = To(first.Candidate.Model, credential) };
                }
            }

            LaneOrder.Draw(legs.AsSpan(others..at), static leg => leg.Credential.Weight, random);
        }

        return legs;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The provider {Provider} refused the credential {Credential} for {Model} with status {Status}; others are used first"
    )]
    private static partial void LogRefused(ILogger logger, string provider, string credential, string model, int status);
}
