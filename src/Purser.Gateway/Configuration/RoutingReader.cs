using System.Text.RegularExpressions;
using Purser.Routing.Choice;
using YamlDotNet.RepresentationModel;

namespace Purser.Gateway.Configuration;

/// <summary>Reads the block <c>routing</c> of <c>purser.yml</c>.</summary>
internal sealed partial class RoutingReader(YamlReader yaml)
{
    /// <summary>The block's key.</summary>
    public const string Key = "routing";

    private const long UsualFloor = 95;

    private static readonly string[] Keys =
    [
        "reference",
        "floor",
        "candidates",
        "aliases",
        "policies",
        EvaluationReader.ShadowKey,
        EvaluationReader.JudgeKey,
    ];

    private static readonly string[] PolicyKeys = ["name", "prefer", "floor", "reference", "candidates", "regions", "for"];

    private static readonly (string Name, ModelAbilities Value)[] Abilities =
    [
        ("tools", ModelAbilities.Tools),
        ("json", ModelAbilities.Json),
        ("files", ModelAbilities.Files),
        ("thinking", ModelAbilities.Thinking),
    ];

    // What models that are sold for conversations nearly all do.
    private const ModelAbilities Usual = ModelAbilities.Tools | ModelAbilities.Json;

    private readonly Dictionary<string, RoutingModel> models = new(StringComparer.Ordinal);

    /// <summary>Reads it; null where there is none, or nothing that can be used.</summary>
    public RoutingOptions? Read(YamlMappingNode root)
    {
        if (!root.Children.TryGetValue(Key, out var node))
        {
            return null;
        }

        if (node is not YamlMappingNode block)
        {
            yaml.Error(node, "'routing' must be a mapping with 'reference', the model that requests go to where nothing shows another.");
            return null;
        }

        yaml.CheckKeys(block, Keys);
        if (yaml.RequiredText(block, "reference") is not { } reference)
        {
            return null;
        }

        var floor = yaml.Number(block, "floor", 50, 99) ?? UsualFloor;
        var candidates = ReadCandidates(block) ?? [];
        var usual = new RoutePolicy
        {
            Name = RoutePolicy.Auto,
            Floor = floor,
            Reference = reference,
            Candidates = candidates,
        };
        var policies = new Dictionary<string, RoutePolicy>(StringComparer.Ordinal)
        {
            [RoutePolicy.Auto] = usual,
            ["fast"] = usual with { Name = "fast", Prefer = Preference.Speed },
            ["best"] = usual with { Name = "best", Prefer = Preference.Quality },
        };
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in yaml.Items(block, "policies"))
        {
            if (ReadPolicy(item, policies, usual) is not { } policy)
            {
                continue;
            }

            if (!named.Add(policy.Name))
            {
                yaml.Error(item, $"There are two policies named '{policy.Name}'.");
            }

            policies[policy.Name] = policy;
        }

        var evaluations = new EvaluationReader(yaml);
        var shadow = evaluations.ReadShadow(block);
        return new RoutingOptions
        {
            Models = models,
            Policies = policies,
            Aliases = ReadAliases(block),
            Shadow = shadow,
            Judge = evaluations.ReadJudge(block, shadow, reference),
        };
    }

    private RoutePolicy? ReadPolicy(YamlNode node, Dictionary<string, RoutePolicy> known, RoutePolicy usual)
    {
        if (node is not YamlMappingNode policy)
        {
            yaml.Error(node, "A policy is a mapping with 'name', and with what is other than usual.");
            return null;
        }

        yaml.CheckKeys(policy, PolicyKeys);
        if (yaml.RequiredText(policy, "name") is not { } name)
        {
            return null;
        }

        if (!PolicyName().IsMatch(name))
        {
            yaml.Error(policy["name"], "A policy's name has small letters, digits and '-' alone: clients say auto:NAME.");
            return null;
        }

        var like = known.GetValueOrDefault(name) ?? usual;
        return like with
        {
            Name = name,
            Prefer = policy.Children.ContainsKey("prefer")
                ? yaml.Choice(policy, "prefer", [("cost", Preference.Cost), ("speed", Preference.Speed), ("quality", Preference.Quality)])
                : like.Prefer,
            Floor = yaml.Number(policy, "floor", 50, 99) ?? like.Floor,
            Reference = yaml.Text(policy, "reference") ?? like.Reference,
            Candidates = ReadCandidates(policy) ?? like.Candidates,
            Regions = ReadNames(policy, "regions"),
            For = ReadNames(policy, "for"),
        };
    }

    private List<string>? ReadCandidates(YamlMappingNode node)
    {
        if (!node.Children.ContainsKey("candidates"))
        {
            return null;
        }

        var names = new List<string>();
        foreach (var item in yaml.Items(node, "candidates"))
        {
            var (name, can) = item switch
            {
                YamlScalarNode { Value: { Length: > 0 } text } => (text, default(ModelAbilities?)),
                YamlMappingNode model => ReadModel(model),
                _ => default,
            };
            if (name is null)
            {
                if (item is not YamlMappingNode)
                {
                    yaml.Error(item, "A candidate is a model's name, or a mapping with 'model' and 'can'.");
                }

                continue;
            }

            names.Add(name);
            if (can is { } said)
            {
                models[name] = new RoutingModel(name, said);
            }
            else
            {
                models.TryAdd(name, new RoutingModel(name, Usual));
            }
        }

        return names;
    }

    private (string? Name, ModelAbilities? Can) ReadModel(YamlMappingNode model)
    {
        yaml.CheckKeys(model, ["model", "can"]);
        var name = yaml.RequiredText(model, "model");
        if (!model.Children.ContainsKey("can"))
        {
            return (name, null);
        }

        var can = ModelAbilities.None;
        foreach (var item in yaml.Items(model, "can"))
        {
            var said = (item as YamlScalarNode)?.Value;
            var found = Array.FindIndex(Abilities, ability => ability.Name == said);
            if (found < 0)
            {
                yaml.Error(item, $"'{said}' isn't known here.", $"one of {string.Join(", ", Abilities.Select(ability => ability.Name))}");
                continue;
            }

            can |= Abilities[found].Value;
        }

        return (name, can);
    }

    private List<string> ReadNames(YamlMappingNode node, string key) =>
        [.. yaml.Items(node, key).Select(item => (item as YamlScalarNode)?.Value).OfType<string>().Where(name => name.Length > 0)];

    private IReadOnlyDictionary<string, string> ReadAliases(YamlMappingNode block)
    {
        var aliases = yaml.Texts(block, "aliases");
        foreach (var alias in aliases.Keys.Where(alias => alias == RoutePolicy.Auto || alias.StartsWith("auto:", StringComparison.Ordinal)))
        {
            yaml.Error(block["aliases"], $"'{alias}' can't be an alias: 'auto' and 'auto:…' are the policies' names.");
        }

        foreach (var (alias, target) in aliases.Where(pair => aliases.ContainsKey(pair.Value)))
        {
            yaml.Error(block["aliases"], $"The alias '{alias}' is of '{target}', which is an alias too: name the model.");
        }

        return aliases;
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,63}$")]
    private static partial Regex PolicyName();
}
