using System.Security.Cryptography;
using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Storage;
using Purser.Routing.Choice;
using Purser.Routing.Evidence;
using Standing = Purser.Routing.Choice.Standing;

namespace Purser.Gateway.Routing;

/// <summary>
/// Which sessions are held out, which are on trial, and which models are let into requests at all. Who is drawn is decided by a keyed hash of the
/// session, so it's the same at each of its requests, everywhere, and nobody foresees it.
/// </summary>
internal sealed class RouteTrials
{
    private const string KeySetting = "routing_draws";

    private readonly LedgerStore store;
    private readonly Holdout? heldOut;
    private readonly Holdout? canary;

    private RouteTrials(LedgerStore store, RoutingOptions? options, byte[] key)
    {
        this.store = store;
        heldOut = options is { HoldoutPercent: > 0 } ? new Holdout(key, options.HoldoutPercent / 100.0) : null;
        // Another key, or the sessions that are held out would be those on trial.
        canary = options is { CanaryPercent: < 100 }
            ? new Holdout(SHA256.HashData([.. key, .. "canary"u8]), options.CanaryPercent / 100.0)
            : null;
    }

    /// <summary>Begins, with the store's key; where it has none yet, with a new one.</summary>
    public static async Task<RouteTrials> StartAsync(LedgerStore store, RoutingOptions? options)
    {
        if (options is null)
        {
            return new RouteTrials(store, null, []);
        }

        var key = await store.ChangeAsync(change =>
        {
            if (ControlTables.Meta(change.Connection, KeySetting) is { } known)
            {
                return known;
            }

            var made = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
            change.SetMeta(KeySetting, made);
            return made;
        });
        return new RouteTrials(store, options, Convert.FromHexString(key));
    }

    /// <summary>Whether a request goes where it would without routing, so that what routing saves can be measured.</summary>
    /// <param name="subject">Whose it is.</param>
    /// <param name="request">The request.</param>
    public bool IsHeldOut(Subject subject, Guid request) => heldOut?.Contains(DrawnBy(subject, request)) == true;

    /// <summary>What stands in the way of models that are shown to do a request, by their slices.</summary>
    /// <param name="application">The policy that chooses, and for whom.</param>
    /// <param name="floor">The percentage of answers that shall be good enough.</param>
    /// <param name="predictor">The predictor that chooses.</param>
    /// <param name="subject">Whose the request is.</param>
    /// <param name="request">The request.</param>
    public SliceBar Bar(string application, long floor, string predictor, Subject subject, Guid request) =>
        (kind, model) =>
            store.Control.Slices.Find(new SliceKey(kind, model, application)) switch
            {
                { Stage: SliceStage.Reverted } => Standing.Reverted,
                { Stage: SliceStage.Proven } proven when proven.Predictor == predictor && proven.Floor >= floor => Standing.Shown,
                _ => canary?.Contains(DrawnBy(subject, request)) == false ? Standing.OnTrial : Standing.Shown,
            };

    // A key's sessions are its own, whatever others call theirs.
    private static string DrawnBy(Subject subject, Guid request) =>
        (subject.Session ?? subject.Run) is { } session ? $"{subject.KeyId} {session}" : AttemptId.NameOf(request);
}
