namespace Purser.Cli.Api;

/// <summary>A provider's credential, without its secret.</summary>
internal sealed record CredentialView(
    string Id,
    string Provider,
    string Label,
    string Kind,
    long Weight,
    bool Disabled,
    string? LastFour,
    string? CreatedAt,
    string? RotatedAt
);
