using System.Text.RegularExpressions;
using Purser.Gateway.Routing;
using Purser.Routing.Choice;
using YamlDotNet.RepresentationModel;

namespace Purser.Gateway.Configuration;

/// <summary>Reads the block <c>routing</c> of <c>purser.yml</c>.</summary>
internal sealed partial class RoutingReader(YamlReader yaml)
{
    /// <summary>The block's key.</summary>
    public const string Key = "routing";

    private const long UsualFloor = 95;
    private const long UsualHoldout = 2;
    private const long LargestShare = 50;
    private const long All = 100;

    private const long UsualConfidence = 95;

    // What a policy may say of itself, and the block for all of them.
    private static readonly string[] CommonKeys =
    [
        "reference",
        "floor",
        "candidates",
        "risk",
        "when_budget_below",
        "max_seconds",
        EscalationReader.Key,
    ];

    private static readonly string[] Keys =
    [
        .. CommonKeys,
        "model",
        "confidence",
        "sensitive",
        "aliases",
        "policies",
        "holdout_percent",
        "canary_percent",
        "keep_feedback_reasons",
        "keep_features",
        EvaluationReader.ShadowKey,
        EvaluationReader.JudgeKey,
    ];

    private static readonly string[] PolicyKeys = [.. CommonKeys, "name", "prefer", "regions", "for"];

    private static readonly string[] ModelKeys = ["model", "can", "learned_as", "languages", "sensitive"];

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

    /// <summary>How abilities are spelt.</summary>
    public static IEnumerable<string> NamesOf(ModelAbilities abilities) =>
        Abilities.Where(ability => abilities.HasFlag(ability.Value)).Select(ability => ability.Name);

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
        if (!block.Children.ContainsKey("reference"))
        {
            yaml.Error(block, "'reference' is missing.");
        }

        if (ReadReference(block) is not { } reference)
        {
            return null;
        }

        var usual = ReadCommon(
            block,
            new RoutePolicy
            {
                Name = RoutePolicy.Auto,
                Floor = UsualFloor,
                Reference = reference,
                Candidates = [],
            }
        );
        var policies = ReadPolicies(block, usual);
        var evaluations = new EvaluationReader(yaml);
        var shadow = evaluations.ReadShadow(block);
        return new RoutingOptions
        {
            Models = models,
            Policies = policies,
            Aliases = ReadAliases(block),
            Sensitive = ReadSensitive(block),
            ModelFile = yaml.Text(block, "model"),
            Confidence = yaml.Number(block, "confidence", 50, 99) ?? UsualConfidence,
            HoldoutPercent = yaml.Number(block, "holdout_percent", 0, LargestShare) ?? UsualHoldout,
            CanaryPercent = ReadCanary(block),
            KeepsReasons = yaml.Choice(block, "keep_feedback_reasons", [("true", true), ("false", false)]),
            KeepsFeatures = yaml.Choice(block, "keep_features", [("true", true), ("false", false)]),
            Shadow = shadow,
            Judge = evaluations.ReadJudge(block, shadow, reference),
        };
    }

    private Dictionary<string, RoutePolicy> ReadPolicies(YamlMappingNode block, RoutePolicy usual)
    {
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

        return policies;
    }

    private long ReadCanary(YamlMappingNode block)
    {
        var percent = yaml.Number(block, "canary_percent", 1, All) ?? All;
        if (percent is > LargestShare and < All)
        {
            yaml.Error(block["canary_percent"], "'canary_percent' is from 1 to 50, or 100: then what is on trial takes all.");
        }

        return percent;
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

        var like = ReadCommon(policy, known.GetValueOrDefault(name) ?? usual);
        return like with
        {
            Name = name,
            Prefer = policy.Children.ContainsKey("prefer")
                ? yaml.Choice(policy, "prefer", [("cost", Preference.Cost), ("speed", Preference.Speed), ("quality", Preference.Quality)])
                : like.Prefer,
            Regions = ReadNames(policy, "regions"),
            For = ReadNames(policy, "for"),
        };
    }

    /// <summary>What a policy says, or the block for all of them.</summary>
    private RoutePolicy ReadCommon(YamlMappingNode node, RoutePolicy like)
    {
        var floor = ReadFloor(node, "floor") ?? like.Floor;
        var risk = Mapping(node, "risk", ["high", "low"]);
        var budget = Mapping(node, "when_budget_below", ["percent", "floor"]);
        var second = budget is null ? like.WhenBudgetBelow : ReadBudgetFloor(budget);
        if (budget is not null && second?.Floor >= floor)
        {
            yaml.Error(node, $"The floor of 'when_budget_below' ({second.Floor}) must be below the usual one ({floor}).");
        }

        return like with
        {
            Floor = floor,
            Reference = ReadReference(node) ?? like.Reference,
            Candidates = ReadCandidates(node) ?? like.Candidates,
            HighRiskFloor = (risk is null ? null : ReadFloor(risk, "high")) ?? like.HighRiskFloor,
            LowRiskFloor = (risk is null ? null : ReadFloor(risk, "low")) ?? like.LowRiskFloor,
            WhenBudgetBelow = second,
            MaxSeconds = yaml.Number(node, "max_seconds", 1, 3600) ?? like.MaxSeconds,
            Escalation = EscalationReader.Read(yaml, node, like.Escalation),
        };
    }

    private BudgetFloor? ReadBudgetFloor(YamlMappingNode node)
    {
        var (percent, floor) = (yaml.Number(node, "percent", 1, 99), ReadFloor(node, "floor"));
        if (percent is null || floor is null)
        {
            yaml.Error(node, "'when_budget_below' has a 'percent' that is left, and the 'floor' from there on.");
            return null;
        }

        return new BudgetFloor(percent.Value, floor.Value);
    }

    private SensitiveRequests? ReadSensitive(YamlMappingNode block) =>
        Mapping(block, "sensitive", ["accounts", "tags"]) is { } node
            ? new SensitiveRequests(ReadNames(node, "accounts"), ReadNames(node, "tags"))
            : null;

    private long? ReadFloor(YamlMappingNode node, string key) => yaml.Number(node, key, 50, 99);

    private YamlMappingNode? Mapping(YamlMappingNode node, string key, string[] keys)
    {
        if (!node.Children.TryGetValue(key, out var value))
        {
            return null;
        }

        if (value is YamlMappingNode mapping)
        {
            yaml.CheckKeys(mapping, keys);
            return mapping;
        }

        yaml.Error(value, $"'{key}' must be a mapping with {string.Join(" and ", keys.Select(name => $"'{name}'"))}.");
        return null;
    }

    /// <summary>The reference: a name, or a mapping as candidates have it.</summary>
    private string? ReadReference(YamlMappingNode node) =>
        node.Children.TryGetValue("reference", out var value) && value is YamlMappingNode model
            ? ReadModel(model)
            : yaml.Text(node, "reference");

    private List<string>? ReadCandidates(YamlMappingNode node)
    {
        if (!node.Children.ContainsKey("candidates"))
        {
            return null;
        }

        var names = new List<string>();
        foreach (var item in yaml.Items(node, "candidates"))
        {
            if (item is YamlScalarNode { Value: { Length: > 0 } text })
            {
                models.TryAdd(text, new RoutingModel(text, Usual));
                names.Add(text);
            }
            else if (item is not YamlMappingNode model)
            {
                yaml.Error(item, "A candidate is a model's name, or a mapping with 'model' and 'can'.");
            }
            else if (ReadModel(model) is { } name)
            {
                names.Add(name);
            }
        }

        return names;
    }

    /// <summary>Takes what is said of a model; a later mapping of the same model adds to what the earlier said.</summary>
    private string? ReadModel(YamlMappingNode node)
    {
        yaml.CheckKeys(node, ModelKeys);
        if (yaml.RequiredText(node, "model") is not { } name)
        {
            return null;
        }

        var known = models.GetValueOrDefault(name) ?? new RoutingModel(name, Usual);
        var languages = ReadNames(node, "languages");
        if (languages.Find(language => !RequestLanguage.All.Contains(language)) is { } wrong)
        {
            yaml.Error(node["languages"], $"'{wrong}' isn't known here.", $"one of {string.Join(", ", RequestLanguage.All)}");
        }

        models[name] = known with
        {
            Can = node.Children.ContainsKey("can") ? ReadAbilities(node) : known.Can,
            LearnedAs = yaml.Text(node, "learned_as") ?? known.LearnedAs,
            Languages = languages.Count > 0 ? languages : known.Languages,
            TakesSensitive = yaml.Text(node, "sensitive") is null
                ? known.TakesSensitive
                : yaml.Choice(node, "sensitive", [("true", true), ("false", false)]),
        };
        return name;
    }

    private ModelAbilities ReadAbilities(YamlMappingNode model)
    {
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

        return can;
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
