namespace Purser.Providers;

/// <summary>The facts of a request, or the reason why it is refused: exactly one of the two.</summary>
/// <param name="Facts">What was found, or null.</param>
/// <param name="Fault">Why the request is refused, or null.</param>
public readonly record struct UnderstandResult(RequestFacts? Facts, RequestFault? Fault);

/// <summary>Why a body is refused. Neither member quotes the body's content.</summary>
/// <param name="Code">A stable name, one of the constants of <see cref="RequestFaults"/>.</param>
/// <param name="Message">A message for the client.</param>
/// <param name="Param">The member at fault, if one is.</param>
public sealed record RequestFault(string Code, string Message, string? Param = null)
{
    /// <summary>The rule of the translation that refuses it (<c>refuse:n</c>), where one does: what the client is told as the code.</summary>
    public string? Rule { get; init; }
}

/// <summary>The names of <see cref="RequestFault"/>.</summary>
public static class RequestFaults
{
    /// <summary>The body starts with a UTF-8 byte order mark.</summary>
    public const string ByteOrderMark = "byte_order_mark";

    /// <summary>The body, or a string in it, is not valid Unicode: bad UTF-8 or half of a surrogate pair.</summary>
    public const string InvalidUnicode = "invalid_unicode";

    /// <summary>The body is not JSON, or something follows the JSON.</summary>
    public const string InvalidJson = "invalid_json";

    /// <summary>The body is JSON but not an object.</summary>
    public const string NotAnObject = "not_an_object";

    /// <summary>Objects and arrays are nested more than 64 deep.</summary>
    public const string NestedTooDeep = "nested_too_deep";

    /// <summary>A member that Purser reads is there twice: which one counts differs between providers.</summary>
    public const string DuplicateMember = "duplicate_member";

    /// <summary>A member's name differs from one that Purser reads in upper and lower case alone: some providers take it for the same.</summary>
    public const string AmbiguousMember = "ambiguous_member";

    /// <summary>The body is no well-formed <c>multipart/form-data</c>.</summary>
    public const string InvalidForm = "invalid_form";

    /// <summary>There is no model.</summary>
    public const string ModelMissing = "model_missing";

    /// <summary>The request asks for what can't be watched or priced here, such as an answer in the background.</summary>
    public const string Unsupported = "unsupported";

    /// <summary>A member has a value that it cannot have.</summary>
    public const string InvalidMember = "invalid_member";
}
