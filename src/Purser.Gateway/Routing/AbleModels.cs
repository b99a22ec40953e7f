using System.Collections.Frozen;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Pipeline;

namespace Purser.Gateway.Routing;

/// <summary>Which models can do a request: where they are, what they can, and what fits them.</summary>
internal sealed class AbleModels(RoutingOptions? options, ModelCatalog catalog, FrozenDictionary<string, Provider> providers)
{
    /// <summary>Where a model of this name can be had for a request; without candidates where it can't.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="exchange">The request.</param>
    /// <param name="understanding">What it asks for.</param>
    /// <param name="policy">The policy that it's a candidate of: it's had in its regions alone.</param>
    /// <param name="isNamed">Whether the request itself names it: then it goes there in any case.</param>
    public RouteDecision Route(string name, Exchange exchange, Understanding understanding, RoutePolicy policy, bool isNamed)
    {
        var route = Router.Route(understanding.Profile with { Model = name }, catalog, exchange.StartedAt);
        route = (exchange.Only ?? exchange.Pin?.Provider) is { } only ? route.At(only) : route;
        return isNamed || policy.Regions.Count == 0 || route.Candidates.Count == 0 ? route : InRegions(route, policy);
    }

    /// <summary>Why a model can't do a request, in words; null where it can.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="route">Where it can be had.</param>
    /// <param name="policy">The policy that it's a candidate of.</param>
    /// <param name="understanding">The request.</param>
    /// <param name="needs">What it needs beside abilities.</param>
    /// <param name="session">Its session's last answer, or null.</param>
    /// <param name="isTrusted">Whether the operator's word holds that it can do what requests ask for: the reference.</param>
    /// <param name="isNamed">Whether the request itself names it: then it goes there in any case.</param>
    public string? Fault(
        string name,
        RouteDecision route,
        RoutePolicy policy,
        Understanding understanding,
        RouteNeeds needs,
        SessionModel? session,
        bool isTrusted,
        bool isNamed
    )
    {
        var profile = understanding.Profile;
        if (route.Candidates is not [{ Model: var model }, ..])
        {
            return route.Reason.TrimEnd('.');
        }

        return isNamed ? null
            : !profile.IsConversation ? "it's no conversation"
            : needs.Fault(options?.Models.GetValueOrDefault(name))
                ?? SizeFault(model, profile, session)
                ?? ToolFault(model, profile)
                ?? (isTrusted ? null : AbilityFault(name, model, understanding));
    }

    private RouteDecision InRegions(RouteDecision route, RoutePolicy policy)
    {
        var there = route.Candidates.Where(candidate => PolicyRegions.Have(policy.Regions, RegionOf(candidate))).ToList();
        return there.Count > 0
            ? route with
            {
                Candidates = there,
            }
            : new RouteDecision([], RouteRefusal.NoneAble, RegionFault(route, policy));
    }

    private string RegionFault(RouteDecision route, RoutePolicy policy)
    {
        var places = route.Candidates.Select(candidate =>
            RegionOf(candidate) is { } region
                ? $"'{candidate.Model.Provider}' is in {region}"
                : $"the region of '{candidate.Model.Provider}' isn't known"
        );
        return $"{string.Join(", ", places)}, and '{policy.Name}' asks for {string.Join(", ", policy.Regions)}";
    }

    private string? RegionOf(Candidate candidate) => providers[candidate.Model.Provider].Options.Region;

    private static string? SizeFault(CatalogModel model, TaskProfile profile, SessionModel? session)
    {
        var (output, most) = (profile.MaxOutputTokens ?? 0, model.Priced!.MaxOutputTokens);
        if (output > most)
        {
            return $"its answers have at most {most} tokens, and {output} are asked for";
        }

        var needed = CostEstimate.InputOf(profile, session) + output;
        return needed > model.Priced.ContextTokens
            ? $"its context is {model.Priced.ContextTokens} tokens, and some {needed} are needed"
            : null;
    }

    private static string? ToolFault(CatalogModel model, TaskProfile profile) =>
        (profile.HostedToolCalls > 0 || profile.HasWebSearch) && !model.Formats.Keep(profile.Format)
            ? "tools that the vendor of the client's format runs aren't there"
            : null;

    private string? AbilityFault(string name, CatalogModel model, Understanding understanding)
    {
        var can = options!.Models.TryGetValue(name, out var known) ? known.Can : ModelAbilities.None;
        can |= model.Priced!.Reasoning ? ModelAbilities.Thinking : ModelAbilities.None;
        var (profile, facts) = (understanding.Profile, understanding.Facts);
        return profile.HasTools && !can.HasFlag(ModelAbilities.Tools) ? "it isn't said to call tools"
            : facts.TextIsJson && !can.HasFlag(ModelAbilities.Json) ? "it isn't said to answer by a JSON schema"
            : profile.NonTextInput && !can.HasFlag(ModelAbilities.Files) ? "it isn't said to take images, audio or documents"
            : facts.SaysThinking && !can.HasFlag(ModelAbilities.Thinking) ? "it isn't said to think by a budget"
            : null;
    }
}
