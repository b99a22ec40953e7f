using System.Collections.Frozen;
using System.IO.Enumeration;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;

namespace Purser.Gateway.Routing;

/// <summary>The names that are no model's: policies, as clients ask for them, and aliases.</summary>
internal sealed class RouteNames
{
    private const string Prefix = RoutePolicy.Auto + ":";

    private readonly RoutePolicy[] rules;
    private readonly RoutePolicy usual;
    private readonly FrozenDictionary<string, string> aliases;
    private readonly FrozenDictionary<string, RoutePolicy> policies;

    /// <summary>Takes the names of a configuration.</summary>
    public RouteNames(RoutingOptions options)
    {
        usual = options.Policies[RoutePolicy.Auto];
        rules = [.. options.Policies.Values.Where(policy => policy.For.Count > 0)];
        aliases = options.Aliases.ToFrozenDictionary(StringComparer.Ordinal);
        policies = options.Policies.Values.ToFrozenDictionary(AskedAs, StringComparer.Ordinal);
    }

    /// <summary>What clients ask for a policy by.</summary>
    public static string AskedAs(RoutePolicy policy) => policy.Name == RoutePolicy.Auto ? policy.Name : Prefix + policy.Name;

    /// <summary>Whether a name is a policy's or an alias, or would be a policy's.</summary>
    public bool Has(string name) =>
        policies.ContainsKey(name) || aliases.ContainsKey(name) || name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Whether a name is an alias.</summary>
    public bool IsAlias(string name) => aliases.ContainsKey(name);

    /// <summary>What an alias is of; any other name is itself.</summary>
    public string Resolve(string name) => aliases.GetValueOrDefault(name, name);

    /// <summary>The policy of a name; null where it isn't one's.</summary>
    public RoutePolicy? Find(string name) => policies.GetValueOrDefault(name);

    /// <summary>The policy that is for requests that name a model; null where there is none.</summary>
    public RoutePolicy? RuleFor(string model) =>
        Array.Find(rules, policy => policy.For.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, model, ignoreCase: false)));

    /// <summary>The same, or the policy of <c>auto</c>: what would have been chosen, where nothing is done by it.</summary>
    public RoutePolicy SuggestionFor(string model) => RuleFor(model) ?? usual;

    /// <summary>The refusal of a name that looks like a policy's and isn't one; null for any other.</summary>
    public RouteDecision? RefuseUnknown(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && !policies.ContainsKey(name)
            ? new RouteDecision(
                [],
                RouteRefusal.UnknownModel,
                $"There is no policy '{name}' here. There are: {string.Join(", ", policies.Keys.Order(StringComparer.Ordinal))}."
            )
            : null;

    /// <summary>What is wrong with the names that a configuration uses: models that no provider serves, and names that are taken.</summary>
    public static IEnumerable<string> Faults(RoutingOptions options, ModelCatalog catalog)
    {
        var used = options
            .Policies.Values.SelectMany(policy => policy.Candidates.Prepend(policy.Reference))
            .Concat(options.Aliases.Values.Where(target => options.Policies.Values.All(policy => AskedAs(policy) != target)))
            .Concat(options.Judge is { } judge ? [judge.Model] : []);
        foreach (var name in used.Distinct(StringComparer.Ordinal).Where(name => catalog.Find(name).Count == 0))
        {
            yield return $"routing: no provider here serves the model '{name}'.";
        }

        foreach (var alias in options.Aliases.Keys.Where(alias => catalog.Find(alias).Count > 0))
        {
            yield return $"routing: '{alias}' can't be an alias, for a model has that name.";
        }
    }
}
