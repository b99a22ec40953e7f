namespace Purser.Gateway.Configuration;

/// <summary>Whose token of Entra ID a provider is called with, where no credential is stored for it.</summary>
public enum EntraUse
{
    /// <summary>Nobody's: credentials are stored, or a key is configured.</summary>
    Stored,

    /// <summary>The managed identity of the machine that it runs on.</summary>
    ManagedIdentity,

    /// <summary>The workload identity of its pod: a token file of Kubernetes.</summary>
    WorkloadIdentity,

    /// <summary>What the machine is set up with, by Azure's own order: environment, workload, managed identity, the developer's own login.</summary>
    Default,
}

/// <summary>How a provider on Azure is told who calls, by a token of Entra ID.</summary>
public sealed record EntraOptions
{
    /// <summary>What tokens are for, unless it's said otherwise: Azure's AI services.</summary>
    public const string UsualScope = "https://cognitiveservices.azure.com/.default";

    /// <summary>Whose token it is, where no credential is stored.</summary>
    public EntraUse Use { get; init; }

    /// <summary>The identity's client id; null for the machine's only one.</summary>
    public string? ClientId { get; init; }

    /// <summary>The directory; null for the one that the machine is set up with.</summary>
    public string? TenantId { get; init; }

    /// <summary>Where Entra ID is: <c>https://login.microsoftonline.us/</c>. Null for Azure's public cloud, or <c>AZURE_AUTHORITY_HOST</c>.</summary>
    public Uri? AuthorityHost { get; init; }

    /// <summary>What the tokens are for.</summary>
    public string Scope { get; init; } = UsualScope;
}
