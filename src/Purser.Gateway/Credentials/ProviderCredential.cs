namespace Purser.Gateway.Credentials;

/// <summary>What a credential is.</summary>
public enum CredentialKind
{
    /// <summary>An API key, sent in a header.</summary>
    Key,

    /// <summary>The JSON of a Google service account.</summary>
    ServiceAccount,

    /// <summary>An AWS access key with its secret key.</summary>
    AwsKeys,

    /// <summary>An application in Entra ID with its secret or certificate, as JSON (<see cref="EntraSecret"/>).</summary>
    Entra,
}

/// <summary>A provider's credential as it's stored: encrypted, with what people may know of it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Provider">The name of the provider that it's for.</param>
/// <param name="Label">What people call it; may be empty.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Weight">How often it's used in relation to the provider's others: 1 to 1000.</param>
/// <param name="Disabled">Whether it's switched off.</param>
/// <param name="CreatedAt">When it was added.</param>
/// <param name="RotatedAt">When its secret was last replaced; null where it's the first one.</param>
/// <param name="LastFour">The secret's last four characters; null where the secret is so short, or such, that they say too much or nothing.</param>
/// <param name="Sealed">The encrypted secret.</param>
public sealed record ProviderCredential(
    string Id,
    string Provider,
    string Label,
    CredentialKind Kind,
    int Weight,
    bool Disabled,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RotatedAt,
    string? LastFour,
    byte[] Sealed
)
{
    /// <summary>The largest weight.</summary>
    public const int LargestWeight = 1000;

    /// <summary>The largest secret, in characters.</summary>
    public const int LongestSecret = 64 << 10;

    /// <summary>The largest API key, in characters: it has to fit into a header.</summary>
    public const int LongestKey = 8 << 10;

    private const int LastShown = 4;
    private const int ShortestShown = 20;

    // As the admin API and the command line spell them, in the enumeration's order.
    private static readonly string[] KindNames = ["key", "service-account", "aws-keys", "entra"];

    /// <summary>How a kind is spelt.</summary>
    public static string NameOf(CredentialKind kind) => KindNames.ElementAtOrDefault((int)kind) ?? "unknown";

    /// <summary>The kind of this name, or null.</summary>
    public static CredentialKind? KindOf(string name) =>
        Array.IndexOf(KindNames, name) is >= 0 and var index ? (CredentialKind)index : null;

    /// <summary>What people may know of a secret.</summary>
    public static string? LastFourOf(CredentialKind kind, string secret) =>
        kind == CredentialKind.Key && secret.Length >= ShortestShown ? secret[^LastShown..] : null;

    /// <summary>What is wrong with a secret, or null.</summary>
    public static string? ProblemOf(CredentialKind kind, string secret) =>
        secret.Length == 0 ? "The secret is empty."
        : secret.Length > LongestSecret ? $"The secret is longer than {LongestSecret} characters."
        : kind == CredentialKind.Entra ? EntraSecret.ProblemOf(secret)
        : kind != CredentialKind.Key ? null
        : secret.Length > LongestKey ? $"An API key longer than {LongestKey} characters doesn't fit into a header."
        : secret.All(c => c is > ' ' and <= '~') ? null
        : "An API key has no spaces, line ends or characters beyond ASCII.";
}

/// <summary>Every stored credential.</summary>
/// <param name="All">In the order in which they were added.</param>
/// <param name="MasterKey">What the store keeps of the master key that they are encrypted under; null where there is none yet.</param>
public sealed record StoredCredentials(IReadOnlyList<ProviderCredential> All, string? MasterKey);
