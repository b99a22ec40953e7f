using Purser.Routing.Choice;

namespace Purser.Gateway.Configuration;

/// <summary>What a model can do that its price doesn't say.</summary>
[Flags]
public enum ModelAbilities
{
    /// <summary>Text in, text out.</summary>
    None = 0,

    /// <summary>Calls of the client's tools.</summary>
    Tools = 1,

    /// <summary>Answers by a JSON schema.</summary>
    Json = 2,

    /// <summary>Images, audio, documents and files in the input.</summary>
    Files = 4,

    /// <summary>A budget for thinking, where a request sets one.</summary>
    Thinking = 8,
}

/// <summary>A model that requests may be routed to.</summary>
/// <param name="Name">Its name, or <c>provider/name</c>.</param>
/// <param name="Can">What it can do.</param>
public sealed record RoutingModel(string Name, ModelAbilities Can)
{
    /// <summary>What the outcomes that were learned from call it; null for its own name.</summary>
    public string? LearnedAs { get; init; }

    /// <summary>The languages that it may be asked in, as <see cref="Routing.RequestLanguage"/> names them; empty for any.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>Whether it may have requests that are sensitive.</summary>
    public bool TakesSensitive { get; init; }
}

/// <summary>Which requests are sensitive: they go to no model that isn't marked for such.</summary>
/// <param name="Accounts">The names of accounts; what is below them is sensitive too.</param>
/// <param name="Tags">Tags, as <c>name=value</c>.</param>
public sealed record SensitiveRequests(IReadOnlyList<string> Accounts, IReadOnlyList<string> Tags);

/// <summary>The floor of an account whose budget is nearly used up.</summary>
/// <param name="Percent">From which remaining share of any dollar budget on, in percent. 1 to 99.</param>
/// <param name="Floor">The floor then. 50 to 99, and below the usual one.</param>
public sealed record BudgetFloor(long Percent, long Floor);

/// <summary>How <c>auto:NAME</c> chooses.</summary>
public sealed record RoutePolicy
{
    /// <summary>The name of the policy that <c>auto</c> alone means.</summary>
    public const string Auto = "auto";

    /// <summary>Its name: <c>auto</c>, <c>fast</c>, <c>best</c>, or the operator's own.</summary>
    public required string Name { get; init; }

    /// <summary>What is preferred among the models that may take a request.</summary>
    public Preference Prefer { get; init; }

    /// <summary>How many of a hundred answers shall be good enough. 50 to 99.</summary>
    public required long Floor { get; init; }

    /// <summary>The floor of requests that are declared to be of high risk, where it's above the other. 50 to 99.</summary>
    public long HighRiskFloor { get; init; } = 99;

    /// <summary>The floor of requests that are declared to be of low risk; null for the usual one. 50 to 99.</summary>
    public long? LowRiskFloor { get; init; }

    /// <summary>The floor while a budget is nearly used up; null where it stays.</summary>
    public BudgetFloor? WhenBudgetBelow { get; init; }

    /// <summary>How long a candidate's answers may take on average, in seconds, as measured here. 1 to 3600; null for any time.</summary>
    public long? MaxSeconds { get; init; }

    /// <summary>All floors that a request may have by this policy.</summary>
    public IEnumerable<long> Floors =>
        new[] { Floor, Math.Max(Floor, HighRiskFloor), LowRiskFloor ?? Floor, WhenBudgetBelow?.Floor ?? Floor }.Distinct();

    /// <summary>The model that a request goes to where nothing shows that another may take it.</summary>
    public required string Reference { get; init; }

    /// <summary>The names of the other models.</summary>
    public required IReadOnlyList<string> Candidates { get; init; }

    /// <summary>How the names of regions begin that a provider has to be in; empty for any.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Patterns of models' names (<c>claude-opus-*</c>): requests that name one are routed by this policy where their account's mode is <c>on</c>.</summary>
    public IReadOnlyList<string> For { get; init; } = [];

    /// <summary>What is done where an answer is of no use; null: it's given as it is.</summary>
    public EscalationOptions? Escalation { get; init; }
}

/// <summary>How requests are routed to models that they don't name: the block <c>routing</c> of <c>purser.yml</c>.</summary>
public sealed record RoutingOptions
{
    /// <summary>The models that requests may be routed to, and what they can do.</summary>
    public IReadOnlyDictionary<string, RoutingModel> Models { get; init; } = new Dictionary<string, RoutingModel>();

    /// <summary>The policies, by their names. <c>auto</c>, <c>fast</c> and <c>best</c> are always there.</summary>
    public IReadOnlyDictionary<string, RoutePolicy> Policies { get; init; } = new Dictionary<string, RoutePolicy>();

    /// <summary>Other names of models and policies.</summary>
    public IReadOnlyDictionary<string, string> Aliases { get; init; } = new Dictionary<string, string>();

    /// <summary>Which requests are sensitive; null for none.</summary>
    public SensitiveRequests? Sensitive { get; init; }

    /// <summary>The file of what was learned, made by <c>purser router train</c>; null for none, so that all goes to the reference.</summary>
    public string? ModelFile { get; init; }

    /// <summary>How sure a promise is, in percent. 50 to 99.</summary>
    /// <value>The default is 95.</value>
    public long Confidence { get; init; } = 95;

    /// <summary>The percentage of sessions that are served as if nothing were routed, so that what routing saves can be measured. 0 to 50.</summary>
    public long HoldoutPercent { get; init; }

    /// <summary>The percentage of sessions that a model takes requests of which isn't promoted yet. 1 to 50, or 100: all.</summary>
    public long CanaryPercent { get; init; } = 100;

    /// <summary>Whether the reasons that users give with their feedback are kept.</summary>
    public bool KeepsReasons { get; init; }

    /// <summary>Whether what is seen of requests, by numbers and hashes of words, is kept with their routes, so that models can be trained on them.</summary>
    public bool KeepsFeatures { get; init; }

    /// <summary>What is known of how well models do, in place of what <see cref="ModelFile"/> says.</summary>
    public RouteEvidence? Evidence { get; init; }

    /// <summary>What the outcomes that were learned from call a model.</summary>
    /// <param name="model">Its name here.</param>
    public string LearnedAs(string model) => Models.TryGetValue(model, out var known) ? known.LearnedAs ?? model : model;

    /// <summary>Which requests another model is asked too; null: none.</summary>
    public ShadowOptions? Shadow { get; init; }

    /// <summary>Who compares the answers; null: nobody.</summary>
    public JudgeOptions? Judge { get; init; }
}
