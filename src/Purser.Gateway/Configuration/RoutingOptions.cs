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
public sealed record RoutingModel(string Name, ModelAbilities Can);

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

    /// <summary>The model that a request goes to where nothing shows that another may take it.</summary>
    public required string Reference { get; init; }

    /// <summary>The names of the other models.</summary>
    public required IReadOnlyList<string> Candidates { get; init; }

    /// <summary>How the names of regions begin that a provider has to be in; empty for any.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Patterns of models' names (<c>claude-opus-*</c>): requests that name one are routed by this policy where their account's mode is <c>on</c>.</summary>
    public IReadOnlyList<string> For { get; init; } = [];
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

    /// <summary>What is known of how well models do; null: nothing, so that all goes to the reference.</summary>
    public RouteEvidence? Evidence { get; init; }

    /// <summary>Which requests another model is asked too; null: none.</summary>
    public ShadowOptions? Shadow { get; init; }

    /// <summary>Who compares the answers; null: nobody.</summary>
    public JudgeOptions? Judge { get; init; }
}
