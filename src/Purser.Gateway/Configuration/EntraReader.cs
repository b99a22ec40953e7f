using Purser.Providers;
using YamlDotNet.RepresentationModel;

namespace Purser.Gateway.Configuration;

/// <summary>Reads a provider's <c>entra</c> in <c>purser.yml</c>.</summary>
internal static class EntraReader
{
    private const string Section = "entra";

    private static readonly string[] Keys = ["use", "client_id", "tenant_id", "authority_host", "scope"];

    public static EntraOptions Read(YamlReader yaml, YamlMappingNode provider, ProviderApi api, string apiKey)
    {
        if (!provider.Children.TryGetValue(Section, out var node))
        {
            return new EntraOptions();
        }

        if (node is not YamlMappingNode entra)
        {
            yaml.Error(node, $"'{Section}' is a mapping of {string.Join(", ", Keys)}.");
            return new EntraOptions();
        }

        yaml.CheckKeys(entra, Keys);
        var use = yaml.Choice(
            entra,
            "use",
            [
                ("stored", EntraUse.Stored),
                ("managed-identity", EntraUse.ManagedIdentity),
                ("workload-identity", EntraUse.WorkloadIdentity),
                ("default", EntraUse.Default),
            ]
        );
        if (!api.TakesEntraTokens)
        {
            yaml.Error(entra, $"The API '{api.Name}' takes no tokens of Entra ID.");
        }

        if (apiKey.Length > 0 && use != EntraUse.Stored)
        {
            yaml.Error(entra, "'api_key' and 'entra' can't both say what to call it with.", "remove one");
        }

        return new EntraOptions
        {
            Use = use,
            ClientId = yaml.Text(entra, "client_id"),
            TenantId = yaml.Text(entra, "tenant_id"),
            AuthorityHost = ReadHost(yaml, entra),
            Scope = yaml.Text(entra, "scope") ?? EntraOptions.UsualScope,
        };
    }

    private static Uri? ReadHost(YamlReader yaml, YamlMappingNode entra)
    {
        const string key = "authority_host";
        if (yaml.Text(entra, key) is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var host) && host.Scheme == Uri.UriSchemeHttps && host.UserInfo.Length == 0)
        {
            return host;
        }

        yaml.Error(entra[key], $"'{key}' must be an https URL: secrets go there.");
        return null;
    }
}
