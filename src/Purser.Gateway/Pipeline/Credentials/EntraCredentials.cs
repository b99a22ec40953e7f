using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;

namespace Purser.Gateway.Pipeline;

/// <summary>Makes what gets tokens of Entra ID, by Azure's library.</summary>
internal static class EntraCredentials
{
    /// <summary>For a stored application.</summary>
    /// <param name="secret">The application.</param>
    /// <param name="options">Where Entra ID is.</param>
    /// <param name="transport">How it's called; null for the library's own way.</param>
    public static TokenCredential Of(EntraSecret secret, EntraOptions options, HttpPipelineTransport? transport = null) =>
        secret.Certificate is null
            ? new ClientSecretCredential(
                secret.Tenant,
                secret.Client,
                secret.Secret,
                Set(new ClientSecretCredentialOptions { DisableInstanceDiscovery = options.AuthorityHost is not null }, options, transport)
            )
            : new ClientCertificateCredential(
                secret.Tenant,
                secret.Client,
                secret.LoadCertificate(),
                Set(
                    new ClientCertificateCredentialOptions { DisableInstanceDiscovery = options.AuthorityHost is not null },
                    options,
                    transport
                )
            );

    /// <summary>For what the machine is set up with; null where that isn't to be used.</summary>
    /// <param name="options">Which of it.</param>
    public static TokenCredential? Of(EntraOptions options) =>
        options.Use switch
        {
            EntraUse.ManagedIdentity => new ManagedIdentityCredential(
                Set(
                    new ManagedIdentityCredentialOptions(
                        options.ClientId is { } id ? ManagedIdentityId.FromUserAssignedClientId(id) : ManagedIdentityId.SystemAssigned
                    ),
                    options,
                    null
                )
            ),
            EntraUse.WorkloadIdentity => new WorkloadIdentityCredential(
                Set(
                    new WorkloadIdentityCredentialOptions
                    {
                        ClientId = options.ClientId,
                        TenantId = options.TenantId,
                        DisableInstanceDiscovery = options.AuthorityHost is not null,
                    },
                    options,
                    null
                )
            ),
            EntraUse.Default => new DefaultAzureCredential(
                Set(
                    new DefaultAzureCredentialOptions
                    {
                        ManagedIdentityClientId = options.ClientId,
                        WorkloadIdentityClientId = options.ClientId,
                        TenantId = options.TenantId,
                        DisableInstanceDiscovery = options.AuthorityHost is not null,
                    },
                    options,
                    null
                )
            ),
            _ => null,
        };

    private static T Set<T>(T settings, EntraOptions options, HttpPipelineTransport? transport)
        where T : TokenCredentialOptions
    {
        if (options.AuthorityHost is { } host)
        {
            settings.AuthorityHost = host;
        }

        settings.Transport = transport ?? settings.Transport;
        (settings.Retry.MaxRetries, settings.Retry.NetworkTimeout) = (2, TimeSpan.FromSeconds(10));
        settings.Diagnostics.IsTelemetryEnabled = false;
        settings.Diagnostics.IsLoggingEnabled = false;
        return settings;
    }
}
