using System.Text.Json;

namespace Purser.Providers.Translation;

/// <summary>Who runs a tool, and what it takes.</summary>
public enum ToolKind
{
    /// <summary>The client runs it, with arguments by a JSON schema.</summary>
    Function,

    /// <summary>The client runs it, with plain text (OpenAI's custom tools). Elsewhere it's a function with one text: <see cref="FreeformTools"/>.</summary>
    Freeform,

    /// <summary>A tool that only its own format knows: the provider runs it, or its arguments are the vendor's. Only that format's writer writes it.</summary>
    Vendor,
}

/// <summary>A tool that the model may call.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name; of a vendor's tool without one, its type.</param>
public sealed record CanonicalTool(ToolKind Kind, string Name)
{
    /// <summary>What it does, for the model.</summary>
    public string? Description { get; init; }

    /// <summary>The JSON schema of its arguments; null: it takes none, or it's no function.</summary>
    public JsonElement? Parameters { get; init; }

    /// <summary>Whether the arguments must keep to the schema to the letter.</summary>
    public bool? Strict { get; init; }

    /// <summary>A mark that the tools up to and with this one shall be cached.</summary>
    public CacheHint? Cache { get; init; }

    /// <summary>The definition of a vendor's tool, or the <c>format</c> of a freeform one.</summary>
    public JsonElement? Json { get; init; }

    /// <summary>The format of <see cref="Json"/>.</summary>
    public string? Format { get; init; }

    /// <summary>The group that it's in, where its format has groups; <see cref="Name"/> then begins with the group's.</summary>
    public ToolGroup? Group { get; init; }

    /// <summary>A vendor's tool type, cleaned, such as <c>web_search_20250305</c>.</summary>
    public string? Type { get; init; }
}

/// <summary>A tool's place in a group of tools (OpenAI's namespaces).</summary>
/// <param name="Name">The group's name.</param>
/// <param name="OwnName">The tool's name in the group.</param>
/// <param name="Description">What the group's tools are for.</param>
public sealed record ToolGroup(string Name, string OwnName, string? Description = null)
{
    /// <summary>A name for the tool where there are no groups: the two, with two underscores between them.</summary>
    public string FlatName => Name.EndsWith("__", StringComparison.Ordinal) ? Name + OwnName : $"{Name}__{OwnName}";
}

/// <summary>What the model may or must call.</summary>
public enum ToolChoiceKind
{
    /// <summary>It decides.</summary>
    Auto,

    /// <summary>Nothing.</summary>
    None,

    /// <summary>At least one tool.</summary>
    Required,

    /// <summary>The one that <see cref="ToolChoice.Name"/> says.</summary>
    Named,
}

/// <summary>Which tools the model may or must call.</summary>
/// <param name="Kind">What it may or must.</param>
/// <param name="Name">The tool's name, for <see cref="ToolChoiceKind.Named"/>.</param>
/// <param name="Allowed">The names that the choice is limited to; null: all.</param>
public sealed record ToolChoice(ToolChoiceKind Kind, string? Name = null, IReadOnlyList<string>? Allowed = null);
