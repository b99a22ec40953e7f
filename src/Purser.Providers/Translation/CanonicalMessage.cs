using System.Text.Json;

namespace Purser.Providers.Translation;

/// <summary>Who says a message.</summary>
public enum CanonicalRole
{
    /// <summary>The system's prompt.</summary>
    System,

    /// <summary>The developer's prompt; formats without it take it for the system's.</summary>
    Developer,

    /// <summary>The user; also what tools returned.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,
}

/// <summary>One turn, or one prompt of the system.</summary>
/// <param name="Role">Who says it. Results of tools are parts of a user's message.</param>
/// <param name="Parts">What is said, in order.</param>
/// <param name="Name">The speaker's name, where several have the same role.</param>
public sealed record CanonicalMessage(CanonicalRole Role, IReadOnlyList<CanonicalPart> Parts, string? Name = null);

/// <summary>A part of a message or of an answer.</summary>
public abstract record CanonicalPart
{
    private protected CanonicalPart() { }

    /// <summary>A mark that the prompt up to and with this part shall be cached.</summary>
    public CacheHint? Cache { get; init; }
}

/// <summary>Text.</summary>
/// <param name="Text">The text; may be empty.</param>
public sealed record TextPart(string Text) : CanonicalPart
{
    /// <summary>What the text cites, as its format says it; null: nothing. Only a writer of <see cref="CitationsFormat"/> writes it.</summary>
    public JsonElement? Citations { get; init; }

    /// <summary>The format that <see cref="Citations"/> are of.</summary>
    public string? CitationsFormat { get; init; }
}

/// <summary>A refusal to answer, in the model's words.</summary>
/// <param name="Text">The words.</param>
public sealed record RefusalPart(string Text) : CanonicalPart;

/// <summary>What a medium is.</summary>
public enum MediaKind
{
    /// <summary>An image.</summary>
    Image,

    /// <summary>A document or any other file.</summary>
    Document,

    /// <summary>Sound.</summary>
    Audio,

    /// <summary>Moving images.</summary>
    Video,
}

/// <summary>An image, a document, sound or video: exactly one of <see cref="Base64"/>, <see cref="Url"/>, <see cref="FileId"/> and <see cref="Text"/> is there.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="MediaType">Its media type, such as <c>image/png</c>, in lower case; null where it isn't said.</param>
public sealed record MediaPart(MediaKind Kind, string? MediaType) : CanonicalPart
{
    /// <summary>The content in base64, in UTF-8. It may be large, and is never made a string.</summary>
    public ReadOnlyMemory<byte>? Base64 { get; init; }

    /// <summary>Where the provider shall fetch it.</summary>
    public string? Url { get; init; }

    /// <summary>A file that was uploaded to the provider; it has no meaning anywhere else.</summary>
    public string? FileId { get; init; }

    /// <summary>The content of a document that is text.</summary>
    public string? Text { get; init; }

    /// <summary>A file's name, or a document's title.</summary>
    public string? Name { get; init; }

    /// <summary>How closely to look at an image: <c>low</c>, <c>high</c> or <c>auto</c>.</summary>
    public string? Detail { get; init; }
}

/// <summary>The model calls a tool.</summary>
/// <param name="Id">The call's id; never empty: readers of formats without ids make one (<see cref="ToolCallIds"/>).</param>
/// <param name="Name">The tool's name.</param>
/// <param name="Arguments">What the model gave: JSON as a rule, the plain text of a freeform tool, or whatever the model wrote instead.</param>
/// <param name="IsFreeform">Whether the arguments are plain text, by the tool's definition.</param>
public sealed record ToolCallPart(string Id, string Name, string Arguments, bool IsFreeform = false) : CanonicalPart;

/// <summary>What a tool returned; part of a user's message.</summary>
/// <param name="CallId">The call's id.</param>
/// <param name="Parts">Text and media.</param>
/// <param name="IsError">Whether the tool failed.</param>
/// <param name="Name">The tool's name, where the format says it.</param>
/// <param name="IsFreeform">Whether the tool's arguments are plain text.</param>
public sealed record ToolResultPart(
    string CallId,
    IReadOnlyList<CanonicalPart> Parts,
    bool IsError = false,
    string? Name = null,
    bool IsFreeform = false
) : CanonicalPart;

/// <summary>
/// What the model thought. Signed or encrypted reasoning goes back untouched to the provider of the format that signed it, and to no other;
/// its text may be shown by every format that has a place for it.
/// </summary>
/// <param name="Text">What may be read of it; may be empty.</param>
/// <param name="Signature">The signature over it.</param>
/// <param name="Encrypted">The whole in a form that only the provider can read.</param>
/// <param name="Signer">The format whose provider signed or encrypted it, a <see cref="FormatTranslator.Name"/>; null where nothing is signed.</param>
/// <param name="Id">The id of the item, where the format has one.</param>
public sealed record ReasoningPart(
    string Text,
    string? Signature = null,
    string? Encrypted = null,
    string? Signer = null,
    string? Id = null
) : CanonicalPart;

/// <summary>What only its own format knows: tools that the provider runs, their results, and everything newer than Purser.</summary>
/// <param name="Format">The format that it was read from; only its writer writes the part.</param>
/// <param name="Type">Its type's name, cleaned.</param>
/// <param name="Json">The whole of it.</param>
public sealed record OpaquePart(string Format, string Type, JsonElement Json) : CanonicalPart;
