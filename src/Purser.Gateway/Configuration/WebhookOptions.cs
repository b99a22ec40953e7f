namespace Purser.Gateway.Configuration;

/// <summary>A receiver of alerts.</summary>
public sealed record WebhookOptions
{
    /// <summary>Any name; unique.</summary>
    public required string Name { get; init; }

    /// <summary>Where alerts are posted. Its path and query can be a secret: they're never logged.</summary>
    public required Uri Url { get; init; }

    /// <summary>The secrets that deliveries are signed with, each 24 to 64 bytes; more than one while one is being changed. Never logged.</summary>
    public required IReadOnlyList<byte[]> Secrets { get; init; }

    /// <summary>The types of alerts that it gets; null for all.</summary>
    public IReadOnlyList<string>? Events { get; init; }

    /// <summary>Whether it may be on this machine or in a private network, and reached over plain http.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>Where it is, for people: without path and query.</summary>
    public string Origin => Url.GetLeftPart(UriPartial.Authority);

    /// <summary>Whether it gets alerts of a type.</summary>
    public bool Wants(string type) => Events is null || Events.Contains(type);

    /// <inheritdoc/>
    /// <remarks>Without the secrets.</remarks>
    public override string ToString() => $"{Name} ({Origin})";
}
