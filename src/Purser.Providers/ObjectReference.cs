namespace Purser.Providers;

/// <summary>What a request names that isn't in it, but with the provider.</summary>
public enum ReferenceKind
{
    /// <summary>A file that was uploaded.</summary>
    File,

    /// <summary>A response that was stored (<c>previous_response_id</c>).</summary>
    Response,

    /// <summary>A conversation that responses add to.</summary>
    Conversation,

    /// <summary>An item of a stored response, by its id alone.</summary>
    Item,

    /// <summary>The sound of an earlier answer.</summary>
    Sound,

    /// <summary>A container of an earlier request, with the files in it.</summary>
    Container,

    /// <summary>Content that was put into a cache under a name (Gemini's <c>cachedContent</c>).</summary>
    CachedContent,
}

/// <summary>
/// Something that a request names and the provider keeps. It's in the organization's account there, whoever made it: so whose it is has to be known
/// before the request goes on.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Its id as the request has it; empty where that is no text, or too long for an id.</param>
public readonly record struct ObjectReference(ReferenceKind Kind, string Id);
