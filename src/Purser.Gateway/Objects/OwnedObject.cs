namespace Purser.Gateway.Objects;

/// <summary>What kind of thing lives at a provider. The numbers are stored: they are never used again for something else.</summary>
internal enum OwnedKind
{
    /// <summary>A file, of OpenAI's or of Anthropic's API.</summary>
    File = 1,

    /// <summary>A file that is uploaded in parts, and isn't whole yet.</summary>
    Upload = 2,

    /// <summary>A batch of requests.</summary>
    Batch = 3,

    /// <summary>A stored response.</summary>
    Response = 4,

    /// <summary>A stored chat completion.</summary>
    ChatCompletion = 5,

    /// <summary>A conversation, to which responses add.</summary>
    Conversation = 6,

    /// <summary>An item of a stored response, which later requests may name by its id alone.</summary>
    Item = 7,
}

/// <summary>
/// Something that lives at a provider, under the organization's credential, and belongs to the account whose key made it. It's that account's alone:
/// its other keys may use it, and no key of another account, above or below, learns that there is such a thing.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">The provider's own id for it, as clients have it.</param>
/// <param name="Provider">The name of the provider that has it.</param>
internal sealed record OwnedObject(OwnedKind Kind, string Id, string Provider)
{
    /// <summary>
    /// The id of the credential that it was made with: it lives in that one's account at the vendor, so that whatever is done with it has to be done
    /// with the same one.
    /// </summary>
    public required string Credential { get; init; }

    /// <summary>The key that made it.</summary>
    public required string KeyId { get; init; }

    /// <summary>The account whose it is.</summary>
    public required string AccountId { get; init; }

    /// <summary>When it was made. Lists are in this order.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the provider forgets it; null where it never does by itself.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Whether the gateway itself still has to see to it: it hasn't ended, or what it costs isn't settled.</summary>
    public bool IsOpen { get; init; }

    /// <summary>What its kind has to remember, JSON of at most <see cref="LongestPayload"/> characters; null for nothing. Never a prompt or an answer.</summary>
    public string? Payload { get; init; }

    /// <summary>The longest payload, in characters.</summary>
    public const int LongestPayload = 64 << 10;

    /// <summary>The longest id that is taken, in characters.</summary>
    public const int LongestId = 256;
}

/// <summary>Which part of a list is wanted.</summary>
/// <param name="Limit">The most that are wanted, 1 or more.</param>
/// <param name="After">Only what comes after the one with this id; null for from the beginning.</param>
/// <param name="IsOldestFirst">The order; else the newest is first.</param>
/// <param name="Before">Only what comes before the one with this id, the nearest to it; null for up to the end. Not together with After.</param>
/// <param name="Purpose">Only those whose payload has this text as its <c>purpose</c>; null for all.</param>
/// <param name="Providers">Only those of providers with these names; null for all.</param>
internal sealed record ObjectPage(
    int Limit,
    string? After = null,
    bool IsOldestFirst = false,
    string? Before = null,
    string? Purpose = null,
    IReadOnlyList<string>? Providers = null
);

/// <summary>A part of a list.</summary>
/// <param name="Objects">What it has, in order.</param>
/// <param name="HasMore">Whether more follows: after the last one, or, where it was asked for what comes before one, before the first.</param>
internal sealed record ObjectList(IReadOnlyList<OwnedObject> Objects, bool HasMore);
